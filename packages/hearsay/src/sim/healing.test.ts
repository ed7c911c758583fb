import { describe, expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import type { Incarnation } from "../kernel/index.ts";
import { pushPullScale } from "../membership/formulas.ts";
import { Membership, MEMBERSHIP_PRESETS } from "../membership/index.ts";
import type { MembershipCommand, MembershipEvent, MembershipOutcome } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterWorldOptions } from "./cluster.ts";

const LAN = MEMBERSHIP_PRESETS.lan;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);

/** A cluster on the lan preset that has formed, without seeds unless given. */
function clusterOf(who: readonly string[], options: Partial<ClusterWorldOptions> = {}): Cluster {
  const cluster = new Cluster({
    seed: 7,
    network: { latencyMs: [1, 10] },
    wire: "objects",
    membership: { preset: "lan" },
    ...options,
  });
  cluster.form(who);
  expect(cluster.runUntilAgreed(2 * MINUTE_MS)).toBe(true);
  return cluster;
}

/**
 * Within this time of the repair the parts of a cluster agree: the formula of docs/protocols/healing.md, with
 * `gone` members on the lists that will never answer.
 */
function healsWithinMs(n: number, parts: number, gone = 0): number {
  const rounds = Math.ceil((gone + 1) / LAN.reconnectNodes);
  const meetingMs =
    rounds * LAN.reconnectIntervalMs + LAN.probeIntervalMs + 10 * LAN.gossipIntervalMs;
  return Math.ceil(Math.log2(parts)) * meetingMs + LAN.pushPullIntervalMs * pushPullScale(n);
}

type Split = (who: readonly string[]) => string[][];

const SPLITS: Readonly<Record<string, Split>> = {
  "in halves": (who) => [who.slice(0, who.length >> 1), who.slice(who.length >> 1)],
  "with one apart": (who) => [who.slice(0, 1), who.slice(1)],
  "in thirds": (who) => [0, 1, 2].map((part) => who.filter((_, i) => i % 3 === part)),
  "each for itself": (who) => who.map((name) => [name]),
};

/** How long a cluster takes to agree after a partition, in ms, and whom it has lost meanwhile. */
function healing(n: number, seed: number, split: Split, ms: number): number {
  const who = names(n);
  const cluster = clusterOf(who, { seed });
  const { world } = cluster;
  const parts = split(who);
  world.partition(parts);
  world.run(ms);
  expect(cluster.agreed).toBe(false);
  world.repair();
  const repairedAt = world.now;
  const boundMs = healsWithinMs(n, parts.length);
  const agreed = cluster.runUntilAgreed(boundMs);
  expect(agreed, `n=${n} seed=${seed}: not within ${boundMs} ms`).toBe(true);
  return world.now - repairedAt;
}

describe.each(Object.entries(SPLITS))("a cluster %s", (_, split) => {
  test.each([
    [3, 10 * MINUTE_MS, 10],
    [5, 10 * MINUTE_MS, 5],
    [16, 10 * MINUTE_MS, 2],
    [32, 10 * MINUTE_MS, 1],
    [5, 2 * HOUR_MS, 1],
  ])("of %i nodes meets again after %i ms, for %i seeds", (n, ms, seeds) => {
    for (let seed = 1; seed <= seeds; seed++) healing(n, seed, split, ms);
  });

  test("meets again after a minute, when some remember each other yet and others do not", () => {
    for (let seed = 1; seed <= 5; seed++) healing(8, seed, split, MINUTE_MS);
  });
});

test("the dead on the lists delay the meeting by no more than their turns take", () => {
  const who = names(12);
  const cluster = clusterOf(who);
  const { world } = cluster;
  const gone = who.slice(8);
  for (const name of gone) world.crash(name);
  world.run(2 * MINUTE_MS);
  world.partition([who.slice(0, 4), who.slice(4, 8)]);
  world.run(10 * MINUTE_MS);
  world.repair();
  expect(cluster.runUntilAgreed(healsWithinMs(12, 2, gone.length))).toBe(true);
});

test("a tenth of the packets may be lost on the way", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const cluster = clusterOf(names(8), { seed, network: { latencyMs: [1, 10], loss: 0.1 } });
    const { world } = cluster;
    world.partition([names(8).slice(0, 4), names(8).slice(4)]);
    world.run(10 * MINUTE_MS);
    world.repair();
    expect(cluster.runUntilAgreed(3 * healsWithinMs(8, 2))).toBe(true);
  }
});

