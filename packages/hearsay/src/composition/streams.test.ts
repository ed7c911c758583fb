import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../codec/index.ts";
import { NO_PEER, parseAddress, parseChannels, Sfc32 } from "../kernel/index.ts";
import type { Instant, PeerSampler, StreamId } from "../kernel/index.ts";
import { frame } from "./frames.ts";
import { writeHello } from "./hello.ts";
import type { NodeInput } from "./host.ts";
import { NodeMachine } from "./node-machine.ts";
import { PeerTable } from "./peer-table.ts";
import { RecordedNodeEffects } from "./recording.ts";
import { Toy } from "./test/toy.ts";

const FROM = parseAddress("10.0.0.2:9");
const NOBODY: PeerSampler = { size: 0, sample: () => [] };

function nodeOf(config = {}) {
  const peers = new PeerTable();
  const toy = new Toy("a", peers, NOBODY, 1_000_000, 0 as Instant);
  const address = parseAddress("10.0.0.1:1");
  const machine = new NodeMachine({ name: "a", address, peers, tenants: [toy], config });
  const effects = new RecordedNodeEffects();
  const rng = new Sfc32(1);
  const give = (input: NodeInput, ms = 0) => {
    machine.handle(input, ms as Instant, rng, effects);
    return effects.take().map((effect) => {
      if (effect.type === "write") return `write ${String.fromCharCode(...effect.bytes)}`;
      if (effect.type === "notify") return `notify ${Object.values(effect.event).join(" ")}`;
      return "stream" in effect ? `${effect.type} ${effect.stream}` : effect.type;
    });
  };
  give({ type: "start" });
  const chunk = (id: number, ...bytes: number[]) => {
    return give({ type: "chunk", stream: id as StreamId, bytes: Uint8Array.from(bytes) });
  };
  const accept = (id: number) => give({ type: "accepted", stream: id as StreamId, from: FROM });
  return { machine, peers, give, chunk, accept };
}

const text = (words: string): number[] => [...encodeUtf8(words)];
const T = 0x74;

function helloFrame(name: string): number[] {
  return [...frame(writeHello({ name, address: FROM, channels: parseChannels("t") }))];
}

describe("an accepted stream", () => {
  test("is given to the tenant whose channel it opens with, opener taken off", () => {
    const { accept, chunk } = nodeOf();
    accept(-1);
    expect(chunk(-1, 0xe0, T, ...text("abc\n"))).toEqual(["write cba", "finish -1"]);
  });

  test("may come byte by byte", () => {
    const { accept, chunk } = nodeOf();
    accept(-1);
    const all = [0xe0, T, ...text("abc\n")].map((byte) => chunk(-1, byte));
    expect(all.slice(0, -1).flat()).toEqual([]);
    expect(all.at(-1)).toEqual(["write cba", "finish -1"]);
  });

  test.each([
    ["an unknown first byte", [0x77]],
    ["a channel that nobody has", [0xe0, 0x7a]],
    ["encryption that is not configured", [0x0a, 0, 0, 0, 9]],
    ["a label that is not configured", [0xf4, 1, 0x61]],
  ])("with %s is dropped and counted", (_, bytes) => {
    const { accept, chunk, machine } = nodeOf();
    accept(-1);
    expect(chunk(-1, ...bytes)).toEqual(["abort -1"]);
    expect(Object.values(machine.stats().drops)).toEqual([1]);
    expect(machine.stats().streams).toBe(0);
  });

  test("that says nothing is dropped when its time is over", () => {
    const { accept, give, machine } = nodeOf({ streamTimeoutMs: 50 });
    accept(-1);
    expect(machine.deadline).toBe(50);
    expect(give({ type: "timeout" }, 49)).toEqual([]);
    expect(give({ type: "timeout" }, 50)).toEqual(["abort -1"]);
    expect(machine.stats().streams).toBe(0);
  });

  test("that says a byte now and then is dropped all the same, when its life is over", () => {
    const { accept, give, machine } = nodeOf({ streamTimeoutMs: 50, streamLifeMs: 120 });
    accept(-1);
    const says = (ms: number, ...bytes: number[]) => {
      return give({ type: "chunk", stream: -1 as StreamId, bytes: Uint8Array.from(bytes) }, ms);
    };
    expect(says(40, 0xe0)).toEqual([]);
    says(80, 0x74);
    says(110, 0);
    expect(give({ type: "timeout" }, 119)).toEqual([]);
    expect(give({ type: "timeout" }, 120)).toContain("abort -1");
    expect(machine.stats().streams).toBe(0);
  });

  test("beyond what one source may have is refused, and another source has room", () => {
    const { accept, give, machine } = nodeOf({ maxAcceptedStreams: 3, maxAcceptedPerSource: 2 });
    for (const id of [-1, -2]) expect(accept(id)).toEqual([]);
    expect(accept(-3)).toEqual(["abort -3"]);
    expect(machine.stats().drops).toEqual({ tooManyOfOneSource: 1 });
    const elsewhere = parseAddress("10.0.0.3:9");
    expect(give({ type: "accepted", stream: -4 as StreamId, from: elsewhere })).toEqual([]);
    give({ type: "failed", stream: -1 as StreamId, reason: "reset" });
    expect(accept(-5)).toEqual([]);
  });

  test("beyond the limit is refused, and one that ends makes room again", () => {
    const { accept, give, machine } = nodeOf({ maxAcceptedStreams: 1 });
    expect(accept(-1)).toEqual([]);
    expect(accept(-2)).toEqual(["abort -2"]);
    expect(machine.stats().drops).toEqual({ tooManyStreams: 1 });
    give({ type: "ended", stream: -1 as StreamId });
    expect(accept(-3)).toEqual([]);
  });
});

