/**
 * The proof of the shape: a third tenant with a timer, a datagram, an exchange, a link and news of its own,
 * added by one line of registration. Here it runs by hand; `sim/third-tenant.test.ts` has it in virtual
 * time beside membership, `node/third-tenant.test.ts` on real sockets.
 */
import { describe, expect, test } from "vitest";
import { parseAddress, parseChannels, Sfc32 } from "../kernel/index.ts";
import type { Instant, PeerId, PeerSampler } from "../kernel/index.ts";
import { NodeMachine } from "./node-machine.ts";
import { PeerTable } from "./peer-table.ts";
import { Hand } from "./test/hand.ts";
import { Toy } from "./test/toy.ts";
import type { ToyEvent } from "./test/toy.ts";

const PERIOD_MS = 100;

/** Two nodes that know each other from the start, without membership. */
function pair(periods: { a: number; b: number }) {
  const nodes = (["a", "b"] as const).map((name, i) => {
    const peers = new PeerTable();
    const address = parseAddress(`10.0.0.${i + 1}:1`);
    const other = peers.intern(name === "a" ? "b" : "a", parseAddress(`10.0.0.${2 - i}:1`));
    peers.setChannels(other, parseChannels("t"));
    const toy = new Toy(name, peers, only(other), periods[name], 0 as Instant);
    const machine = new NodeMachine({ name, address, peers, tenants: [toy] });
    return { machine, peers };
  });
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  const hand = new Hand(a.machine, b.machine);
  hand.start();
  return { hand, a: a.machine, b: b.machine };
}

function only(peer: PeerId): PeerSampler {
  return { size: 1, sample: () => [peer] };
}

function heard(hand: Hand, node: string): string[] {
  const events = hand.events.filter((row) => row.node === node).map((row) => row.event as ToyEvent);
  return events.map(({ what, from }) => `${what} ${from}`.trim());
}

describe("a third tenant, by hand", () => {
  test("waves, asks, links and greets", () => {
    const { hand } = pair({ a: PERIOD_MS, b: 1_000_000 });
    hand.run(PERIOD_MS);
    expect(heard(hand, "b")).toEqual(expect.arrayContaining(["wave a", "greeting a", "linkUp a"]));
    expect(heard(hand, "a")).toEqual(
      expect.arrayContaining(["waveBack b", "greeting b", "linkUp b", "answer"]),
    );
    hand.run(PERIOD_MS);
    expect(heard(hand, "b")).toContain("whisper a");
  });

  test("two that dial each other at once end with one link", () => {
    const { hand, a, b } = pair({ a: PERIOD_MS, b: PERIOD_MS });
    hand.hold = true;
    hand.run(PERIOD_MS);
    hand.hold = false;
    hand.flush();
    hand.run(5 * PERIOD_MS);
    for (const { name, stats } of [
      { name: "a", stats: a.stats() },
      { name: "b", stats: b.stats() },
    ]) {
      expect(stats.links).toBe(1);
      expect(heard(hand, name).filter((what) => what.startsWith("linkUp"))).toHaveLength(1);
      expect(heard(hand, name).filter((what) => what.startsWith("linkDown"))).toHaveLength(0);
      expect(heard(hand, name).some((what) => what.startsWith("whisper"))).toBe(true);
    }
  });

  test("two that dial each other at once keep their link, in whatever order their streams are heard", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { hand, a, b } = pair({ a: PERIOD_MS, b: PERIOD_MS });
      hand.hold = true;
      hand.run(PERIOD_MS);
      hand.flushCrosswise(new Sfc32(seed));
      hand.hold = false;
      hand.run(3 * PERIOD_MS);
      for (const node of [a, b]) {
        const { links } = node.stats();
        const downs = heard(hand, node.name).filter((what) => what.startsWith("linkDown"));
        expect({ seed, node: node.name, links, downs }).toEqual({
          seed,
          node: node.name,
          links: 1,
          downs: [],
        });
        expect(heard(hand, node.name).some((what) => what.startsWith("whisper"))).toBe(true);
      }
    }
  });

  test("leaves no stream behind when its exchanges are over", () => {
    const { hand, a, b } = pair({ a: PERIOD_MS, b: 1_000_000 });
    hand.run(20 * PERIOD_MS);
    expect(heard(hand, "a").filter((what) => what === "answer")).toHaveLength(20);
    expect(a.stats().streams).toBe(1);
    expect(b.stats().streams).toBe(1);
    expect(b.stats().drops).toEqual({});
  });
});
