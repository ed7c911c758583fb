import { expect, test } from "vitest";
import { sum, tally } from "./ci.mjs";

const counting = { name: "docs", command: [], counts: true };
const tests = { ...counting, name: "tests" };
const single = { name: "lint", command: [], counts: false };

test("a step that counts is believed", () => {
  expect(tally(counting, { code: 0, output: "docs: 12 passed, 0 failed\n" })).toEqual({
    passed: 12,
    failed: 0,
  });
  expect(tally(tests, { code: 1, output: "3 passed, 2 failed, 1 skipped\n" })).toEqual({
    passed: 3,
    failed: 2,
  });
});

test("the last count is the one that counts, in colour too", () => {
  const output =
    "1 passed, 0 failed\nnoise: 9 passed, 9 failed later\n\u001B[32m2 passed, 1 failed\u001B[39m\n";
  expect(tally(tests, { code: 1, output })).toEqual({ passed: 2, failed: 1 });
});

test("a step that does not count is one claim", () => {
  expect(tally(single, { code: 0, output: "" })).toEqual({ passed: 1, failed: 0 });
  expect(tally(single, { code: 2, output: "5 passed, 0 failed" })).toEqual({
    passed: 0,
    failed: 1,
  });
  expect(tally(single, { code: null, output: "" })).toEqual({ passed: 0, failed: 1 });
});

test("a step that loses its count has failed", () => {
  expect(tally(counting, { code: 0, output: "Segmentation fault" }).failed).toBe(1);
});

test("a bad end without a failure to show is a failure", () => {
  expect(tally(counting, { code: 1, output: "7 passed, 0 failed" })).toEqual({
    passed: 7,
    failed: 1,
  });
  expect(tally(counting, { code: null, output: "7 passed, 0 failed" }).failed).toBe(1);
});

test("a test run without a test is a failure; a check with nothing to check is not", () => {
  expect(tally(tests, { code: 0, output: "0 passed, 0 failed, 4 skipped" }).failed).toBe(1);
  expect(tally(counting, { code: 0, output: "docs: 0 passed, 0 failed" }).failed).toBe(0);
});

test("the sum is over all steps", () => {
  expect(
    sum([
      { passed: 1, failed: 2 },
      { passed: 3, failed: 4 },
    ]),
  ).toEqual({ passed: 4, failed: 6 });
  expect(sum([])).toEqual({ passed: 0, failed: 0 });
});
