/** One node alone with what its peers tell it, honest or not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { PeerTable } from "../composition/index.ts";
import {
  channelBit,
  DecodeError,
  NO_PEER,
  parseAddress,
  RecordedEffects,
  Sfc32,
} from "../kernel/index.ts";
import type { ChannelSet, Instant, NodeSignal, PeerId, TenantInput } from "../kernel/index.ts";
import { writePlain } from "../recording/index.ts";
import type { DetectionOptions } from "./config.ts";
import { HeartbeatDetection } from "./heartbeat-detection.ts";
import { HEARTBEAT_CHANNEL, HEARTBEAT_MESSAGES, LARGEST_HEARTBEAT } from "./wire.ts";
import type { Heartbeat, HeartbeatMessage } from "./wire.ts";

const EPOCH = 1_700_000_000;

class Bench {
  readonly peers = new PeerTable();
  readonly machine: HeartbeatDetection;
  readonly ids: PeerId[];
  readonly #effects = new RecordedEffects<HeartbeatMessage>();
  readonly #rng = new Sfc32(1);
  now = 0 as Instant;

  constructor(members: readonly string[], config: DetectionOptions = {}, epoch = EPOCH) {
    this.ids = members.map((name, i) => {
      const peer = this.peers.intern(name, parseAddress(`10.0.0.${i + 2}:7946`));
      this.peers.setChannels(peer, channelBit(HEARTBEAT_CHANNEL));
      return peer;
    });
    const sampler = {
      size: this.ids.length,
      sample: (count: number) => this.ids.slice(0, count),
    };
    const { peers } = this;
    this.machine = new HeartbeatDetection({ name: "self", epoch, peers, sampler, config });
    this.put({ type: "start", channels: 0 as ChannelSet });
    for (const peer of this.ids) this.signal({ type: "peerUp", peer });
  }

  put(input: TenantInput<HeartbeatMessage>) {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    this.peers.sweep();
    return this.#effects.take();
  }

  signal(signal: NodeSignal) {
    return this.put({ type: "signal", signal });
  }

  hears(message: HeartbeatMessage, peer = this.ids[0] ?? NO_PEER) {
    const from = parseAddress("10.0.0.2:7946");
    return this.put({ type: "message", message, from, peer, carrier: "datagram" });
  }

  beats(...entries: (readonly [name: string, heartbeat: number])[]) {
    const list = entries.map(([name, heartbeat]): Heartbeat => ({ name, heartbeat }));
    return this.hears({ type: "heartbeats", entries: list });
  }

  /** Lets the deadlines up to an instant come, each in time. */
  runTo(ms: number) {
    const all = [];
    while (this.machine.deadline <= ms) {
      this.now = this.machine.deadline;
      all.push(...this.put({ type: "timeout" }));
    }
    this.now = ms as Instant;
    return all;
  }

  drops(effects: ReturnType<Bench["put"]>): string[] {
    return effects.flatMap((effect) => (effect.type === "drop" ? [effect.reason] : []));
  }

  told(effects: ReturnType<Bench["put"]>): string[] {
    return effects.flatMap((effect) => {
      if (effect.type !== "notify") return [];
      const { type, name } = effect.event as unknown as { type: string; name: string };
      return [`${type} ${name}`];
    });
  }
}

test("the first word of a table is our own heartbeat, one more in each round", () => {
  const bench = new Bench(["a"]);
  bench.beats(["a", EPOCH + 3]);
  const sent = bench.runTo(3000).flatMap((effect) => (effect.type === "send" ? [effect] : []));
  expect(sent.map(({ message }) => message)).toEqual(
    [1, 2, 3].map((round) => ({
      type: "heartbeats",
      entries: [
        { name: "self", heartbeat: EPOCH + round },
        { name: "a", heartbeat: EPOCH + 3 },
      ],
    })),
  );
});

test("a node whose clock is behind the beginning of time begins with none", () => {
  const bench = new Bench(["a"], {}, -3600);
  const sent = bench.runTo(1000).find((effect) => effect.type === "send");
  expect(sent).toMatchObject({ message: { entries: [{ name: "self", heartbeat: 1 }] } });
});

