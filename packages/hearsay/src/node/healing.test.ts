/** Healing, vetoes and explanations, on real sockets. */
import { afterEach, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, NodeOptions } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

/** Timing for tests: dead within a second, asked for twice a second. */
const QUICK = {
  probeIntervalMs: 100,
  probeTimeoutMs: 50,
  suspicionMult: 2,
  confirmations: false,
  gossipIntervalMs: 20,
  gossipToTheDeadMs: 300,
  reconnectIntervalMs: 300,
  conflictIntervalMs: 1000,
};

async function start(name: string, options: Partial<NodeOptions> = {}): Promise<HearsayNode> {
  const node = createNode({ name, bind: "127.0.0.1:0", membership: QUICK, ...options });
  nodes.push(node);
  await node.start();
  return node;
}

const states = (node: HearsayNode) => node.members().map(({ name, state }) => `${name} ${state}`);

test("a node that died, was forgotten and comes back knowing nobody is fetched, and the story is told", async () => {
  const a = await start("a");
  const b = await start("b");
  await b.join(a.address);
  const { address } = b;
  await b.stop();
  await expect.poll(() => states(a), { timeout: 5000 }).toEqual(["a alive"]);
  await expect.poll(() => a.explain("b")?.lost?.tries ?? 0, { timeout: 5000 }).toBeGreaterThan(0);
  const again = await start("b", { bind: address });
  await expect.poll(() => states(again), { timeout: 5000 }).toEqual(["a alive", "b alive"]);
  await expect.poll(() => states(a), { timeout: 5000 }).toEqual(["a alive", "b alive"]);
  const told = a.explainInWords("b").join("\n");
  expect(told).toMatch(/we suspected b: no answer to our probe \d+ within 0\.1 s, nor over TCP/);
  expect(told).toMatch(/b was marked dead: suspected by a, not refuted within 0\.2 s/);
  expect(a.explain("nobody")).toBeUndefined();
  expect(a.explainInWords("nobody")).toEqual([]);
});

test("seeds are asked again when everybody is lost, at whatever address they resolve to", async () => {
  const a = await start("a");
  const { address } = a;
  const b = await start("b", { seeds: [address] });
  await expect.poll(() => states(b)).toEqual(["a alive", "b alive"]);
  await a.stop();
  await expect.poll(() => states(b), { timeout: 5000 }).toEqual(["b alive"]);
  // Another node now: only a seed is asked whatever its name.
  await start("z", { bind: address });
  await expect.poll(() => states(b), { timeout: 5000 }).toEqual(["b alive", "z alive"]);
});

test("a node that is turned away is no member, and its join fails where the merge is refused", async () => {
  const picky = await start("picky", { admit: ({ tags }) => tags.get("zone") === "eu" });
  const us = await start("us", { tags: { zone: "us" } });
  await us.join(picky.address);
  expect(states(picky)).toEqual(["picky alive"]);
  expect(picky.stats().drops["vetoed"]).toBeGreaterThan(0);
  const lonely = await start("lonely", { admitMerge: () => false });
  await expect(lonely.join(us.address)).rejects.toMatchObject({ code: "ERR_JOIN" });
  expect(states(lonely)).toEqual(["lonely alive"]);
});

test("an operator forces out one that has died, and nobody asks for it any more", async () => {
  const a = await start("a");
  const b = await start("b");
  await b.join(a.address);
  await expect.poll(() => states(a)).toEqual(["a alive", "b alive"]);
  await expect(a.forceLeave("b")).rejects.toMatchObject({ code: "ERR_STATE" });
  await b.stop();
  await expect.poll(() => states(a), { timeout: 5000 }).not.toContain("b alive");
  await a.forceLeave("b");
  expect(a.explain("b")?.lost).toBeUndefined();
  await expect(a.forceLeave("nobody")).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
});
