import fc from "fast-check";
import { expect, test } from "vitest";
import { DotSet } from "./dots.ts";
import type { Dot } from "./dots.ts";

const dots = fc.array(
  fc.record({ replica: fc.constantFrom("ann", "bob"), number: fc.integer({ min: 1, max: 24 }) }),
  { maxLength: 30 },
);

/** The dumb version: a set of texts. */
function keysOf(some: Iterable<Dot>): Set<string> {
  return new Set(Array.from(some, ({ replica, number }) => `${replica} ${number}`));
}

test("a set of dots is what a set of texts is, whatever is done with it", () => {
  fc.assert(
    fc.property(dots, dots, (some, others) => {
      const [a, b] = [DotSet.of(some), DotSet.of(others)];
      const [left, right] = [keysOf(some), keysOf(others)];
      expect(keysOf(a)).toEqual(left);
      expect(a.size).toBe(left.size);
      expect(keysOf(a.minus(b))).toEqual(new Set([...left].filter((key) => !right.has(key))));
      expect(keysOf(a.intersection(b))).toEqual(new Set([...left].filter((key) => right.has(key))));
      expect(a.covers(b)).toBe([...right].every((key) => left.has(key)));
      for (const { replica, number } of others) {
        expect(a.has(replica, number)).toBe(left.has(`${replica} ${number}`));
      }
      a.addAll(b);
      expect(keysOf(a)).toEqual(new Set([...left, ...right]));
      expect(DotSet.from(a.toRuns()).toRuns()).toEqual(a.toRuns());
    }),
  );
});

test("what touches is one run, in whatever order it came", () => {
  const seen = new DotSet();
  for (const number of [5, 1, 2, 4, 8, 3]) seen.add("ann", number);
  expect(seen.toRuns()).toEqual([["ann", [1, 5, 8, 8]]]);
  expect(seen.runCount).toBe(2);
  expect(seen.highest("ann")).toBe(8);
});