test("a silent member has failed after T_fail, is told of no more, and is restored by a newer heartbeat", () => {
  const bench = new Bench(["a", "b"], { detector: "heartbeat", failMs: 5000 });
  bench.beats(["a", EPOCH], ["b", EPOCH]);
  bench.runTo(4000);
  bench.beats(["b", EPOCH + 4]);
  const effects = bench.runTo(6500);
  expect(bench.told(effects)).toEqual(["failed a"]);
  const last = effects.findLast((effect) => effect.type === "send");
  expect(JSON.stringify(last)).not.toContain('"a"');
  expect(bench.told(bench.beats(["a", EPOCH]))).toEqual([]);
  expect(bench.told(bench.beats(["a", EPOCH + 6]))).toEqual(["restored a"]);
  expect(bench.machine.judgement("a", bench.now)).toMatchObject({ state: "alive", silentMs: 0 });
});

test("heartbeats of strangers, of nobody's and far ahead of all are counted and change nothing", () => {
  const bench = new Bench(["a"]);
  bench.beats(["a", EPOCH]);
  const before = bench.machine.save();
  expect(bench.drops(bench.beats(["nobody", EPOCH]))).toEqual(["unknownMember"]);
  expect(bench.drops(bench.beats(["a", LARGEST_HEARTBEAT]))).toEqual(["farAhead"]);
  const entries = [{ name: "a", heartbeat: EPOCH + 9 }];
  expect(bench.drops(bench.hears({ type: "heartbeats", entries }, NO_PEER))).toEqual(["stranger"]);
  expect(bench.machine.save()).toEqual(before);
});

test("who is said to be further than it is goes beyond it", () => {
  const bench = new Bench(["a"]);
  bench.beats(["self", EPOCH + 1000]);
  const sent = bench.runTo(1000).find((effect) => effect.type === "send");
  expect(sent).toMatchObject({
    message: { entries: [{ name: "self", heartbeat: EPOCH + 1001 }] },
  });
});

test("who begins anew behind its earlier life is told how far it was, and nobody else is", () => {
  const bench = new Bench(["a", "b"]);
  bench.beats(["a", EPOCH + 50], ["b", EPOCH + 50]);
  expect(bench.beats(["a", EPOCH + 10])).toMatchObject([
    { type: "send", message: { entries: [{ name: "a", heartbeat: EPOCH + 50 }] } },
  ]);
  expect(bench.beats(["b", EPOCH + 10])).toEqual([]);
});

test("a table larger than a packet goes in several, and of too many others go in each round", () => {
  const names = Array.from({ length: 100 }, (_, i) => `member-${i}`);
  const bench = new Bench(names, { packetBytes: 512, maxPackets: 2 });
  bench.beats(...names.map((name) => [name, EPOCH] as const));
  const told = new Set<string>();
  for (let round = 1; round <= 5; round++) {
    const sent = bench.runTo(1000 * round).flatMap((effect) => {
      return effect.type === "send" ? [effect.message] : [];
    });
    expect(sent).toHaveLength(2);
    for (const message of sent) {
      const type = HEARTBEAT_MESSAGES.find((one) => one.type === message.type)!;
      expect(type.sizeOf(message)).toBeLessThanOrEqual(512);
      if (message.type !== "heartbeats") continue;
      expect(message.entries[0]?.name).toBe("self");
      for (const { name } of message.entries) told.add(name);
    }
  }
  expect(told.size).toBe(101);
});

test("who has left is forgotten at once, who failed when T_cleanup is over, and nobody holds their peers", () => {
  const bench = new Bench(["a", "b"], { detector: "heartbeat", failMs: 5000 });
  const [a, b] = bench.ids as [PeerId, PeerId];
  bench.beats(["a", EPOCH], ["b", EPOCH]);
  bench.signal({ type: "peerDown", peer: a, reason: "left" });
  bench.signal({ type: "peerDown", peer: b, reason: "failed" });
  expect(bench.machine.judgements(bench.now).map(({ name }) => name)).toEqual(["b"]);
  expect(bench.told(bench.runTo(9000))).toEqual(["failed b"]);
  expect(bench.machine.judgement("b", bench.now)?.state).toBe("failed");
  bench.runTo(13_000);
  expect(bench.machine.judgements(bench.now)).toEqual([]);
  for (const peer of bench.ids) bench.peers.release(peer);
  bench.peers.sweep();
  expect(bench.peers.size).toBe(0);
});

