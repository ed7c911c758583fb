import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeenOrigins, SeenWindow, WINDOW } from "./seen-window.ts";

describe("the window of one origin", () => {
  test("knows each number once, in any order", () => {
    const window = new SeenWindow(1);
    expect([3, 1, 2, 3, 1].map((number) => window.mark(number))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("takes what is older than it for seen", () => {
    const window = new SeenWindow(1);
    window.mark(WINDOW + 5);
    expect(window.mark(5)).toBe(false);
    expect(window.mark(6)).toBe(true);
  });

  test("does what a set with the same horizon does", () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 3 * WINDOW }),
      fc.integer({ min: 1, max: 20 }),
    );
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
        const window = new SeenWindow(1);
        const model = new Set<number>();
        let highest = 0;
        for (const n of numbers) {
          const isNew = n > highest || (n > highest - WINDOW && !model.has(n));
          expect(window.mark(n)).toBe(isNew);
          model.add(n);
          highest = Math.max(highest, n);
        }
      }),
    );
  });
});

describe("origins", () => {
  test("that restart count from one again; their earlier boot is over", () => {
    const seen = new SeenOrigins(10);
    expect(seen.isNew("a", 100, 1)).toBe(true);
    expect(seen.isNew("a", 200, 1)).toBe(true);
    expect(seen.isNew("a", 100, 2)).toBe(false);
  });

  test("are bounded: the one silent for longest is given up", () => {
    const seen = new SeenOrigins(2);
    seen.isNew("a", 1, 1);
    seen.isNew("b", 1, 1);
    seen.isNew("a", 1, 2);
    seen.isNew("c", 1, 1);
    expect(seen.size).toBe(2);
    expect(seen.isNew("a", 1, 1)).toBe(false);
    expect(seen.isNew("b", 1, 1)).toBe(true);
  });
});
