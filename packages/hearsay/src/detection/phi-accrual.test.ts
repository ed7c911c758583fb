import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import { normalTail } from "./normal-tail.ts";
import {
  exponentialPhi,
  exponentialSilence,
  normalPhi,
  normalSilence,
  PhiDetector,
} from "./phi-accrual.ts";

const at = (ms: number): Instant => ms as Instant;

/** When φ comes to a value, by halving. */
function crossing(phi: (silenceMs: number) => number, value: number): number {
  let [low, high] = [0, 1e6];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (phi(middle) < value) low = middle;
    else high = middle;
  }
  return high;
}

test.each([
  [0, 0.5],
  [1, 0.15865525393145707],
  [2.5, 0.006209665325776132],
  [3, 1.3498980316300957e-3],
  [6, 9.865876450377014e-10],
  [10, 7.619853024160583e-24],
  [-1, 0.8413447460685429],
])("the tail beyond %f is %f", (z, tail) => {
  expect(10 ** -normalTail(z) / tail).toBeCloseTo(1, 6);
});

test("series and fraction meet without a step", () => {
  const slope = normalTail(2.5) - normalTail(2.5 - 1e-9);
  expect(slope / 1e-9).toBeCloseTo(1.2258, 3);
});

test("the tail stays a number where its probability is none any more", () => {
  expect(normalTail(100)).toBeCloseTo(2173.87, 1);
  expect(normalTail(-100)).toBe(0);
  expect(normalTail(Infinity)).toBe(Infinity);
});

test.each([
  [1, 1128.2],
  [2, 1232.6],
  [3, 1309.0],
  [5, 1426.5],
  [8, 1561.2],
  [10, 1636.1],
  [12, 1703.4],
])("heartbeats every 1000 ± 100 ms: φ is %d after %f ms", (phi, ms) => {
  expect(Math.abs(crossing((silence) => normalPhi(silence, 1000, 100), phi) - ms)).toBeLessThan(
    0.1,
  );
});

test("in the exponential model φ is 8 after 18.42 times the mean", () => {
  const silence = crossing((ms) => exponentialPhi(ms, 1000), 8);
  expect(silence / 1000).toBeCloseTo(8 * Math.LN10, 6);
});

test("a detector learns mean and deviation, and suspects by them", () => {
  const rng = new Sfc32(7);
  const detector = new PhiDetector({ model: "normal", initialIntervalMs: 5000 });
  let now = 0;
  detector.watch("a", at(now));
  for (let i = 0; i < 3000; i++) {
    // Twelve uniform values are nearly normal.
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += rng.unit();
    now += 1000 + 100 * sum;
    detector.heard("a", at(now));
  }
  const { intervals, meanMs, deviationMs } = detector.statistics("a")!;
  expect(intervals).toBe(1000);
  expect(meanMs).toBeCloseTo(1000, -1.3);
  expect(deviationMs).toBeCloseTo(100, -1.3);
  expect(detector.level("a", at(now + 1000))).toBeCloseTo(0.3, 0);
  expect(detector.level("a", at(now + 1500))).toBeLessThan(detector.limit);
  expect(detector.level("a", at(now + 1600))).toBeGreaterThan(detector.limit);
});

test("even heartbeats do not make a detector impatient beyond its least deviation", () => {
  const detector = new PhiDetector({ model: "normal", windowSize: 10 });
  detector.watch("a", at(0));
  for (let i = 1; i <= 100; i++) detector.heard("a", at(1000 * i));
  expect(detector.level("a", at(101_000))).toBeCloseTo(0.301, 2);
  expect(detector.level("a", at(101_500))).toBeLessThan(detector.limit);
});

test("before anything is learnt, the initial interval stands for it", () => {
  const detector = new PhiDetector({ initialIntervalMs: 200 });
  detector.watch("a", at(0));
  expect(crossing((ms) => detector.level("a", at(ms)), 8)).toBeCloseTo(200 * 8 * Math.LN10, 3);
});

test.each(["normal", "exponential"] as const)(
  "who comes back after an hour is missed about as soon as before: %s",
  (model) => {
    const detector = new PhiDetector({ model });
    detector.watch("a", at(0));
    for (let i = 1; i <= 1000; i++) detector.heard("a", at(1000 * i));
    const patience = (from: number): number =>
      crossing((ms) => detector.level("a", at(from + ms)), detector.limit);
    const before = patience(1_000_000);
    detector.heard("a", at(4_600_000));
    expect(patience(4_600_000) / before).toBeLessThan(1.05);
  },
);

test("a peer that has become slower is believed after a while", () => {
  const detector = new PhiDetector({ windowSize: 100 });
  let now = 0;
  detector.watch("a", at(0));
  for (let i = 0; i < 200; i++) detector.heard("a", at((now += 1000)));
  let mistakes = 0;
  for (let i = 0; i < 200; i++) {
    now += 40_000;
    if (detector.level("a", at(now)) > detector.limit) mistakes++;
    detector.heard("a", at(now));
  }
  expect(mistakes).toBeGreaterThan(0);
  expect(mistakes).toBeLessThan(10);
});

test.each([0.5, 1, 3, 8, 30, 300])("the silence of φ = %f has that φ", (phi) => {
  expect(normalPhi(normalSilence(phi, 1000, 100), 1000, 100)).toBeCloseTo(phi, 9);
  expect(exponentialPhi(exponentialSilence(phi, 1000), 1000)).toBeCloseTo(phi, 9);
});

test("nobody is suspected who is not watched, and what is heard of him is nothing", () => {
  const detector = new PhiDetector();
  detector.heard("a", at(0));
  expect(detector.level("a", at(1e9))).toBe(0);
  detector.watch("a", at(0));
  detector.forget("a");
  expect(detector.level("a", at(1e9))).toBe(0);
  expect(detector.statistics("a")).toBeUndefined();
});

test("a window of any size has the mean and deviation of its last intervals", () => {
  for (const size of [2, 7, 8, 9, 100]) {
    const rng = new Sfc32(size);
    const window = new ArrivalWindow(size);
    const all: number[] = [];
    for (let i = 0; i < 5 * size + 3; i++) {
      all.push(1000 * rng.unit());
      window.add(all.at(-1)!);
      const last = all.slice(-size);
      const mean = last.reduce((sum, one) => sum + one, 0) / last.length;
      const variance = last.reduce((sum, one) => sum + (one - mean) ** 2, 0) / last.length;
      expect(window.count).toBe(last.length);
      expect(window.mean).toBeCloseTo(mean, 6);
      expect(window.deviation).toBeCloseTo(Math.sqrt(variance), 4);
    }
  }
});

test("a detector that was written out goes on as it would have, bit by bit", () => {
  const options = { windowSize: 9, model: "normal" } as const;
  const first = new PhiDetector(options);
  const rng = new Sfc32(3);
  let now = 0;
  first.watch("a", at(0));
  for (let i = 0; i < 40; i++) {
    first.heard("a", at((now += 500 + 1000 * rng.unit())));
    const second = new PhiDetector(options);
    second.restore(structuredClone(first.save()));
    expect(second.save()).toEqual(first.save());
    expect(second.level("a", at(now + 2000))).toBe(first.level("a", at(now + 2000)));
  }
});

test.each([
  { model: "weibull" },
  { threshold: 0 },
  { threshold: NaN },
  { windowSize: 1 },
  { initialIntervalMs: 0 },
  { leastDeviationMs: 0 },
])("%j is refused", (options) => {
  expect(() => new PhiDetector(options as never)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION" }),
  );
});
