import { expect, test } from "vitest";
import { exp, ln } from "./portable-math.ts";
import { Sfc32 } from "./random.ts";

/** Units in the last place between two numbers, about. */
const apart = (a: number, b: number): number => Math.abs(a - b) / (Math.abs(b) * 2.2e-16);

test.each([
  [1, 0],
  [2, Math.LN2],
  [Math.E, 1],
  [10, Math.LN10],
  [0.5, -Math.LN2],
  [1e-300, -690.7755278982137],
  [1e300, 690.7755278982137],
  [2 ** -33, -22.873856958478193],
  [0, -Infinity],
  [Infinity, Infinity],
  [-1, NaN],
  [NaN, NaN],
])("ln(%f) is %f", (x, y) => {
  if (Number.isFinite(y) && y !== 0) expect(apart(ln(x), y)).toBeLessThan(2);
  else expect(ln(x)).toBe(y);
});

test.each([
  [0, 1],
  [1, Math.E],
  [-1, 0.36787944117144233],
  [10, 22026.465794806718],
  [-20, 2.061153622438558e-9],
  [1000, Infinity],
  [-1000, 0],
  [NaN, NaN],
])("exp(%f) is %f", (x, y) => {
  if (Number.isFinite(y) && y !== 0) expect(apart(exp(x), y)).toBeLessThan(2);
  else expect(exp(x)).toBe(y);
});

test("both are the engine's own, but for the last bits", () => {
  const rng = new Sfc32(7);
  for (let i = 0; i < 20_000; i++) {
    const x = rng.unit() * 1400 - 700;
    expect(apart(exp(x), Math.exp(x))).toBeLessThan(4);
    const y = Math.exp(x);
    expect(apart(ln(y), Math.log(y))).toBeLessThan(4);
    const unit = (rng.below(2 ** 32) + 1) / 2 ** 32;
    if (unit < 1) expect(apart(ln(unit), Math.log(unit))).toBeLessThan(4);
  }
});

test("the bits are the same everywhere: a sum over many is a known number", () => {
  let sum = 0;
  for (let i = 1; i <= 10_000; i++) sum += ln(i / 10_001) * exp(-i / 1000);
  expect(sum).toBe(-2874.381679552888);
});
