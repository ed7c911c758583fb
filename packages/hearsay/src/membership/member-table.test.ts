import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress, Sfc32 } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, PeerId } from "../kernel/index.ts";
import type { Member, MemberState } from "./member.ts";
import { MemberTable } from "./member-table.ts";
import { saidAt } from "./said.ts";
import { TestPeers } from "./test/test-peers.ts";
import type { Alive } from "./wire.ts";

const REASON = { type: "started" } as const;
const at = (ms: number) => ms as Instant;

function wordsOf(name: string, i: number): [said: Alive, address: Address] {
  const address = parseAddress(`10.0.${i >> 8}.${i & 0xff}:7946`);
  return [saidAt(name, address, 1 as Incarnation), address];
}

/** A table of `self` and `m1`..`m<others>`. */
function tableOf(others: number, rng = new Sfc32(1)) {
  const peers = new TestPeers();
  const table = new MemberTable({ maxMembers: 1000, gossipToTheDeadMs: 30_000 }, peers);
  table.addSelf(...wordsOf("self", 0), REASON, at(0));
  const members: Member[] = [];
  for (let i = 1; i <= others; i++) {
    members.push(table.add(...wordsOf(`m${i}`, i), REASON, at(0), rng));
  }
  return { table, members, peers, rng };
}

describe("choosing", () => {
  test("samples are distinct, leave out the exception and oneself, and are as many as there are", () => {
    const { table, members, rng } = tableOf(5);
    const except = (members[2] as Member).peer;
    const chosen = table.sample(10, except, rng);
    expect(new Set(chosen).size).toBe(4);
    expect(chosen).not.toContain(except);
    expect(chosen).not.toContain((table.get("self") as Member).peer);
    expect(table.size).toBe(5);
  });

  test("samples are uniform (chi-square, 20 members, 3 of them, 20,000 draws)", () => {
    const { table, members, rng } = tableOf(20);
    const hits = new Map<PeerId, number>(members.map((member) => [member.peer, 0]));
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      for (const peer of table.sample(3, -1 as PeerId, rng)) {
        hits.set(peer, (hits.get(peer) as number) + 1);
      }
    }
    const expected = (draws * 3) / 20;
    let chiSquare = 0;
    for (const count of hits.values()) chiSquare += (count - expected) ** 2 / expected;
    // 19 degrees of freedom: above 43.8 in one of a thousand seeds.
    expect(chiSquare).toBeLessThan(43.8);
  });

  test("only the alive relay and exchange; the suspect and the lately dead get gossip, too", () => {
    const { table, members, rng } = tableOf(5);
    const [m1, m2, m3, m4, m5] = members as [Member, Member, Member, Member, Member];
    table.setState(m2, "suspect", REASON, at(100));
    table.setState(m3, "dead", REASON, at(100));
    table.setState(m4, "left", REASON, at(100));
    const names = (chosen: readonly Member[]) => chosen.map((m) => m.name).sort();
    expect(names(table.relays(m5, 9, rng))).toEqual(["m1"]);
    expect(names(table.relays(m1, 9, rng))).toEqual(["m5"]);
    expect(names(table.gossipTargets(9, at(30_100), rng))).toEqual(["m1", "m2", "m3", "m5"]);
    expect(names(table.gossipTargets(9, at(30_101), rng))).toEqual(["m1", "m2", "m5"]);
    expect(["m1", "m5"]).toContain(table.exchangeTarget(rng)?.name);
  });

  test("nobody else is there: nothing is chosen", () => {
    const { table, rng } = tableOf(0);
    expect(table.sample(3, -1 as PeerId, rng)).toEqual([]);
    expect(table.exchangeTarget(rng)).toBeUndefined();
    expect(table.nextTarget(at(0), rng)).toBeUndefined();
  });
});

describe("probe order", () => {
  test("within 2n - 1 rounds everybody is probed", () => {
    const { table, members, rng } = tableOf(17);
    const last = new Map<Member, number>(members.map((member) => [member, 0]));
    for (let round = 1; round <= 2000; round++) {
      const target = table.nextTarget(at(round), rng) as Member;
      expect(round - (last.get(target) as number)).toBeLessThanOrEqual(2 * 17 - 1);
      last.set(target, round);
    }
  });

  test("a newcomer's turn comes at a random time of the round", () => {
    const waits = new Set<number>();
    for (let seed = 1; seed <= 200; seed++) {
      const { table, rng } = tableOf(5, new Sfc32(seed));
      table.nextTarget(at(0), rng);
      const newcomer = table.add(...wordsOf("new", 200), REASON, at(0), rng);
      let wait = 1;
      while (table.nextTarget(at(0), rng) !== newcomer) wait++;
      waits.add(wait);
    }
    expect(waits.size).toBeGreaterThanOrEqual(5);
  });

  test("the dead and the left are passed over, and forgotten when the order wraps", () => {
    const { table, members, peers, rng } = tableOf(3);
    const [m1, m2, m3] = members as [Member, Member, Member];
    table.setState(m1, "dead", REASON, at(0));
    table.setState(m2, "left", REASON, at(5000));
    for (let i = 0; i < 6; i++) expect(table.nextTarget(at(30_000), rng)).toBe(m3);
    expect(table.takeForgotten()).toEqual([]);
    for (let i = 0; i < 3; i++) table.nextTarget(at(30_001), rng);
    expect(table.takeForgotten()).toEqual([m1]);
    expect(table.get("m1")).toBeUndefined();
    expect(table.byPeer(m1.peer)).toBeUndefined();
    expect(table.known).toBe(3);
    expect(peers.has(m1.peer)).toBe(true);
    expect(table.takeForgotten()).toEqual([]);
  });
});

test("a move keeps the member and gives up the old peer", () => {
  const { table, members, peers } = tableOf(2);
  const m1 = members[0] as Member;
  const before = m1.peer;
  const address = parseAddress("10.9.9.9:1");
  expect(table.move(m1, address)).toBe(before);
  expect(m1.address).toBe(address);
  expect(table.byPeer(before)).toBeUndefined();
  expect(table.byPeer(m1.peer)).toBe(m1);
  expect(table.at(address)).toBe(m1);
  expect(peers.nameOf(m1.peer)).toBe("m1");
});

test("any history of states leaves groups, counts and samples right", () => {
  const states: MemberState[] = ["alive", "suspect", "dead", "left"];
  const step = fc.tuple(fc.nat(7), fc.constantFrom(...states));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
      const { table, members, rng } = tableOf(8, new Sfc32(seed));
      for (const [i, state] of steps) {
        table.setState(members[i] as Member, state, REASON, at(0));
        if (i % 3 === 0) table.sample(2, -1 as PeerId, rng);
        for (const each of states) {
          const expected = members.filter((member) => member.state === each).length;
          expect(table.othersIn(each)).toBe(expected);
        }
      }
      const alive = members.filter((member) => member.state === "alive").map((m) => m.peer);
      expect(table.sample(99, -1 as PeerId, rng).sort()).toEqual(alive.sort());
    }),
  );
});
