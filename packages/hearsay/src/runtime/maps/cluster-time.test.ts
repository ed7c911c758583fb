import { describe, expect, test } from "vitest";
import type { Instant } from "../../kernel/index.ts";
import { ClusterTime } from "./cluster-time.ts";

const NOW = 5000 as Instant;
const HOUR = 3_600_000;
const NOON = 1_700_000_000_000;

/** What a clock that shows noon makes of others that are ahead of it by so much. */
function amid(...aheadMs: number[]) {
  const time = new ClusterTime(60_000);
  for (const [i, ms] of aheadMs.entries()) time.heard(`n${i}`, NOON + ms, NOW);
  const { writeMs, believeMs, offMs } = time.read(NOON, NOW);
  return [writeMs - NOON, believeMs - NOON, offMs];
}

describe("the time of a cluster", () => {
  test("is our own as long as clocks differ by no more than they may", () => {
    for (const others of [[], [59_000], [-59_000, 59_000], [0, 0, HOUR], [0, HOUR], [0, -HOUR]]) {
      expect(amid(...others)).toEqual([0, 0, 0]);
    }
  });

  test("is the others' for what we write, when we are ahead of them", () => {
    expect(amid(-HOUR)).toEqual([-HOUR, 0, HOUR]);
    expect(amid(-HOUR, -HOUR - 10, -2 * HOUR)).toEqual([-HOUR - 10, 0, HOUR + 10]);
  });

  test("is the others', when we are behind and several say so", () => {
    expect(amid(HOUR)).toEqual([0, 0, -HOUR]);
    expect(amid(HOUR, HOUR + 10)).toEqual([HOUR, HOUR, -HOUR]);
  });

  test("is never more than a day ahead of our clock, whoever says so", () => {
    const year = 365 * 24 * HOUR;
    expect(amid(year, year, year)).toEqual([24 * HOUR, 24 * HOUR, -year]);
  });

  test("goes on while nobody speaks, and follows a clock that is set", () => {
    const time = new ClusterTime(60_000);
    time.heard("b", NOON, NOW);
    const later = (NOW + 2 * HOUR) as Instant;
    expect(time.read(NOON + 2 * HOUR, later).offMs).toBe(0);
    expect(time.read(NOON + 3 * HOUR, later)).toMatchObject({
      writeMs: NOON + 2 * HOUR,
      offMs: HOUR,
    });
    const again = new ClusterTime(60_000);
    again.restore(time.save());
    expect(again.read(NOON + 3 * HOUR, later).offMs).toBe(HOUR);
  });

  test("remembers the latest of many", () => {
    const time = new ClusterTime(60_000);
    for (let i = 0; i < 200; i++) time.heard(`n${i}`, NOON - HOUR, NOW);
    expect(time.save()).toHaveLength(64);
  });
});