describe("a link that is accepted", () => {
  test("answers a hello with a hello, and is up", () => {
    const { accept, chunk, machine, peers } = nodeOf();
    accept(-1);
    const said = chunk(-1, 0xe1, ...helloFrame("b"));
    expect(said[0]).toMatch(/^write .*a/s);
    expect(said[1]).toBe("notify toy linkUp b");
    expect(machine.stats().links).toBe(1);
    expect(peers.at(FROM)).not.toBe(NO_PEER);
  });

  test("goes when the peer goes, and the peer is forgotten", () => {
    const { accept, chunk, give, machine, peers } = nodeOf();
    accept(-1);
    chunk(-1, 0xe1, ...helloFrame("b"));
    expect(give({ type: "ended", stream: -1 as StreamId })).toEqual([
      "finish -1",
      "notify toy linkDown b",
    ]);
    expect(machine.stats()).toMatchObject({ links: 0, streams: 0 });
    expect(peers.at(FROM)).toBe(NO_PEER);
  });

  test("that is dialed again replaces the stale one", () => {
    const { accept, chunk, machine } = nodeOf();
    accept(-1);
    chunk(-1, 0xe1, ...helloFrame("b"));
    accept(-2);
    const said = chunk(-2, 0xe1, ...helloFrame("b")).filter((line) => !line.startsWith("write"));
    expect(said).toEqual(["abort -1", "notify toy linkDown b", "notify toy linkUp b"]);
    expect(machine.stats()).toMatchObject({ links: 1, streams: 1 });
  });

  test.each([
    ["our own name", [0xe1, ...helloFrame("a")]],
    ["a frame larger than the limit", [0xe1, 0xff, 0xff, 0xff, 0xff]],
    ["an empty frame", [0xe1, 0, 0, 0, 0]],
    ["a hello that is none", [0xe1, 0, 0, 0, 2, 0x92, 0xff]],
    ["memberlist's messages on it", [0xe1, ...helloFrame("b"), 0, 0, 0, 2, 0x00, 0x80]],
  ])("with %s is dropped", (_, bytes) => {
    const { accept, chunk, machine } = nodeOf();
    accept(-1);
    expect(chunk(-1, ...bytes)).toContain("abort -1");
    expect(machine.stats()).toMatchObject({ links: 0, streams: 0 });
  });

  test("stays when it is silent, for silence is no fault of a link", () => {
    const { accept, chunk, give, machine } = nodeOf({ streamTimeoutMs: 50 });
    accept(-1);
    chunk(-1, 0xe1, ...helloFrame("b"));
    give({ type: "timeout" }, 10_000);
    expect(machine.stats().links).toBe(1);
  });
});

test("whatever comes on streams and as datagrams, the node throws nothing and keeps its bounds", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .constantFrom(helloFrame("b"), [0xe1], [0xe0, T], [9, 0x82], [8], [0xe1, ...helloFrame("b")])
      .map((b) => Uint8Array.from(b)),
  );
  const step = fc.oneof(
    fc.record({
      type: fc.constantFrom("accepted", "ended", "failed", "writable", "opened"),
      id: fc.integer({ min: -6, max: -1 }),
    }),
    fc.record({ type: fc.constant("chunk"), id: fc.integer({ min: -6, max: -1 }), bytes }),
    fc.record({ type: fc.constant("datagram"), id: fc.constant(0), bytes }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { give, machine } = nodeOf({ maxAcceptedStreams: 4, maxLinks: 3 });
      const seen = new Set<number>();
      for (const s of steps) {
        const stream = s.id as StreamId;
        if (s.type === "datagram")
          give({ type: "datagram", from: FROM, bytes: s.bytes as Uint8Array });
        else if (s.type === "accepted") {
          // A host never uses a number twice.
          if (seen.has(s.id)) continue;
          seen.add(s.id);
          give({ type: "accepted", stream, from: FROM });
        } else if (s.type === "chunk")
          give({ type: "chunk", stream, bytes: s.bytes as Uint8Array });
        else if (s.type === "failed") give({ type: "failed", stream, reason: "reset" });
        else give({ type: s.type as "ended", stream });
        expect(machine.stats().streams).toBeLessThanOrEqual(4);
        expect(machine.stats().links).toBeLessThanOrEqual(3);
      }
    }),
    { numRuns: 300 },
  );
});
