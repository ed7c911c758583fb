import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { Gossiper } from "./gossiper.ts";
import { fixedRng } from "./test/fixed-rng.ts";
import { memberNamed } from "./test/members.ts";

const at = (ms: number) => ms as Instant;

function gossiperOf(names: readonly string[]) {
  const gossiper = new Gossiper(
    { gossipIntervalMs: 200, gossipNodes: 2 },
    { gossipTargets: (count) => names.slice(0, count).map((name) => memberNamed(name)) },
  );
  gossiper.start(at(0), fixedRng);
  const tick = (ms: number) => {
    const lines: string[] = [];
    gossiper.handleTimeout(at(ms), fixedRng, {
      gossip: (target) => lines.push(`gossip ${target.name}`),
    });
    return [...lines, `sleep until ${gossiper.deadline}`];
  };
  return { gossiper, tick };
}

test("each interval some members hear news", () => {
  const { tick } = gossiperOf(["b", "c", "d"]);
  expect(tick(0)).toEqual(["gossip b", "gossip c", "sleep until 200"]);
  expect(tick(199)).toEqual(["sleep until 200"]);
  expect(tick(200)).toEqual(["gossip b", "gossip c", "sleep until 400"]);
});

test("missed ticks are not made up for", () => {
  const { tick } = gossiperOf(["b"]);
  expect(tick(5050)).toEqual(["gossip b", "sleep until 5250"]);
});

test("with no news it sleeps, and with news it goes on in step", () => {
  const { gossiper, tick } = gossiperOf(["b"]);
  expect(tick(50)).toEqual(["gossip b", "sleep until 250"]);
  gossiper.handleNews(false, at(60));
  expect(tick(60)).toEqual(["sleep until Infinity"]);
  expect(tick(3000)).toEqual(["sleep until Infinity"]);
  gossiper.handleNews(true, at(3100));
  expect(tick(3100)).toEqual(["sleep until 3250"]);
  expect(tick(3250)).toEqual(["gossip b", "sleep until 3450"]);
});

test("news that comes at the moment of a tick goes with the next one", () => {
  const { gossiper, tick } = gossiperOf(["b"]);
  gossiper.handleNews(false, at(0));
  gossiper.handleNews(true, at(400));
  expect(tick(400)).toEqual(["sleep until 600"]);
});

test("news that comes before the tick that was due is not late for it", () => {
  const { gossiper, tick } = gossiperOf(["b"]);
  expect(tick(0)).toEqual(["gossip b", "sleep until 200"]);
  gossiper.handleNews(false, at(10));
  gossiper.handleNews(true, at(20));
  expect(tick(20)).toEqual(["sleep until 200"]);
});

test("alone it stays silent", () => {
  expect(gossiperOf([]).tick(0)).toEqual(["sleep until 200"]);
});

test("nodes that start together do not gossip together", () => {
  const starts = new Set<number>();
  for (let seed = 0; seed < 50; seed++) {
    const { gossiper } = gossiperOf([]);
    gossiper.start(at(0), new Sfc32(seed));
    expect(gossiper.deadline).toBeLessThan(200);
    starts.add(gossiper.deadline);
  }
  expect(starts.size).toBeGreaterThan(20);
});
