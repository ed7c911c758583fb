import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import {
  addSketches,
  COARSEST_LEVEL,
  MAX_BUCKETS,
  quantileOf,
  relativeErrorOf,
  sketchOf,
} from "./sketch.ts";
import type { SketchData } from "./sketch.ts";

function sketchOfAll(values: readonly number[]): SketchData {
  let sketch: SketchData = { level: 0, buckets: [] };
  for (const value of values) sketch = addSketches(sketch, sketchOf(value), 1);
  return sketch;
}

test("quantiles are as near as the sketch says, whatever the spread, below zero as well", () => {
  const rng = new Sfc32(1);
  for (const spread of [1, 1e3, 1e12]) {
    const values = Array.from({ length: 2001 }, () => (rng.unit() - 0.3) * rng.unit() * spread);
    const sketch = sketchOfAll(values);
    expect(sketch.buckets.length).toBeLessThanOrEqual(MAX_BUCKETS);
    values.sort((a, b) => a - b);
    for (const q of [0.01, 0.25, 0.5, 0.9, 0.999]) {
      const exact = values[Math.ceil(q * values.length) - 1] as number;
      const off = Math.abs((quantileOf(sketch, q) as number) - exact);
      expect(off).toBeLessThanOrEqual(1.000001 * relativeErrorOf(sketch) * Math.abs(exact) + 1e-9);
    }
  }
});

test("few like values keep one per cent", () => {
  const sketch = sketchOfAll([100, 110, 120, 130]);
  expect(relativeErrorOf(sketch)).toBeCloseTo(0.01, 9);
  expect(quantileOf(sketch, 0.5)).toBeGreaterThan(108.9);
  expect(quantileOf(sketch, 0.5)).toBeLessThan(111.1);
});

test("no quantile is beyond extrema that are known", () => {
  const sketch = sketchOfAll([7.81, 7.81, 7.81]);
  expect(quantileOf(sketch, 0.5)).not.toBe(7.81);
  expect(quantileOf(sketch, 0.5, { min: 7.81, max: 7.81 })).toBe(7.81);
  expect(quantileOf(sketch, 1, { min: 0, max: 7 })).toBe(7);
});

test("the order in which sketches meet changes nothing but rounding", () => {
  const values = Array.from({ length: 300 }, (_, i) => 1.1 ** i - 1000);
  const one = sketchOfAll(values);
  const other = sketchOfAll(values.toReversed());
  expect(other.level).toBe(one.level);
  expect(other.buckets.map(({ key }) => key)).toEqual(one.buckets.map(({ key }) => key));
});

test("the coarsest sketch and an empty one answer as well", () => {
  const buckets = [
    { key: -1, weight: 0.5 },
    { key: 1, weight: 0.5 },
  ];
  const coarsest = { level: COARSEST_LEVEL, buckets };
  expect(Number.isFinite(quantileOf(coarsest, 0.9))).toBe(true);
  expect(relativeErrorOf(coarsest)).toBe(1);
  expect(quantileOf({ level: 0, buckets: [] }, 0.5)).toBeUndefined();
});
