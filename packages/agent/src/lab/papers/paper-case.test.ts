import { expect, test } from "vitest";
import { findExperiment } from "../experiments.ts";
import { judge, Results } from "./paper-case.ts";
import type { PaperValue } from "./paper-case.ts";
import { PAPERS } from "./papers.ts";

const value = (rest: Partial<PaperValue>): PaperValue => ({
  what: "a value",
  expected: 10,
  tolerance: 0.5,
  ours: (results) => results.mean("ms"),
  ...rest,
});

function verdictOf(
  values: readonly number[],
  rest: Partial<PaperValue> = {},
  quick = false,
): boolean {
  return judge(value(rest), new Results(new Map([["all", { ms: values }]])), quick).passed;
}

test("a value within its tolerance passes, one beyond fails", () => {
  expect(verdictOf([10.4])).toBe(true);
  expect(verdictOf([10.6])).toBe(false);
  expect(verdictOf([9.4])).toBe(false);
});

test("four standard errors are allowed where they are more than the tolerance", () => {
  expect(verdictOf([9, 13])).toBe(true);
  const many = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 9 : 13));
  expect(verdictOf(many)).toBe(false);
});

test("a bound holds on one side alone", () => {
  expect(verdictOf([1], { bound: "most" })).toBe(true);
  expect(verdictOf([11], { bound: "most" })).toBe(false);
  expect(verdictOf([99], { bound: "least" })).toBe(true);
  expect(verdictOf([9], { bound: "least" })).toBe(false);
});

test("a quick run of something smaller has an expectation of its own", () => {
  const rest = { quick: { expected: 3, tolerance: 0.1 } };
  expect(verdictOf([3], rest)).toBe(false);
  expect(verdictOf([3], rest, true)).toBe(true);
  expect(verdictOf([10], rest, true)).toBe(false);
});

test("what was not measured fails", () => {
  expect(verdictOf([])).toBe(false);
  expect(verdictOf([], { bound: "most" })).toBe(false);
});

test.each(Object.entries(PAPERS))(
  "the cases of %s have ids of their own and something to check",
  (_, paper) => {
    const ids = paper.cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { values, variants, protocol, experiment } of paper.cases) {
      expect(findExperiment(protocol ?? paper.protocol, experiment)).toBeDefined();
      expect(values.length).toBeGreaterThan(0);
      expect(Object.keys(variants).length).toBeGreaterThan(0);
    }
  },
);
