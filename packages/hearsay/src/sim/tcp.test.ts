import { expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import { TOY, ToyWorld } from "./test/toy-tenant.ts";

/** A stream from a to b that has been accepted, at 30 ms. */
function connected(options: ConstructorParameters<typeof ToyWorld>[1] = {}): ToyWorld {
  const toys = new ToyWorld("a b", options);
  toys.dial("a", "b");
  expect(toys.after(20)).toEqual(["20 a 1 opened", "20 a 1 writable"]);
  toys.write("a", "hi");
  expect(toys.after(10)).toEqual([
    "20 a 1 writable",
    "30 b -1 accepted from 10.0.0.1:32768",
    "30 b -1 chunk hi",
  ]);
  return toys;
}

test("a stream opens after one round trip and is accepted half of one later", () => {
  expect(connected().world.now).toBe(30);
});

test("bytes arrive in order, whatever their latency and loss", () => {
  const toys = new ToyWorld("a b", { network: { latencyMs: [1, 50], loss: 0.3 } });
  toys.dial("a", "b");
  toys.world.run(10_000);
  const words = Array.from({ length: 100 }, (_, i) => `w${i}`);
  for (const word of words) toys.write("a", word);
  const chunks = toys.after(60_000).filter((line) => line.includes("chunk"));
  expect(chunks.map((line) => line.split(" ")[4])).toEqual(words);
  expect(toys.world.counts.retransmitted).toBeGreaterThan(10);
});

test("what is written before the stream is open arrives when it is", () => {
  const toys = new ToyWorld("a b");
  toys.dial("a", "b");
  toys.write("a", "early");
  const heard = toys.after(100).filter((line) => line.includes(" b "));
  expect(heard).toEqual(["30 b -1 accepted from 10.0.0.1:32768", "30 b -1 chunk early"]);
});

test("each side ends on its own, and then there is silence", () => {
  const toys = connected();
  toys.finish("a");
  toys.write("b", "still talking", -1);
  expect(toys.after(10)).toEqual([
    "30 b -1 writable",
    "40 b -1 ended",
    "40 a 1 chunk still talking",
  ]);
  toys.finish("b", -1);
  expect(toys.after(100)).toEqual(["50 a 1 ended"]);
  toys.abort("a");
  toys.abort("b", -1);
  expect(toys.after(100)).toEqual([]);
});

test("what was written before finish arrives before the end", () => {
  const toys = connected();
  toys.write("a", "x".repeat(600_000));
  toys.finish("a");
  const heard = toys.after(1000);
  expect(heard.at(-1)).toContain("-1 ended");
  const bytes = heard
    .filter((line) => line.includes("chunk"))
    .map((line) => Number(line.split(" ")[4]));
  expect(bytes.reduce((sum, n) => sum + n)).toBe(600_000);
});

test("large writes come in chunks of 64 KiB, and writable waits for room in the window", () => {
  const toys = connected();
  toys.world.pause("b");
  toys.write("a", "x".repeat(300 << 10));
  expect(toys.after(100)).toEqual([]);
  toys.world.resume("b");
  expect(toys.after(100)).toEqual([
    ...Array.from({ length: 4 }, () => "130 b -1 chunk 65536 x x"),
    "130 a 1 writable",
    "140 b -1 chunk 45056 x x",
  ]);
});

test("an abort is a reset at the other end", () => {
  const toys = connected();
  toys.abort("b", -1);
  expect(toys.after(100)).toEqual(["40 a 1 failed reset"]);
});

test("a dial that is given up before it arrives is never heard of", () => {
  const toys = new ToyWorld("a b");
  toys.dial("a", "b");
  toys.abort("a");
  expect(toys.after(100)).toEqual([]);
});

test("a crash resets the streams of the process", () => {
  const toys = connected();
  toys.world.crash("b");
  expect(toys.after(100)).toEqual(["40 a 1 failed reset"]);
});

test("a dial to a crashed process on a live host is refused", () => {
  const toys = new ToyWorld("a b");
  toys.world.crash("b");
  toys.dial("a", "b");
  expect(toys.after(100)).toEqual(["20 a 1 failed refused"]);
});

test("a dial into a partition hangs until the machine gives up", () => {
  const toys = new ToyWorld("a b");
  toys.world.partition([["a"], ["b"]]);
  toys.dial("a", "b");
  expect(toys.after(9_999)).toEqual([]);
  expect(toys.after(1)).toEqual(["10000 a 1 failed timedOut"]);
  toys.world.repair();
  expect(toys.after(10_000)).toEqual([]);
});

test("a dial needs both ways", () => {
  const toys = new ToyWorld("a b");
  toys.world.cut("b", "a");
  toys.dial("a", "b");
  expect(toys.after(5000)).toEqual([]);
  toys.world.repair();
  expect(toys.after(100)).toEqual([
    "5020 a 1 opened",
    "5020 a 1 writable",
    "5030 b -1 accepted from 10.0.0.1:32768",
  ]);
});

test("a dial to an address where nobody ever was hangs", () => {
  const toys = new ToyWorld("a");
  toys.do("a", { type: "dial", exchange: 1, to: parseAddress("192.0.2.1:7946") });
  expect(toys.after(9_999)).toEqual([]);
});

test("chunks into a partition wait and arrive, in order, when it is repaired", () => {
  const toys = connected();
  toys.world.partition([["a"], ["b"]]);
  toys.write("a", "one");
  toys.write("a", "two");
  toys.finish("a");
  toys.after(5000);
  expect(toys.world.counts.held).toBe(3);
  toys.world.repair();
  expect(toys.after(100)).toEqual([
    "5040 b -1 chunk one",
    "5040 b -1 chunk two",
    "5040 b -1 ended",
  ]);
});

test("chunks are forgotten when the stream is dropped before the repair", () => {
  const toys = connected();
  toys.world.partition([["a"], ["b"]]);
  toys.write("a", "late");
  toys.after(1000);
  toys.abort("b", -1);
  toys.world.repair();
  expect(toys.after(100)).toEqual(["1040 a 1 failed reset"]);
});

test("a cut stops the chunks of one way only", () => {
  const toys = connected();
  toys.world.cut("a", "b");
  toys.write("a", "no");
  toys.write("b", "yes", -1);
  expect(toys.after(100).filter((line) => line.includes("chunk"))).toEqual(["40 a 1 chunk yes"]);
});

test("the system itself gives up after minutes, when the machine does not", () => {
  const patient = { ...TOY, config: { streamTimeoutMs: 3_600_000, streamLifeMs: 3_600_000 } };
  const toys = new ToyWorld("a");
  toys.world.add("p", patient);
  toys.world.add("q", patient);
  toys.dial("p", "q");
  toys.after(50);
  toys.world.partition([["p"], ["q"]]);
  toys.dial("p", "q", 2);
  toys.write("p", "lost");
  expect(toys.after(1_000_000).filter((line) => line.includes("failed"))).toEqual([
    "127050 p 2 failed timedOut",
    "924650 p 1 failed timedOut",
  ]);
});
