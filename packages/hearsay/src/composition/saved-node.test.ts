/**
 * State is written out and read back: a node that goes on in another object goes on as if nothing had been.
 */
import { describe, expect, test } from "vitest";
import { parseAddress, parseChannels } from "../kernel/index.ts";
import type { Instant, Message, PeerId, Saved, Tenant } from "../kernel/index.ts";
import { NodeMachine } from "./node-machine.ts";
import { FrameReader, frame } from "./frames.ts";
import { PeerTable } from "./peer-table.ts";
import { Hand } from "./test/hand.ts";
import { NEWS, news } from "./test/news.ts";
import { chance, Phoenix } from "./test/phoenix.ts";
import { Toy } from "./test/toy.ts";
import { TransmitQueue } from "./transmit-queue.ts";

const PERIOD_MS = 100;

/** Two toys that use every verb, one after the other or at the same time, and all that they tell. */
function story(
  periods: { a: number; b: number },
  dies: () => boolean,
  hold = 0,
  Player: typeof Toy = Toy,
) {
  const make = (name: "a" | "b"): { machine: NodeMachine; peers: PeerTable } => {
    const peers = new PeerTable();
    const index = name === "a" ? 1 : 2;
    const other = peers.intern(name === "a" ? "b" : "a", parseAddress(`10.0.0.${3 - index}:1`));
    peers.setChannels(other, parseChannels("t"));
    const sampler = { size: 1, sample: (): PeerId[] => [other] };
    const toy = new Player(name, peers, sampler, periods[name], 0 as Instant);
    const address = parseAddress(`10.0.0.${index}:1`);
    return { machine: new NodeMachine({ name, address, peers, tenants: [toy] }), peers };
  };
  const a = new Phoenix(() => make("a"), dies);
  const b = new Phoenix(() => make("b"), dies);
  const hand = new Hand(a.machine, b.machine);
  hand.start();
  for (let round = 0; round < 20; round++) {
    hand.hold = round < hold;
    hand.run(PERIOD_MS);
    hand.hold = false;
    hand.flush();
  }
  const trace = hand.events.map(({ node, event }) => `${node} ${JSON.stringify(event)}`);
  const rebirths = a.rebirths + b.rebirths;
  return { trace, stats: [a.stats(), b.stats()], rebirths };
}

describe("a node that is saved and restored", () => {
  test.each([1, 2, 5, 20])("goes on as if nothing had been: once in %i inputs", (odds) => {
    for (const [periods, hold] of [
      [{ a: PERIOD_MS, b: 1_000_000 }, 0],
      [{ a: PERIOD_MS, b: PERIOD_MS }, 1],
      [{ a: PERIOD_MS, b: 70 }, 3],
    ] as const) {
      const expected = story(periods, () => false, hold);
      const { trace, stats, rebirths } = story(periods, chance(7, odds), hold);
      expect(trace).toEqual(expected.trace);
      expect(stats).toEqual(expected.stats);
      expect(rebirths).toBeGreaterThan(odds === 20 ? 3 : 50);
    }
  });

  test("does not if a tenant forgets something", () => {
    class Forgetful extends Toy {
      override save(): Saved {
        return { ...(super.save() as object), answers: new Map() };
      }
    }
    const periods = { a: PERIOD_MS, b: 1_000_000 };
    const expected = story(periods, () => false);
    const forgetful = story(periods, chance(7, 5), 0, Forgetful);
    expect(forgetful.trace).not.toEqual(expected.trace);
  });

  test("refuses to be what it is not: other tenants, or one that cannot be saved", () => {
    const tenant = (name: string, save: boolean): Tenant => ({
      name,
      wire: { messages: [] },
      deadline: Infinity as Instant,
      handle: () => {},
      ...(save && { save: () => 1, restore: () => {} }),
    });
    const peers = new PeerTable();
    const node = (...tenants: Tenant[]): NodeMachine =>
      new NodeMachine({ name: "a", address: parseAddress("10.0.0.1:1"), peers, tenants });
    const saved = node(tenant("x", true)).save();
    const code = { code: "ERR_STATE" };
    expect(() => node(tenant("y", true)).restore(saved)).toThrow(expect.objectContaining(code));
    expect(() => node(tenant("x", false)).restore(saved)).toThrow(expect.objectContaining(code));
    expect(() => node(tenant("x", false)).save()).toThrow(expect.objectContaining(code));
    expect(() => node(tenant("x", true)).restore(saved)).not.toThrow();
  });
});

test("a queue keeps its order, its counts and the packet that it last filled", () => {
  const limits = { maxMessages: 20, maxBytes: 4000 };
  const draft = (number: number) => ({ number, parts: [], maxParts: 3, perPart: 2 });
  const [one, other] = [new TransmitQueue(limits), new TransmitQueue(limits)];
  for (let i = 0; i < 30; i++) one.offer(NEWS, news(`n${i}`, 10 + (i % 7)), 4, i % 5 ? "" : "k");
  one.take(draft(1), 100, []);
  const saved = structuredClone(one.save());
  other.restore(saved, () => NEWS);
  const drain = (queue: TransmitQueue): unknown[] => {
    const taken: unknown[] = [];
    for (let number = 1; queue.length > 0 && number < 100; number++) {
      const parts: { message: Message }[] = [];
      queue.take({ ...draft(number), parts: parts as never }, 60, []);
      taken.push(parts.map(({ message }) => (message as { label?: string }).label));
      if (number === 5) queue.offer(NEWS, news("late", 12), 2, "k");
    }
    return [...taken, queue.dropped];
  };
  expect(drain(other)).toEqual(drain(one));
});

test("a frame is read on in another reader, wherever it was cut", () => {
  const bodies = [Uint8Array.of(1, 2, 3), new Uint8Array(2000).fill(7)];
  const stream = new Uint8Array(bodies.flatMap((body) => [...frame(body)]));
  for (const cut of [1, 3, 4, 5, 7, 9, 11, 15, 1000, stream.length - 1]) {
    const heard: Uint8Array[] = [];
    const hear = (body: Uint8Array): boolean => heard.push(body.slice()) > 0;
    const [one, other] = [new FrameReader(4096), new FrameReader(4096)];
    one.push(stream.subarray(0, cut), hear);
    other.restore(structuredClone(one.save()));
    other.push(stream.subarray(cut), hear);
    expect(heard).toEqual(bodies);
  }
});
