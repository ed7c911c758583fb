/** Packets on links, by hand: two nodes and a tenant that knows nothing of it. */
import { describe, expect, test } from "vitest";
import { parseAddress, parseChannels, Sfc32 } from "../kernel/index.ts";
import type { Instant, NodeSignal, Tenant } from "../kernel/index.ts";
import { NodeMachine } from "./node-machine.ts";
import { PeerTable } from "./peer-table.ts";
import { RecordedNodeEffects } from "./recording.ts";
import { Hand } from "./test/hand.ts";
import { Toy } from "./test/toy.ts";
import type { ToyEvent } from "./test/toy.ts";

const PERIOD_MS = 100;

/** Signals what a test wants it to. */
class Signaller implements Tenant {
  readonly name = "signaller";
  readonly wire = { messages: [] };
  readonly deadline = Infinity as Instant;

  handle(...[input, , , effects]: Parameters<Tenant["handle"]>): void {
    if (input.type === "command")
      effects.signal((input.command as never as { signal: NodeSignal }).signal);
  }
}

/** `a`, who waves to `b` every `PERIOD_MS` and expects a wave back. What `b` reads is `channels`. */
function pair(streamsOnly: boolean, channels = "t") {
  const [a, b] = (["a", "b"] as const).map((name, i) => {
    const peers = new PeerTable();
    const address = parseAddress(`10.0.0.${i + 1}:1`);
    const other = peers.intern(name === "a" ? "b" : "a", parseAddress(`10.0.0.${2 - i}:1`));
    peers.setChannels(other, parseChannels(name === "a" ? channels : "t"));
    const sampler = { size: 1, sample: () => [other] };
    const period = name === "a" ? PERIOD_MS : 1_000_000;
    const toy = new Toy(name, peers, sampler, period, 0 as Instant);
    const config = { streamsOnly: streamsOnly && name === "a" };
    const tenants = [toy, new Signaller()];
    return { machine: new NodeMachine({ name, address, peers, tenants, config }), other };
  }) as [{ machine: NodeMachine; other: never }, { machine: NodeMachine; other: never }];
  const hand = new Hand(a.machine, b.machine);
  hand.start();
  const heardBy = (node: string): string[] => {
    const rows = hand.events.filter((row) => row.node === node);
    return rows.map(({ event }) => `${(event as ToyEvent).what} ${(event as ToyEvent).from}`);
  };
  const signal = (type: "packetsLost" | "packetsPass"): void => {
    const command = { type: "signal", signal: { type, peer: a.other } } as never;
    hand.give(a.machine, { type: "command", tenant: "signaller", command });
  };
  /** How the next wave of `a` leaves. */
  const nextLeaves = (): string => {
    hand.now = a.machine.deadline;
    const effects = new RecordedNodeEffects();
    a.machine.handle({ type: "timeout" }, hand.now, new Sfc32(1), effects);
    return effects.take().some(({ type }) => type === "datagram") ? "datagram" : "link";
  };
  return { hand, a: a.machine, b: b.machine, heardBy, signal, nextLeaves };
}

describe("the ferry", () => {
  test("a node that is streamsOnly sends on links, those that wait for them included, and is answered there", () => {
    const { hand, a, heardBy, nextLeaves } = pair(true);
    hand.run(PERIOD_MS);
    expect(heardBy("b")).toContain("wave a");
    expect(heardBy("a")).toContain("waveBack b");
    expect(a.stats().packetsSent).toBeGreaterThan(0);
    expect(nextLeaves()).toBe("link");
  });

  test("a peer that says that it is streamsOnly is sent to on a link", () => {
    expect(pair(false, "t").nextLeaves()).toBe("datagram");
    expect(pair(false, "tz").nextLeaves()).toBe("link");
  });

  test("where packets get lost they go on a link, until they pass", () => {
    const { hand, heardBy, signal, nextLeaves } = pair(false);
    signal("packetsLost");
    hand.run(PERIOD_MS);
    expect(heardBy("b")).toContain("wave a");
    expect(nextLeaves()).toBe("link");
    signal("packetsPass");
    expect(nextLeaves()).toBe("datagram");
  });
});
