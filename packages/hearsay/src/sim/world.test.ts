import { expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import { TOY, ToyWorld } from "./test/toy-tenant.ts";
import { World } from "./world.ts";

/** What three talkative nodes say in two seconds of a bad network. */
function trace(
  seed: number,
  options: Partial<ConstructorParameters<typeof World>[0]> = {},
): string {
  const network = { latencyMs: [1, 30], loss: 0.2 } as const;
  const toys = new ToyWorld("a b c", { seed, network, ...options });
  toys.chat();
  return toys.after(2000).join("\n");
}

test("the same seed gives the same trace, byte for byte", () => {
  expect(trace(7)).toBe(trace(7));
  expect(trace(7).length).toBeGreaterThan(5000);
});

test("another seed gives another trace", () => {
  expect(trace(8)).not.toBe(trace(7));
});

test("packets as objects and as bytes give the same trace", () => {
  expect(trace(7, { wire: "objects" })).toBe(trace(7, { wire: "bytes" }));
});

test("one table of peers and one each give the same trace", () => {
  expect(trace(7, { peers: "each" })).toBe(trace(7, { peers: "shared" }));
});

test("a datagram takes the network's latency", () => {
  const toys = new ToyWorld("a b");
  toys.tell("a", "b", 5);
  expect(toys.after(9)).toEqual([]);
  expect(toys.after(1)).toEqual(["10 b note 5 from 10.0.0.1:7946"]);
});

test("datagrams overtake each other where latency varies", () => {
  const toys = new ToyWorld("a b", { network: { latencyMs: [1, 50] } });
  for (let n = 0; n < 20; n++) toys.tell("a", "b", n);
  const order = toys.after(100).map((line) => Number(line.split(" ")[3]));
  expect(order).toHaveLength(20);
  expect(order).not.toEqual(order.toSorted((a, b) => a - b));
});

test("loss loses about its share and counts it", () => {
  const toys = new ToyWorld("a b", { network: { loss: 0.25 } });
  for (let n = 0; n < 1000; n++) toys.tell("a", "b", n);
  const arrived = toys.after(100).length;
  expect(arrived).toBeGreaterThan(700);
  expect(arrived).toBeLessThan(800);
  expect(toys.world.counts).toMatchObject({ datagrams: 1000, lost: 1000 - arrived, cut: 0 });
});

/** When each of 200 notes arrived. */
const times = (loss: number): Map<string, string> => {
  const toys = new ToyWorld("a b", { network: { latencyMs: [1, 50], loss } });
  for (let n = 0; n < 200; n++) toys.tell("a", "b", n);
  const pairs = toys.after(100).map((line) => line.split(" "));
  return new Map(pairs.map(([at, , , n]) => [n as string, at as string]));
};

test("switching loss on shifts no latency", () => {
  const all = times(0);
  const some = times(0.5);
  expect(all.size).toBe(200);
  expect(some.size).toBeLessThan(150);
  for (const [n, at] of some) expect(at).toBe(all.get(n));
});

test("a partition separates groups, and a node in none reaches all, until it is repaired", () => {
  const toys = new ToyWorld("a b c bridge");
  toys.world.partition([["a", "b"], ["c"]]);
  toys.tell("a", "b", 1);
  toys.tell("a", "c", 2);
  toys.tell("c", "b", 3);
  toys.tell("bridge", "c", 4);
  expect(toys.after(10)).toEqual([
    "10 b note 1 from 10.0.0.1:7946",
    "10 c note 4 from 10.0.0.4:7946",
  ]);
  expect(toys.world.counts.cut).toBe(2);
  toys.world.repair();
  toys.tell("a", "c", 5);
  expect(toys.after(10)).toEqual(["20 c note 5 from 10.0.0.1:7946"]);
});

test("a cut stops one way only", () => {
  const toys = new ToyWorld("a b");
  toys.world.cut("a", "b");
  toys.tell("a", "b", 1);
  toys.tell("b", "a", 2);
  expect(toys.after(10)).toEqual(["10 a note 2 from 10.0.0.2:7946"]);
  expect(toys.world.counts.cut).toBe(1);
});

test("a crashed node hears nothing; restarted, it starts anew with a later epoch", () => {
  const epochs: number[] = [];
  const world = new World({ seed: 1, epochSeconds: 1000 });
  world.add("a", {
    tenants: (context) => {
      epochs.push(context.epochSeconds);
      return TOY.tenants(context);
    },
  });
  world.add("b", TOY);
  const tell = (n: number): void =>
    world.command("b", "toy", { type: "tell", to: world.addressOf("a"), n } as never);
  world.crash("a");
  tell(1);
  world.run(2500);
  expect(() => world.command("a", "toy", { type: "alarm" })).toThrow(
    /a: expected it to be running/,
  );
  world.restart("a");
  tell(2);
  world.run(100);
  expect(epochs).toEqual([1000, 1002]);
  const said = world.events
    .filter(({ node }) => node === "a")
    .map(({ event }) => (event as never as { text: string }).text);
  expect(said).toEqual(["starts", "starts", "note 2 from 10.0.0.2:7946"]);
});

test("a restarted node may live elsewhere; its old address is nobody's", () => {
  const toys = new ToyWorld("a b");
  toys.world.crash("b");
  const before = toys.world.addressOf("b");
  toys.world.restart("b", parseAddress("10.9.9.9:1"));
  toys.lines();
  toys.do("a", { type: "tell", to: before, n: 1 });
  toys.do("a", { type: "tell", to: parseAddress("10.9.9.9:1"), n: 2 });
  expect(toys.after(20)).toEqual(["10 b note 2 from 10.0.0.1:7946"]);
});

test("a paused process first hears what has waited, then its late timer", () => {
  const toys = new ToyWorld("a b");
  toys.do("b", { type: "alarm", ms: 50 });
  toys.world.pause("b");
  toys.world.run(30);
  toys.tell("a", "b", 1);
  toys.world.run(30);
  toys.tell("a", "b", 2);
  toys.dial("a", "b");
  expect(toys.after(20)).toEqual(["80 a 1 opened", "80 a 1 writable"]);
  toys.write("a", "hello");
  expect(toys.after(80)).toEqual(["80 a 1 writable"]);
  toys.world.resume("b");
  expect(toys.after(0)).toEqual([
    "160 b note 1 from 10.0.0.1:7946",
    "160 b note 2 from 10.0.0.1:7946",
    "160 b -1 accepted from 10.0.0.1:32768",
    "160 b -1 chunk hello",
    "160 b alarm",
  ]);
});

test("the socket buffer of a paused process is bounded as a real one", () => {
  const toys = new ToyWorld("a b");
  toys.world.pause("b");
  for (let n = 0; n < 1000; n++) toys.tell("a", "b", n);
  toys.world.run(50);
  toys.world.resume("b");
  const { length } = toys.after(0);
  expect(length).toBe(Math.floor(212_992 / 907));
  expect(toys.world.stats("b").bufferDrops).toBe(1000 - length);
});

test("a timer that rings early is no step", () => {
  const toys = new ToyWorld("a");
  toys.do("a", { type: "alarm", ms: 10 });
  toys.do("a", { type: "alarm", ms: 50 });
  const before = toys.world.steps;
  expect(toys.after(49)).toEqual([]);
  expect(toys.world.steps).toBe(before);
  expect(toys.after(1)).toEqual(["50 a alarm"]);
  expect(toys.world.steps).toBe(before + 1);
});

test("runUntil stops at the event that makes its predicate true", () => {
  const toys = new ToyWorld("a b");
  toys.tell("a", "b", 1);
  const heard = (): boolean => toys.world.stats("b").packetsReceived > 0;
  expect(toys.world.runUntil(heard, 5)).toBe(false);
  expect(toys.world.now).toBe(5);
  expect(toys.world.runUntil(heard, 1000)).toBe(true);
  expect(toys.world.now).toBe(10);
});

/** All counters after a second of chat. */
const counters = (wire: "bytes" | "objects"): unknown => {
  const toys = new ToyWorld("a b c", { wire });
  toys.chat();
  toys.world.run(1000);
  return [toys.world.names.map((name) => toys.world.stats(name)), toys.world.counts];
};

test("a node's counters are the same whether packets are bytes or objects", () => {
  expect(counters("objects")).toEqual(counters("bytes"));
});

test("a deadline that does not move is a bug that is told", () => {
  const world = new World({ seed: 1 });
  const stuck = {
    name: "stuck",
    wire: { messages: [] },
    deadline: 5 as never,
    handle(): void {},
  };
  world.add("a", { tenants: () => [stuck] });
  expect(() => world.run(10)).toThrow("BUG: a: the deadline does not move");
});

test("random bytes are counted, not heard", () => {
  const toys = new ToyWorld("a");
  const nobody = parseAddress("192.0.2.1:9");
  toys.world.inject(nobody, "a", new Uint8Array(0));
  toys.world.inject(nobody, "a", Uint8Array.of(12, 0, 0, 0, 0, 1));
  toys.world.inject(nobody, "a", Uint8Array.of(99, 1, 2));
  expect(toys.after(1)).toEqual([]);
  expect(toys.world.stats("a")).toMatchObject({ envelopeDrops: 2, drops: { unknownType: 1 } });
});

test("wrong options are named", () => {
  expect(() => new World({ seed: -1 })).toThrow(/^seed: /);
  expect(() => new World({ seed: 1, network: { loss: 2 } })).toThrow(/^loss: /);
  expect(() => new World({ seed: 1, network: { latencyMs: [3, 1] } })).toThrow(/^latencyMs: /);
  const { world } = new ToyWorld("a");
  expect(() => world.add("a", TOY)).toThrow(/^name: /);
  expect(() => world.crash("b")).toThrow('no node is named "b"');
  expect(() => world.resume("a")).toThrow(/a: expected it to be paused/);
});