describe("rates are bounded", () => {
  /** Least time between two rounds of a node that has lost as many as it has left. */
  const rounds = (ms: number): number => Math.ceil(ms / (LAN.reconnectIntervalMs / 2));

  test("alone, a node sends three packets a round, and the many ask for the one no more than it for them", () => {
    const who = names(16);
    const cluster = clusterOf(who);
    const { world } = cluster;
    world.partition([["n1"], who.slice(1)]);
    world.run(5 * MINUTE_MS);
    const [sentBefore, cutBefore] = [world.stats("n1").packetsSent, world.counts.cut];
    world.run(10 * MINUTE_MS);
    const sent = world.stats("n1").packetsSent - sentBefore;
    const cut = world.counts.cut - cutBefore;
    const most = LAN.reconnectNodes * rounds(10 * MINUTE_MS);
    expect(sent).toBeGreaterThan(most / 2);
    expect(sent).toBeLessThanOrEqual(most);
    expect(cut).toBeLessThanOrEqual(2 * most);
  });

  test("in a whole cluster nobody is asked for, and who has left is not contacted", () => {
    const cluster = clusterOf(names(8));
    const { world } = cluster;
    cluster.leave("n8");
    world.run(5 * SECOND_MS);
    world.crash("n8");
    world.run(MINUTE_MS);
    const heard = world.counts.datagrams;
    world.cut("n1", "n8");
    for (const name of names(7)) world.cut(name, "n8");
    world.run(HOUR_MS);
    expect(world.counts.datagrams).toBeGreaterThan(heard);
    expect(world.counts.cut).toBe(0);
  });
});

describe("seeds", () => {
  test("bring together what has never met, though nobody is lost", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = new Cluster({ seed, seeds: ["a", "c"], membership: { preset: "lan" } });
      for (const name of ["a", "b", "c", "d"]) cluster.add(name);
      cluster.world.partition([
        ["a", "b"],
        ["c", "d"],
      ]);
      cluster.world.run(10 * MINUTE_MS);
      cluster.world.repair();
      expect(cluster.runUntilAgreed(2 * healsWithinMs(4, 2))).toBe(true);
    }
  });

  test("take a node back that has restarted alone, while nobody listens to it", () => {
    const cluster = clusterOf(names(5), { seeds: ["n1", "n2"] });
    const { world } = cluster;
    world.crash("n5");
    world.run(10 * MINUTE_MS);
    world.restart("n5");
    expect(cluster.runUntilAgreed(healsWithinMs(5, 2))).toBe(true);
  });

  test("are found at their new addresses, when all of them have moved", () => {
    const cluster = clusterOf(names(4), { seeds: ["n1", "n2"] });
    const { world } = cluster;
    for (const name of ["n1", "n2"]) world.crash(name);
    world.run(10 * MINUTE_MS);
    world.restart("n1", parseAddress("10.9.0.1:7946"));
    world.restart("n2", parseAddress("10.9.0.2:7946"));
    expect(cluster.runUntilAgreed(2 * healsWithinMs(4, 3))).toBe(true);
  });
});

test("without seeds, the others fetch a node that has restarted and knows nobody", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = clusterOf(names(5), { seed });
    const { world } = cluster;
    world.crash("n5");
    world.run(10 * MINUTE_MS);
    world.restart("n5");
    // Each of the four asks for one of four: one of them does every interval, and each within four.
    expect(cluster.runUntilAgreed(4 * LAN.reconnectIntervalMs + healsWithinMs(5, 2))).toBe(true);
  }
});

test("a reused address never makes two clusters one", () => {
  const cluster = new Cluster({ seed: 3, network: { latencyMs: [1, 10] } });
  for (const name of ["a", "b", "c", "x", "y"]) cluster.add(name);
  for (const name of ["b", "c"]) cluster.join(name, ["a"]);
  cluster.join("y", ["x"]);
  const { world } = cluster;
  world.run(10 * SECOND_MS);
  const home = world.addressOf("c");
  world.crash("c");
  world.run(5 * MINUTE_MS);
  // Another cluster's node gets c's address.
  world.restart("c", parseAddress("10.9.0.1:7946"));
  world.crash("c");
  world.crash("y");
  world.restart("y", home);
  cluster.join("y", ["x"]);
  world.run(HOUR_MS);
  expect(cluster.members("a").map(({ name }) => name)).toEqual(["a", "b"]);
  expect(cluster.members("y").map(({ name }) => name)).toEqual(["x", "y"]);
  expect(world.stats("y").drops["pingOfAnother"]).toBeGreaterThan(10);
});

