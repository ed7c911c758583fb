import { expect, test } from "vitest";
import { figure, quantile, summary } from "./statistics.ts";

test("a summary has mean, deviation with n - 1, and quantiles that are values", () => {
  const { count, mean, deviation, standardError, p50, p99, max } = summary([4, 1, 3, 2]);
  expect({ count, mean, p50, p99, max }).toEqual({ count: 4, mean: 2.5, p50: 2, p99: 4, max: 4 });
  expect(deviation).toBeCloseTo(1.290994, 5);
  expect(standardError).toBeCloseTo(0.645497, 5);
});

test("nothing measured is no number, and is shown as a dash", () => {
  expect(summary([]).mean).toBeNaN();
  expect(figure(summary([]).p50)).toBe("–");
  expect(summary([5]).deviation).toBeNaN();
});

test("a quantile is the least value that so many do not exceed", () => {
  const values = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(quantile(values, 0.5)).toBe(50);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 1)).toBe(100);
});

test("figures have the digits that they are worth", () => {
  const shown = [0, 1234.5, 12.34, 1.2345, 0.0654, 0.00001].map((value) => figure(value));
  expect(shown).toEqual(["0", "1235", "12.3", "1.23", "0.0654", "1.0e-5"]);
  expect(figure(63.216, 4)).toBe("63.22");
});
