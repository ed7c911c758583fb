/** Aggregates, as an application uses them, on real sockets. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { Aggregate, AggregateResult, HearsayNode, NodeOptions } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

/** An epoch of 0.6 s. */
const aggregates = { intervalMs: 30, cycles: 20, replyMs: 15 };

function make(name: string, options: Partial<NodeOptions> = {}): HearsayNode {
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", aggregates, ...options });
  nodes.push(node);
  return node;
}

/** Nodes `n0`, `n1`, … that know each other. */
async function cluster(count: number): Promise<HearsayNode[]> {
  const made: HearsayNode[] = [];
  for (let i = 0; i < count; i++) {
    const node = make(`n${i}`);
    await node.start();
    if (i > 0) await node.join((made[0] as HearsayNode).address);
    made.push(node);
  }
  await vi.waitFor(
    () => {
      for (const node of made) expect(node.members()).toHaveLength(count);
    },
    { timeout: 8000 },
  );
  return made;
}

describe("an aggregate", () => {
  test("tells every node the same, follows values, and an epoch after a kill counts the living", async () => {
    const made = await cluster(6);
    let extra = 0;
    const loads = made.map((node, i) => node.aggregate("load", () => 10 * i + extra));
    await vi.waitFor(
      () => {
        for (const load of loads) {
          const result = load.result() as AggregateResult;
          expect(result.mean).toBeCloseTo(25, 1);
          expect(result.count).toBeCloseTo(6, 1);
          expect(result.sum).toBeCloseTo(150, 0);
          expect([result.min, result.max]).toEqual([0, 50]);
          expect(result.variance).toBeCloseTo(1750 / 6, 0);
          expect(Math.abs((load.quantile(0.4) as number) / 20 - 1)).toBeLessThan(0.02);
          expect(result.ageMs).toBeGreaterThan(0);
          expect(result.ageMs).toBeLessThan(5000);
        }
      },
      { timeout: 8000 },
    );
    extra = 100;
    await made[5]!.stop();
    await vi.waitFor(
      () => {
        for (const { mean, count, max } of loads.slice(0, 5)) {
          expect(mean).toBeCloseTo(120, 1);
          expect(count).toBeCloseTo(5, 1);
          expect(max).toBe(140);
        }
      },
      { timeout: 10_000 },
    );
  });

  test("is read as it comes, and ends with the node", async () => {
    const [a, b] = (await cluster(2)) as [HearsayNode, HearsayNode];
    const one = a.aggregate("x", () => 1);
    b.aggregate("x", () => 3);
    const heard: number[] = [];
    one.subscribe(({ mean }) => heard.push(mean));
    const items: string[] = [];
    const reading = (async () => {
      for await (const { type } of one) items.push(type);
    })();
    await one.next();
    await vi.waitFor(() => expect(heard.at(-1)).toBeCloseTo(2, 2), { timeout: 8000 });
    expect(a.aggregates()).toEqual([one]);
    const waiting = one.next();
    await a.stop();
    await expect(waiting).rejects.toMatchObject({ code: "ERR_STATE" });
    await reading;
    expect(new Set(items)).toEqual(new Set(["aggregated"]));
  });

  test("that is defined before start takes part from there on; closed, it takes none", async () => {
    const node = make("a");
    const early = node.aggregate("early", () => 7);
    expect(early.result()).toBeUndefined();
    await node.start();
    expect((await early.next()).mean).toBe(7);
    expect(early.count).toBe(1);
    early.close();
    expect(node.aggregates()).toEqual([]);
    expect(node.aggregate("early", () => 8).result()).toBeUndefined();
  });

  test("is not distorted by nodes that do not define it, nor by those without a value", async () => {
    const made = await cluster(6);
    const [a, b, c, d] = made.slice(0, 4).map((node, i) => {
      return node.aggregate("x", () => (i === 0 ? undefined : 100 * i));
    }) as [Aggregate, Aggregate, Aggregate, Aggregate];
    await vi.waitFor(
      () => {
        for (const { mean, count, min, max } of [a, b, c, d]) {
          expect(mean).toBeCloseTo(200, 0);
          expect(count).toBeCloseTo(3, 1);
          expect([min, max]).toEqual([100, 300]);
        }
      },
      { timeout: 10_000 },
    );
  });

  test("on demand costs nothing until somebody wants it, and is told within seconds then", async () => {
    const made = await cluster(5);
    const all = made.map((node, i) => node.aggregate("x", () => i, { onDemand: true }));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const one of all) expect([one.result(), one.estimate()]).toEqual([undefined, undefined]);
    const result = await (all[2] as Aggregate).next();
    // A machine that is busy loses answers.
    expect(result.mean).toBeCloseTo(2, 0);
    expect(result.count).toBeCloseTo(5, 0);
    // Wishes lapse.
    const epochs = () => all.map((one) => one.result()?.epoch);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = epochs();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(epochs()).toEqual(before);
    expect((await (all[4] as Aggregate).next()).epoch).toBeGreaterThan(result.epoch);
  });

  test("whose function fails has no value, and the node runs on", async () => {
    const error = vi.fn<() => void>();
    const logger = { debug() {}, info() {}, warn() {}, error };
    const node = make("a", { logger });
    await node.start();
    let value: unknown = 5;
    const x = node.aggregate("x", () => {
      if (value === "throw") throw new Error("no value");
      return value as number;
    });
    await x.next();
    value = NaN;
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(1), { timeout: 3000 });
    value = "throw";
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(2), { timeout: 3000 });
    value = 6;
    await vi.waitFor(() => expect(x.mean).toBe(6), { timeout: 3000 });
  });

  test("is refused where its name, its function or its bounds are none", () => {
    const node = make("a");
    const option = expect.objectContaining({ code: "ERR_OPTION" });
    expect(() => node.aggregate("", () => 1)).toThrow(option);
    expect(() => node.aggregate("ä".repeat(33), () => 1)).toThrow(option);
    expect(() => node.aggregate("x", 1 as never)).toThrow(option);
    expect(() => node.aggregate("x", () => 1, { bounds: [2, 1] })).toThrow(option);
    node.aggregate("x", () => 1);
    expect(() => node.aggregate("x", () => 1)).toThrow(option);
    expect(() => createNode({ name: "b", aggregates: { cycles: 1 } })).toThrow(option);
    const none = make("c", { aggregates: false });
    expect(() => none.aggregate("x", () => 1)).toThrow(
      expect.objectContaining({ code: "ERR_STATE" }),
    );
  });
});
