import { expect, test } from "vitest";
import { NEVER, Sfc32 } from "../kernel/index.ts";
import type { Address, ExchangeId, Instant, ProbeSeq } from "../kernel/index.ts";
import { Healer } from "./healer.ts";
import { LostMembers } from "./lost-members.ts";
import { memberNamed } from "./test/members.ts";

/** A healer with some alive members, rounds of 10 s, and two asked in each. */
function healerOf(alive: number, hasSeeds = false) {
  const lost = new LostMembers({ maxLost: 100, reconnectTimeoutMs: 3_600_000 });
  const lines: string[] = [];
  let seq = 0;
  let exchange = 0;
  const config = {
    reconnectIntervalMs: 10_000,
    reconnectNodes: 2,
    probeIntervalMs: 1000,
    gossipIntervalMs: 200,
  };
  const healer = new Healer(config, {
    lost,
    hasSeeds,
    alive: () => alive,
    isAliveAt: (address) => address.startsWith("alive"),
    nextSeq: () => ++seq as ProbeSeq,
  });
  const rng = new Sfc32(1);
  const effects = {
    pingAt: (_: Address, name: string, ping: ProbeSeq) => lines.push(`ping ${name} as ${ping}`),
    openExchange: (address: Address) => {
      lines.push(`open ${address} as ${++exchange}`);
      return exchange as ExchangeId;
    },
    notify: () => lines.push("seeds wanted"),
    drop: (reason: string) => lines.push(`drop ${reason}`),
  };
  const scene = {
    now: 0 as Instant,
    healer,
    lose: (name: string) => {
      lost.add(memberNamed(name), scene.now);
      healer.reconsider(scene.now, rng);
    },
    /** Rings at the next deadline. */
    next: () => {
      scene.now = healer.deadline;
      return scene.tell(() => healer.handleTimeout(scene.now, rng, effects));
    },
    ack: (number: number) =>
      scene.tell(() => healer.handleAck(number as ProbeSeq, scene.now, effects)),
    exchanged: (number: number, failed: boolean) =>
      healer.handleExchanged(number as ExchangeId, failed, scene.now),
    seeds: (...addresses: string[]) =>
      scene.tell(() => healer.handleSeeds(addresses as Address[], rng, effects)),
    tell: (act: () => void) => {
      lines.length = 0;
      act();
      return [...lines];
    },
  };
  healer.start(scene.now, rng);
  return scene;
}

test("some of the lost are pinged by name, and asked for their state when they answer", () => {
  const scene = healerOf(1);
  scene.lose("b");
  expect(scene.next()).toEqual(["ping b as 1"]);
  expect(scene.ack(7)).toEqual([]);
  expect(scene.ack(1)).toEqual(["open 10.0.0.1:7946 as 1"]);
  expect(scene.ack(1)).toEqual([]);
});

test("a second exchange follows after ten rounds of gossip, unless the first has failed", () => {
  const scene = healerOf(1);
  scene.lose("b");
  scene.next();
  scene.ack(1);
  const before = scene.now;
  scene.exchanged(1, false);
  expect(scene.next()).toEqual(["open 10.0.0.1:7946 as 2"]);
  expect(scene.now - before).toBe(2000);
  scene.exchanged(2, false);
  expect(scene.next()).toEqual(["ping b as 2"]);
  scene.ack(2);
  scene.exchanged(3, true);
  expect(scene.next()).toEqual(["ping b as 3"]);
});

test("an ack that comes later than a probe interval opens nothing", () => {
  const scene = healerOf(1);
  scene.lose("b");
  scene.next();
  scene.now = (scene.now + 1001) as Instant;
  expect(scene.ack(1)).toEqual([]);
});

test.each([
  ["as many lost as left: every interval", 3, "bcd", 10_000],
  ["one of ten: every tenth", 10, "b", 100_000],
  ["alone, and nobody lost: every interval", 0, "", 10_000],
  ["ten alive, and nobody lost: for the seeds' sake, as if one were", 10, "", 100_000],
])("%s, and half of that at least", (_, alive, names, intervalMs) => {
  const scene = healerOf(alive);
  for (const name of names) scene.lose(name);
  scene.next();
  for (let i = 0; i < 50; i++) {
    const before = scene.now;
    scene.next();
    expect(scene.now - before).toBeGreaterThanOrEqual(intervalMs / 2);
    expect(scene.now - before).toBeLessThanOrEqual(intervalMs);
  }
});

test("a loss brings the next round forward, but never below half an interval since the last", () => {
  const scene = healerOf(20);
  scene.next();
  const before = scene.now;
  for (let i = 0; i < 40; i++) scene.lose(`x${i}`);
  expect(scene.healer.deadline - before).toBeGreaterThanOrEqual(5000);
  expect(scene.healer.deadline - before).toBeLessThanOrEqual(15_000);
});

test("seeds are wanted in each round, and those asked that are no members", () => {
  const scene = healerOf(2, true);
  expect(scene.next()).toEqual(["seeds wanted"]);
  expect(scene.seeds("alive1", "alive2")).toEqual([]);
  expect(scene.seeds("alive1", "s1", "s2", "s3")).toHaveLength(2);
  expect(scene.seeds("s1")).toEqual(["open s1 as 3"]);
});

test("sixteen exchanges may be under way", () => {
  const scene = healerOf(0, true);
  const opened = Array.from({ length: 9 }, () => scene.seeds("s1", "s2")).flat();
  expect(opened.filter((line) => line.startsWith("open"))).toHaveLength(16);
  expect(opened.slice(16)).toEqual(["drop tooManyExchanges", "drop tooManyExchanges"]);
  scene.exchanged(1, true);
  expect(scene.seeds("s1")).toEqual(["open s1 as 17"]);
});

test("who leaves asks for nobody any more", () => {
  const scene = healerOf(1, true);
  scene.lose("b");
  scene.next();
  scene.ack(1);
  scene.healer.stop();
  scene.exchanged(1, false);
  scene.lose("c");
  expect(scene.healer.deadline).toBe(NEVER);
  expect(scene.seeds("s1")).toEqual([]);
});
