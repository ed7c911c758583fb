import { expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import { Cluster } from "./cluster.ts";
import type { NodeContext } from "./node-spec.ts";
import { TOY, ToyWorld } from "./test/toy-tenant.ts";
import { World } from "./world.ts";

test("a pause ends by itself after its time, unless somebody was quicker", () => {
  const toys = new ToyWorld("a b");
  toys.world.pause("b", 100);
  toys.tell("a", "b", 1);
  expect(toys.after(99)).toEqual([]);
  expect(toys.after(1)).toEqual(["100 b note 1 from 10.0.0.1:7946"]);
  toys.world.pause("b", 100);
  toys.world.resume("b");
  toys.world.pause("b");
  toys.after(200);
  expect(toys.world.isPaused("b")).toBe(true);
  expect(toys.world.nodeCounts).toMatchObject({ pauses: 3, waited: 1 });
});

test("a node that is no longer slow works off what has waited", () => {
  const toys = new ToyWorld("a b");
  toys.world.slow("b", 100);
  for (let n = 0; n < 4; n++) toys.tell("a", "b", n);
  toys.after(50);
  toys.world.slow("b", 0);
  expect(toys.after(100).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
    "110 b note 1",
    "110 b note 2",
    "110 b note 3",
  ]);
  expect(toys.world.nodeCounts.slowed).toBe(1);
});

test("a slow node takes its time for its timer, too", () => {
  const toys = new ToyWorld("a b");
  toys.world.slow("b", 100);
  toys.do("b", { type: "alarm", ms: 150 });
  toys.after(145);
  toys.tell("a", "b", 1);
  expect(toys.after(200)).toEqual(["150 b alarm", "250 b note 1 from 10.0.0.1:7946"]);
});

test("a crash ends what a slow process was busy with", () => {
  const toys = new ToyWorld("a b");
  toys.world.slow("b", 60_000);
  toys.tell("a", "b", 1);
  toys.after(20);
  toys.world.crash("b");
  toys.world.slow("b", 0);
  toys.world.restart("b");
  toys.tell("a", "b", 2);
  expect(toys.after(20)).toEqual(["20 b starts", "30 b note 2 from 10.0.0.1:7946"]);
});

test("a clock that drifts makes its node's times longer or shorter, and nobody else's", () => {
  const toys = new ToyWorld("a b c");
  toys.world.drift("a", 0.25);
  toys.world.drift("b", -0.5);
  for (const name of ["a", "b", "c"]) toys.do(name, { type: "alarm", ms: 1000 });
  expect(toys.after(3000)).toEqual(["800 a alarm", "1000 c alarm", "2000 b alarm"]);
  expect(toys.world.nodeCounts.drifts).toBe(2);
});

test("a timer that is set keeps what is left of it when the clock changes its pace", () => {
  const toys = new ToyWorld("a");
  toys.do("a", { type: "alarm", ms: 1000 });
  toys.world.run(500);
  toys.world.drift("a", -0.5);
  toys.world.run(500);
  toys.world.drift("a", 0.25);
  expect(toys.after(1000)).toEqual(["1200 a alarm"]);
  toys.world.drift("a", 0);
  toys.do("a", { type: "alarm", ms: 1000 });
  expect(toys.after(5000)).toEqual(["3000 a alarm"]);
});

test("whatever the drift, every alarm rings, none before its time, and none twice", () => {
  for (const share of [0.02, -0.02, 1 / 3, -1 / 7, 0.1234567]) {
    const toys = new ToyWorld("a");
    toys.world.run(12_345.678);
    toys.world.drift("a", share);
    for (let i = 1; i <= 200; i++) {
      const before = toys.world.now;
      toys.do("a", { type: "alarm", ms: i * 1.1 });
      const [line, ...more] = toys.after(500);
      expect(more).toEqual([]);
      const took = Number(line?.split(" ")[0]) - before;
      expect(took).toBeCloseTo((i * 1.1) / (1 + share), 6);
    }
  }
});

/** What six nodes of a cluster tell in a minute, with a crash in it. */
function minute(act: (world: World) => void): string {
  const cluster = new Cluster({ seed: 5, network: { latencyMs: [1, 20] } });
  cluster.form(["a", "b", "c", "d", "e", "f"]);
  cluster.world.run(5000);
  act(cluster.world);
  cluster.world.crash("f");
  cluster.world.run(60_000);
  return JSON.stringify(cluster.world.events.map(({ at, node, event }) => [at, node, event.type]));
}

test("jumps of the wall clock have no effect on nodes that run", () => {
  const still = minute(() => {});
  const jumping = minute((world) => {
    world.jumpClock("a", 3_600_000);
    world.jumpClock("b", -3_600_000);
    world.after(20_000, () => world.jumpClock("a", -7_200_000));
    world.after(30_000, () => world.setEpoch(5));
  });
  expect(jumping).toBe(still);
  expect(still).toContain("fail");
});

