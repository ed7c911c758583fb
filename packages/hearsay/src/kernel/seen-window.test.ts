import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Instant } from "./time.ts";
import { ORIGIN_SILENT_MS, SeenOrigins, SeenWindow, SEEN_WINDOW } from "./seen-window.ts";

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
    window.mark(SEEN_WINDOW + 5);
    expect(window.mark(5)).toBe(false);
    expect(window.mark(6)).toBe(true);
  });

  test("does what a set with the same horizon does", () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 3 * SEEN_WINDOW }),
      fc.integer({ min: 1, max: 20 }),
    );
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
        const window = new SeenWindow(1);
        const model = new Set<number>();
        let highest = 0;
        for (const n of numbers) {
          const isNew = n > highest || (n > highest - SEEN_WINDOW && !model.has(n));
          expect(window.mark(n)).toBe(isNew);
          model.add(n);
          highest = Math.max(highest, n);
        }
      }),
    );
  });
});

describe("origins", () => {
  const at = (ms: number): Instant => ms as Instant;

  test("that restart count from one again; their earlier boot is over", () => {
    const seen = new SeenOrigins(10);
    expect(seen.see("a", 100, 1, at(0))).toBe("new");
    expect(seen.see("a", 200, 1, at(0))).toBe("new");
    expect(seen.see("a", 100, 2, at(0))).toBe("repeated");
  });

  test("are bounded: while all have been heard of late, further ones are not listened to", () => {
    const seen = new SeenOrigins(2);
    seen.see("a", 1, 1, at(0));
    seen.see("b", 1, 1, at(1));
    expect(seen.see("c", 1, 1, at(ORIGIN_SILENT_MS - 1))).toBe("tooManyOrigins");
    seen.see("a", 1, 2, at(ORIGIN_SILENT_MS - 1));
    expect(seen.see("c", 1, 1, at(ORIGIN_SILENT_MS + 1))).toBe("new");
    expect([seen.size, seen.givenUp]).toEqual([2, 1]);
    expect(seen.see("a", 1, 1, at(ORIGIN_SILENT_MS + 1))).toBe("repeated");
    expect(seen.see("b", 1, 1, at(ORIGIN_SILENT_MS + 1))).toBe("tooManyOrigins");
  });
});
