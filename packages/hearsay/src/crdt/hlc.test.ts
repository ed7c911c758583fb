import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HybridClock, stampCount, stampMs, stampOf } from "./hlc.ts";

const NOW = 1_800_000_000_000;

describe("the hybrid logical clock", () => {
  test("its stamps grow, whatever the wall clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000)), (walls) => {
        const clock = new HybridClock();
        const stamps = walls.map((wall) => clock.tick(NOW + wall));
        expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b));
        expect(stamps.every((stamp) => Number.isSafeInteger(stamp))).toBe(true);
      }),
    );
  });

  test("a stamp that has seen another is greater; none is further ahead than the fastest wall clock and a count", () => {
    const events = fc.array(
      fc.record({ who: fc.nat(2), from: fc.nat(2), passed: fc.nat(20), hears: fc.boolean() }),
    );
    const skews = fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500));
    fc.assert(
      fc.property(events, skews, (story, skew) => {
        const clocks = skew.map(() => new HybridClock());
        let fastest = 0;
        let time = NOW;
        for (const { who, from, passed, hears } of story) {
          time += passed;
          const clock = clocks[who] as HybridClock;
          const wall = time + (skew[who] as number);
          fastest = Math.max(fastest, wall);
          const heard = (clocks[from] as HybridClock).last;
          if (hears) expect(clock.observe(heard, wall)).toBe(true);
          const stamp = clock.tick(wall);
          if (hears) expect(stamp).toBeGreaterThan(heard);
          expect(stamp).toBeLessThanOrEqual(stampOf(fastest) + story.length);
          expect(stampMs(stamp)).toBeGreaterThanOrEqual(wall);
        }
      }),
    );
  });

  test("a stamp from too far ahead is refused and counted, and does not draw the clock", () => {
    const clock = new HybridClock({ maxDriftMs: 1000 });
    expect(clock.observe(stampOf(NOW + 1001), NOW)).toBe(false);
    expect(clock.last).toBe(0);
    expect(clock.refused).toBe(1);
    expect(clock.observe(stampOf(NOW + 1000), NOW)).toBe(true);
    expect(clock.aheadMs(NOW)).toBe(1000);
    expect(clock.observe(stampOf(NOW + 1001), NOW + 1)).toBe(true);
  });

  test("the 2049th stamp of a millisecond is the first of the next", () => {
    const clock = new HybridClock();
    for (let i = 0; i < 2048; i++) expect(stampMs(clock.tick(NOW))).toBe(NOW);
    const next = clock.tick(NOW);
    expect([stampMs(next), stampCount(next)]).toEqual([NOW + 1, 0]);
  });

  test("it goes on from a stamp that was saved, and never back", () => {
    const clock = new HybridClock();
    clock.tick(NOW);
    const again = new HybridClock();
    again.restore(clock.save());
    expect(again.tick(NOW - 5000)).toBe(clock.last + 1);
    again.restore(0);
    expect(again.last).toBe(clock.last + 1);
  });

  test.each([-1, Number.NaN, Infinity, 5e12])("a wall clock of %s is refused", (wallMs) => {
    expect(() => new HybridClock().tick(wallMs)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });
});