test("a clock that has jumped is what the node starts by", () => {
  const epochs: number[] = [];
  const world = new World({ seed: 1, epochSeconds: 10_000 });
  const tenants = (context: NodeContext) => {
    epochs.push(context.epochSeconds);
    return TOY.tenants(context);
  };
  world.add("a", { tenants });
  for (const hours of [1, -2, -10]) {
    world.jumpClock("a", hours * 3_600_000);
    world.crash("a");
    world.restart("a");
  }
  expect(epochs).toEqual([10_000, 13_600, 6400, 0]);
  expect(world.nodeCounts).toMatchObject({ jumps: 3, startsAfterJump: 3, restarts: 3, crashes: 3 });
});

test("what an application keeps comes back at a restart with memory, and only then", () => {
  const memories: unknown[] = [];
  const world = new World({ seed: 1 });
  world.add("a", {
    tenants: (context) => {
      memories.push(context.memory);
      return TOY.tenants(context);
    },
    remember: (machine) => `kept by ${machine.name} of run ${memories.length}`,
  });
  for (const memory of [true, false, true]) {
    world.crash("a");
    world.restart("a", undefined, memory ? "whole" : "none");
  }
  expect(memories).toEqual([undefined, "kept by a of run 1", undefined, "kept by a of run 3"]);
  expect(world.nodeCounts.remembered).toBe(2);
  world.add("b", TOY);
  world.crash("b");
  expect(() => world.restart("b", undefined, "whole")).toThrow(
    "node b: expected it to be a node that keeps something, but it is one without a memory",
  );
});

test("an old memory is that of the first crash, a torn one what the last left of it", () => {
  const memories: unknown[] = [];
  const world = new World({ seed: 1 });
  world.add("a", {
    tenants: (context) => {
      memories.push(context.memory);
      return TOY.tenants(context);
    },
    remember: () => `run ${memories.length}`,
    tear: (memory) => String(memory).slice(0, 2),
  });
  for (const memory of ["whole", "old", "torn"] as const) {
    world.crash("a");
    world.restart("a", undefined, memory);
  }
  expect(memories).toEqual([undefined, "run 1", "run 1", "ru"]);
  expect(world.nodeCounts).toMatchObject({ remembered: 1, oldMemories: 1, tornMemories: 1 });
});

test("whoever looks at all that is sent sees each packet and each dial of a node", () => {
  const sent: string[] = [];
  const cluster = new Cluster({
    seed: 1,
    onSend: ({ node, packet }) => {
      sent.push(`${node} ${packet?.parts.map(({ wire }) => wire.type).join(" ") ?? "dials"}`);
    },
  });
  cluster.form(["a", "b"]);
  cluster.world.run(3000);
  expect(sent[0]).toBe("b dials");
  expect(sent.filter((one) => one !== "b dials").length).toBe(cluster.world.counts.datagrams);
  expect(sent).toContain("a ping");
});

test("the address of a node that is down can be taken by another, until that is down", () => {
  const toys = new ToyWorld("a b");
  const home = toys.world.addressOf("b");
  expect(() => toys.world.add("c", { ...TOY, address: home })).toThrow(/lives at/);
  toys.world.crash("b");
  toys.world.add("c", { ...TOY, address: home });
  toys.do("a", { type: "tell", to: home, n: 1 });
  expect(toys.after(10)).toEqual(["0 c starts", "10 c note 1 from 10.0.0.1:7946"]);
  expect(() => toys.world.restart("b")).toThrow(/lives at/);
  toys.world.restart("b", parseAddress("10.9.9.9:7946"));
  toys.world.crash("c");
  toys.world.crash("b");
  toys.world.restart("b", home);
  toys.lines();
  toys.do("a", { type: "tell", to: home, n: 2 });
  expect(toys.after(10)).toEqual(["20 b note 2 from 10.0.0.1:7946"]);
  expect(toys.world.nodeCounts).toMatchObject({ takenOver: 2, moved: 2 });
});

test("two nodes can go by the same name", () => {
  const world = new World({ seed: 1 });
  world.add("a", TOY);
  world.add("second", { ...TOY, name: "a" });
  expect(world.machine("second").name).toBe("a");
  expect(world.names).toEqual(["a", "second"]);
});

test.each<[string, (world: World) => void]>([
  ["ms", (world) => world.jumpClock("a", NaN)],
  ["share", (world) => world.drift("a", 0.6)],
  ["ms", (world) => world.slow("a", -1)],
  ["ms", (world) => world.pause("a", -1)],
  ["names", (world) => world.links.ring(["a"])],
])("a wrong %s is refused", (option, act) => {
  const { world } = new ToyWorld("a");
  expect(() => act(world)).toThrow(expect.objectContaining({ code: "ERR_OPTION", option }));
});

test("a restart that is refused moves nobody", () => {
  const toys = new ToyWorld("a b");
  const elsewhere = parseAddress("10.9.9.9:7946");
  expect(() => toys.world.restart("b", elsewhere)).toThrow(/expected it to be down/);
  toys.tell("a", "b", 1);
  toys.do("a", { type: "tell", to: elsewhere, n: 2 });
  expect(toys.after(10)).toEqual(["10 b note 1 from 10.0.0.1:7946"]);
});
