import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import type { Address, ExchangeId, Instant } from "../kernel/index.ts";
import { Joins } from "./joins.ts";
import type { ExchangeFailure } from "./state-check.ts";

/** Addresses are single letters; exchanges are numbered from 1. */
function joinsOf(joinConcurrency: number) {
  const joins = new Joins({ joinConcurrency, joinTries: 3, joinRetryMs: 500 });
  const rng = new Sfc32(1);
  let now = 0 as Instant;
  let lines: string[] = [];
  let opened = 0;
  const effects = {
    openExchange: (address: Address) => {
      lines.push(`open ${address} as ${++opened}`);
      return opened as ExchangeId;
    },
    notify: (outcome: object) => lines.push(JSON.stringify(outcome)),
  };
  const run = (act: () => void) => {
    lines = [];
    act();
    return lines;
  };
  return {
    start: (id: number, addresses: string) =>
      run(() => joins.start(id, [...addresses] as Address[], effects)),
    done: (exchange: number, failure?: ExchangeFailure) =>
      run(() => joins.handleExchanged(exchange as ExchangeId, failure, now, rng, effects)),
    /** Rings at the next deadline; returns how long that took, and what was done. */
    next: () => {
      const waitedMs = joins.deadline - now;
      now = joins.deadline;
      return [waitedMs, ...run(() => joins.handleTimeout(now, effects))] as const;
    },
  };
}

test("addresses are contacted some at a time, and the outcome names each", () => {
  const { start, done } = joinsOf(2);
  expect(start(9, "abc")).toEqual(["open a as 1", "open b as 2"]);
  expect(done(2, { reason: "refused" })).toEqual(["open c as 3"]);
  expect(done(1)).toEqual([]);
  expect(done(3, { reason: "remoteError", detail: "no" })).toEqual([
    JSON.stringify({
      type: "joined",
      id: 9,
      contacted: ["a"],
      failed: [
        { address: "b", reason: "refused" },
        { address: "c", reason: "remoteError", detail: "no" },
      ],
    }),
  ]);
});

test("an address named twice is contacted once, and two joins do not mix", () => {
  const { start, done } = joinsOf(8);
  expect(start(1, "aa")).toEqual(["open a as 1"]);
  expect(start(2, "b")).toEqual(["open b as 2"]);
  expect(done(2)).toEqual(['{"type":"joined","id":2,"contacted":["b"],"failed":[]}']);
  expect(done(1)).toEqual(['{"type":"joined","id":1,"contacted":["a"],"failed":[]}']);
});

test("nobody to contact is an outcome, too", () => {
  expect(joinsOf(1).start(5, "")).toEqual(['{"type":"joined","id":5,"contacted":[],"failed":[]}']);
});

test("exchanges that were not opened for a join are none of ours", () => {
  expect(joinsOf(1).done(77)).toEqual([]);
});

test("a stream that is cut off is tried again, after a wait that varies and doubles", () => {
  const { start, done, next } = joinsOf(1);
  const waits = Array.from({ length: 20 }, (_, i) => {
    start(i, "a");
    expect(done(3 * i + 1, { reason: "reset" })).toEqual([]);
    const [first, ...again] = next();
    expect(again).toEqual([`open a as ${3 * i + 2}`]);
    expect(done(3 * i + 2, { reason: "closed" })).toEqual([]);
    const [second] = next();
    expect(first).toBeGreaterThanOrEqual(250);
    expect(first).toBeLessThan(500);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(second).toBeLessThan(1000);
    expect(done(3 * i + 3, { reason: "reset" })).toEqual([
      `{"type":"joined","id":${i},"contacted":[],"failed":[{"address":"a","reason":"reset"}]}`,
    ]);
    return first;
  });
  expect(new Set(waits).size).toBeGreaterThan(10);
});

test("while one waits for its next try, the others go on", () => {
  const { start, done, next } = joinsOf(2);
  start(1, "abc");
  done(1, { reason: "reset" });
  expect(done(2)).toEqual(["open c as 3"]);
  expect(done(3)).toEqual([]);
  next();
  expect(done(4)).toEqual(['{"type":"joined","id":1,"contacted":["b","c","a"],"failed":[]}']);
});