describe("a node that comes back", () => {
  const elsewhere = parseAddress("10.9.0.1:7946");
  const told = (cluster: Cluster, since: number): string[] => {
    return cluster.world.events.slice(since).map(({ event }) => event.type);
  };

  test("at a new address is taken over at once, long before its old self is declared dead", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = clusterOf(names(5), { seed });
      const { world } = cluster;
      world.run(5 * SECOND_MS);
      const since = world.events.length;
      world.crash("n5");
      world.restart("n5", elsewhere);
      cluster.join("n5", ["n1"]);
      expect(cluster.runUntilAgreed(5 * SECOND_MS)).toBe(true);
      expect(cluster.membership("n1").member("n5")?.address).toBe(elsewhere);
      expect(told(cluster, since)).not.toContain("conflict");
      expect(told(cluster, since)).not.toContain("fail");
    }
  });

  test("with its clock set back, and at a new address, hears of its past and speaks up above it", () => {
    const cluster = clusterOf(names(4));
    const { world } = cluster;
    world.run(5 * SECOND_MS);
    world.crash("n4");
    world.setEpoch(1_600_000_000);
    world.restart("n4", elsewhere);
    cluster.join("n4", ["n1"]);
    expect(cluster.runUntilAgreed(30 * SECOND_MS)).toBe(true);
    expect(cluster.membership("n1").member("n4")?.incarnation).toBeGreaterThan(1_700_000_000);
  });

  test("while another bears its name is a conflict at both addresses, told rarely, and nobody stops", () => {
    const cluster = clusterOf(names(4));
    const { world } = cluster;
    world.run(5 * SECOND_MS);
    const since = world.events.length;
    world.add("twin", {
      address: elsewhere,
      tenants: ({ address, peers, epochSeconds, now }) => {
        const firstIncarnation = epochSeconds as Incarnation;
        return [new Membership({ name: "n2", address, peers, firstIncarnation, now })];
      },
    });
    const addresses = [world.addressOf("n1")];
    world.command("twin", "membership", { type: "join", id: 1, addresses } as MembershipCommand);
    world.run(5 * MINUTE_MS);
    const conflicts = world.events.slice(since).flatMap(({ event }) => {
      const known = event as MembershipEvent;
      return known.type === "conflict" ? [known] : [];
    });
    expect(conflicts.length).toBeGreaterThan(0);
    expect(conflicts.length).toBeLessThanOrEqual(5 * 5);
    for (const name of ["n1", "n3", "n4"]) {
      expect(cluster.membership(name).member("n2")).toMatchObject({
        state: "alive",
        address: "10.0.0.2:7946",
      });
    }
  });
});

test("a node that counts from 1, as memberlist's do, is back soon, wherever it starts again", () => {
  for (const address of [undefined, parseAddress("10.9.0.1:7946")]) {
    for (const downMs of [SECOND_MS, MINUTE_MS, HOUR_MS]) {
      const cluster = clusterOf(names(5));
      const { world } = cluster;
      world.crash("n5");
      world.run(downMs);
      world.setEpoch(1);
      world.restart("n5", address);
      cluster.join("n5", ["n1"]);
      expect(cluster.runUntilAgreed(2 * MINUTE_MS)).toBe(true);
    }
  }
});

test("two hundred nodes join one at the same moment: it has no room for all, and takes them all in", () => {
  const cluster = new Cluster({ seed: 5, network: { latencyMs: [1, 10] }, wire: "objects" });
  const { world } = cluster;
  cluster.form(names(201));
  expect(cluster.runUntilAgreed(30 * SECOND_MS)).toBe(true);
  expect(world.stats("n1").drops["tooManyStreams"]).toBeGreaterThan(20);
  const outcomes = world.events.flatMap(({ event }) => {
    const known = event as MembershipOutcome;
    return known.type === "joined" ? [known.contacted.length] : [];
  });
  expect(outcomes).toEqual(Array.from({ length: 200 }, () => 1));
}, 60_000);
