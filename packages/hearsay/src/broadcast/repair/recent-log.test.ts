import { expect, test } from "vitest";
import type { Publication } from "../publication.ts";
import { MAX_RUNS, RecentLog } from "./recent-log.ts";
import type { Kept, LogDigest } from "./recent-log.ts";
import { repairWire } from "./wire.ts";
import { channel, encode, later } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";

const ROOM = 10_000;
const START = 0 as Instant;

function publication(number: number, origin = "o", epoch = 1, bytes = 10): Publication {
  return { topic: "t", origin, epoch, number, payload: new Uint8Array(bytes) };
}

function logOf(numbers: readonly number[], maxCount = 1000, maxBytes = 1 << 20): RecentLog {
  const log = new RecentLog({ maxCount, maxBytes, maxOrigins: 3 });
  for (const number of numbers) log.add(publication(number), 1, START);
  return log;
}

function delta(log: RecentLog, theirs: LogDigest, most = Infinity): string {
  const given: Kept[] = [];
  const all = log.delta(theirs, START, (kept) => given.length < most && given.push(kept) > 0);
  const names = given.map(({ origin, number }) => `${origin}${number}`);
  return [...names, ...(all ? [] : ["…"])].join(" ");
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

test("a digest is runs of numbers, a delta what lies between them", () => {
  const mine = logOf([1, 2, 3, 5, 6, 9]);
  const theirs = logOf([2, 3, 4, 9]);
  expect(theirs.digest(ROOM).origins).toEqual([
    { origin: "o", epoch: 1, floor: 0, ranges: [2, 4, 9, 9] },
  ]);
  expect(delta(mine, theirs.digest(ROOM))).toBe("o1 o5 o6");
  expect(delta(mine, theirs.digest(ROOM), 2)).toBe("o1 o5 …");
  expect(delta(theirs, mine.digest(ROOM))).toBe("o4");
  expect([mine.isBehind(theirs.digest(ROOM)), theirs.isBehind(mine.digest(ROOM))]).toEqual([
    true,
    true,
  ]);
});

test("two that have the same lack nothing", () => {
  const [one, other] = [logOf(upTo(50)), logOf(upTo(50))];
  expect(delta(one, other.digest(ROOM))).toBe("");
  expect(one.isBehind(other.digest(ROOM))).toBe(false);
});

test("what was given up is not asked for again, and lets nobody seem behind", () => {
  const small = logOf(upTo(20), 5);
  expect(small.size).toBe(5);
  expect(small.digest(ROOM).origins[0]?.floor).toBe(15);
  const large = logOf(upTo(20));
  expect(delta(large, small.digest(ROOM))).toBe("");
  expect(small.isBehind(large.digest(ROOM))).toBe(false);
});

test("it is bounded by bytes and by origins, too", () => {
  const log = logOf([], 1000, 2000);
  for (const number of upTo(10)) log.add(publication(number, "o", 1, 300), 1, START);
  expect(log.bytes).toBeLessThanOrEqual(2000);
  expect(log.size).toBe(4);
  for (const origin of "abcdef") log.add(publication(1, origin), 1, START);
  expect(log.digest(ROOM).origins.map(({ origin }) => origin)).toEqual(["d", "e", "f"]);
  expect(log.size).toBe(3);
});

test("a later boot of an origin ends an earlier one", () => {
  const log = logOf(upTo(3));
  log.add(publication(1, "o", 2), 1, START);
  log.add(publication(9, "o", 1), 1, START);
  expect(log.digest(ROOM).origins).toEqual([{ origin: "o", epoch: 2, floor: 0, ranges: [1, 1] }]);
  expect(log.size).toBe(1);
  expect(delta(log, logOf(upTo(5)).digest(ROOM))).toBe("o1");
});

test("origins that no digest holds at once take turns, and are not taken for unknown", () => {
  const log = new RecentLog({ maxCount: 1000, maxBytes: 1 << 20, maxOrigins: 100 });
  for (let i = 0; i < 40; i++) log.add(publication(1, `origin-${i}`), 1, START);
  const seen = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const digest = log.digest(300);
    expect(digest.complete).toBe(false);
    expect(delta(log, digest)).toBe("");
    for (const { origin } of digest.origins) seen.add(origin);
  }
  expect(seen.size).toBe(40);
});

test("of too many runs the lowest count as given up", () => {
  const log = logOf(upTo(2 * MAX_RUNS).map((number) => 2 * number));
  const [row] = log.digest(ROOM).origins;
  expect(row?.ranges).toHaveLength(2 * MAX_RUNS);
  expect(row?.floor).toBe(2 * MAX_RUNS + 1);
});

test("lies about numbers cost no more than what is kept", () => {
  const log = logOf(upTo(10));
  const ranges = [1, 0xffff_ffff];
  const lie = { complete: true, origins: [{ origin: "o", epoch: 1, floor: 0, ranges }] };
  expect(log.isBehind(lie)).toBe(true);
  expect(delta(log, lie)).toBe("");
  const backwards = { ...lie, origins: [{ origin: "o", epoch: 1, floor: 0, ranges: [9, 2, 7] }] };
  expect(log.isBehind(backwards)).toBe(false);
});

test("digests and deltas read as they were written", () => {
  const wire = repairWire(channel("r"));
  const log = logOf([1, 2, 5]);
  const digest = { type: "digest", asks: true, ...log.digest(ROOM) } as const;
  const kept: Kept[] = [];
  log.delta({ complete: true, origins: [] }, START, (one) => kept.push(one) > 0);
  const deltas = { type: "delta", more: true, publications: kept } as const;
  const bytes = [encode(wire.digest, digest), encode(wire.delta, deltas)] as const;
  expect(wire.digest.decode(bytes[0], 3, bytes[0].length)).toEqual(digest);
  expect(wire.delta.decode(bytes[1], 3, bytes[1].length)).toEqual(deltas);
});

test("what is younger than asked for is given to nobody", () => {
  const log = logOf(upTo(3));
  log.add(publication(4), 1, later(START, 10));
  const given: number[] = [];
  const take = ({ number }: Kept): boolean => given.push(number) > 0;
  expect(log.delta({ complete: true, origins: [] }, later(START, 9), take)).toBe(true);
  expect(given).toEqual([1, 2, 3]);
});
