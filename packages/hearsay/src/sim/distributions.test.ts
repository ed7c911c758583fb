import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { distributionOf, normalQuantile } from "./distributions.ts";
import type { Latency } from "./distributions.ts";

/** Values at many draws, in order of size. */
function sample(latency: Latency, count = 20_000): number[] {
  const rng = new Sfc32(7);
  const distribution = distributionOf(latency);
  const values = Array.from({ length: count }, () => distribution.at(rng.unit()));
  return values.toSorted((a, b) => a - b);
}

const mean = (values: readonly number[]): number => {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

test("a constant is always the same, and a range is evenly filled", () => {
  expect(new Set(sample(20))).toEqual(new Set([20]));
  const values = sample([10, 30]);
  expect(values[0]).toBeGreaterThanOrEqual(10);
  expect(values.at(-1)).toBeLessThan(30);
  expect(mean(values)).toBeCloseTo(20, 0);
});

test("an exponential latency has its mean, its least, and a long tail that ends", () => {
  const values = sample({ type: "exponential", meanMs: 20, leastMs: 5 });
  expect(values[0]).toBeGreaterThanOrEqual(5);
  expect(mean(values)).toBeCloseTo(20, 0);
  // The median of what is above the least is its mean times ln 2.
  expect(values[10_000]).toBeCloseTo(5 + 15 * Math.LN2, 0);
  expect(distributionOf({ type: "exponential", meanMs: 1 }).at(1 - 2 ** -32)).toBeLessThan(23);
});

test("a log-normal latency has its median, and its quantiles lie as sigma says", () => {
  const values = sample({ type: "lognormal", medianMs: 20, sigma: 0.5 });
  expect(values[10_000]).toBeCloseTo(20, 0);
  expect((values[16_827] as number) / 20).toBeCloseTo(Math.exp(0.5), 1);
  expect((values[3173] as number) / 20).toBeCloseTo(Math.exp(-0.5), 1);
});

test.each([
  [0.5, 0],
  [0.841344746068543, 1],
  [0.9772498680518208, 2],
  [0.0013498980316301, -3],
  [0.000000286651571879, -5],
  [0.99, 2.3263478740408408],
  [0.01, -2.3263478740408408],
])("the normal quantile of %f is %f", (unit, z) => {
  expect(normalQuantile(unit)).toBeCloseTo(z, 7);
});

test("no draw gives an infinite latency", () => {
  for (const type of ["exponential", "lognormal"] as const) {
    const latency = { type, meanMs: 10, medianMs: 10, sigma: 3 } as Latency;
    expect(Number.isFinite(distributionOf(latency).at(0))).toBe(true);
    expect(Number.isFinite(distributionOf(latency).at(1 - 2 ** -32))).toBe(true);
  }
});

test("the bits are the same in every engine: sums over many draws are known numbers", () => {
  expect(mean(sample({ type: "exponential", meanMs: 20 }))).toBe(20.039662672238855);
  expect(mean(sample({ type: "lognormal", medianMs: 20 }))).toBe(22.700084997744806);
});

test.each([
  [-1],
  [NaN],
  [Infinity],
  [[3, 1]],
  [{ type: "exponential", meanMs: 5, leastMs: 6 }],
  [{ type: "lognormal", medianMs: -1 }],
  [{ type: "lognormal", medianMs: 1, sigma: 4 }],
  [{ type: "pareto", medianMs: 1 }],
])("%j is refused", (latency) => {
  expect(() => distributionOf(latency as Latency)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION", option: "latencyMs" }),
  );
});