test("members that do not speak heartbeats are not watched", () => {
  const bench = new Bench([]);
  const peer = bench.peers.intern("old", parseAddress("10.0.0.9:7946"));
  bench.signal({ type: "peerUp", peer });
  expect(bench.machine.judgements(bench.now)).toEqual([]);
  bench.peers.setChannels(peer, channelBit(HEARTBEAT_CHANNEL));
  bench.signal({ type: "channelsLearnt", peer });
  expect(bench.machine.judgements(bench.now)).toHaveLength(1);
});

test("gems: suspicions need every voter, and the word of one is not enough", () => {
  const bench = new Bench(["a", "b", "c"], { detector: "gems", failMs: 3000 });
  bench.beats(["a", EPOCH], ["b", EPOCH], ["c", EPOCH]);
  // Nobody takes a decision on somebody whom he hears himself.
  const decision: HeartbeatMessage = {
    type: "suspicions",
    suspects: [],
    rows: [],
    decided: ["c"],
  };
  expect(bench.told(bench.hears(decision))).toEqual([]);
  const keep = (): void => void bench.beats(["a", EPOCH + bench.now], ["b", EPOCH + bench.now]);
  for (let ms = 1000; ms <= 5000; ms += 1000) {
    bench.runTo(ms);
    keep();
  }
  expect(bench.machine.judgement("c", bench.now)?.state).toBe("suspected");
  const row = (by: string, bits: number, stamp = EPOCH): HeartbeatMessage => ({
    type: "suspicions",
    suspects: ["c"],
    rows: [{ by, stamp, bits: Uint8Array.of(bits) }],
    decided: [],
  });
  expect(bench.told(bench.hears(row("a", 1)))).toEqual([]);
  expect(bench.told(bench.hears(row("a", 0, EPOCH + 1)))).toEqual([]);
  expect(bench.told(bench.hears(row("b", 1)))).toEqual([]);
  expect(bench.told(bench.hears(row("a", 1)))).toEqual([]);
  expect(bench.told(bench.hears(row("a", 1, EPOCH + 2)))).toEqual(["failed c"]);
});

const anyName = fc.constantFrom("self", "a", "b", "nobody", "");
const anyNumber = fc.oneof(fc.nat(), fc.constant(EPOCH), fc.integer({ min: 0, max: 2 ** 52 }));
const anyMessage: fc.Arbitrary<HeartbeatMessage> = fc.oneof(
  fc.record({
    type: fc.constant("heartbeats" as const),
    entries: fc.array(fc.record({ name: anyName, heartbeat: anyNumber })),
  }),
  fc.record({
    type: fc.constant("suspicions" as const),
    suspects: fc.array(anyName),
    rows: fc.array(
      fc.record({
        by: anyName,
        stamp: anyNumber,
        bits: fc.option(fc.uint8Array({ maxLength: 32 }), { nil: undefined }),
      }),
    ),
    decided: fc.array(anyName),
  }),
);

test("whatever peers say, nothing throws, and nothing is kept of those who are no members", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("heartbeat", "phi", "gems"),
      fc.array(fc.tuple(anyMessage, fc.nat(5000))),
      (detector, story) => {
        const bench = new Bench(["a", "b"], { detector });
        for (const [message, ms] of story) {
          bench.runTo(bench.now + ms);
          bench.hears(message);
        }
        bench.runTo(bench.now + 60_000);
        const kept = writePlain(bench.machine.save());
        expect(kept).not.toContain("nobody");
        expect(kept.length).toBeLessThan(4000 + 100 * story.length);
      },
    ),
    { numRuns: 200 },
  );
});

test("what is written is read, and any other bytes are malformed or a message", () => {
  fc.assert(
    fc.property(anyMessage, fc.uint8Array({ maxLength: 100 }), (message, noise) => {
      const type = HEARTBEAT_MESSAGES.find((one) => one.type === message.type)!;
      const bytes = new Uint8Array(type.sizeOf(message));
      const end = type.encodeInto(message, bytes, 0);
      expect(end).toBe(bytes.length);
      const decoded = type.decode(bytes, type.prefix.length, end);
      expect(decoded).toEqual(message);
      for (const one of HEARTBEAT_MESSAGES) {
        try {
          one.decode(noise, 0, noise.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }),
  );
});

test.each([
  { detector: "swim" },
  { intervalMs: 1 },
  { fanout: 0 },
  { failMs: 1.5 },
  { majority: 1 },
  { packetBytes: 10 },
  { maxPackets: 0 },
  { phi: { threshold: -1 } },
])("%j is refused", (config) => {
  expect(() => new Bench([], config as never)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION" }),
  );
});
