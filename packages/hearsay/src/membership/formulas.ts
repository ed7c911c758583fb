/**
 * memberlist's formulas in whole numbers.
 *
 * Go computes them with logarithms, whose last bit differs between engines, and `ceil` and `trunc` turn a
 * last bit into a different timeout. Each of them only asks between which powers a number lies, and
 * that is answered here by comparing.
 * @see docs/protocols/swim.md, formulas
 * @module
 */

export { retransmitLimit } from "../kernel/index.ts";

/** `mult * max(1, log10(max(1, n))) * intervalMs`, the logarithm cut after three decimals. */
export function suspicionTimeout(mult: number, n: number, intervalMs: number): number {
  return (mult * suspicionScale(n) * intervalMs) / 1000;
}

/**
 * What a suspicion that shrinks has left of its time after `confirmations` of `needed`: all of it at first,
 * the least of it when all have come, and in between the logarithm of their number's share.
 * @see Lifeguard §III.B
 */
export function shrunkTimeout(
  confirmations: number,
  needed: number,
  minMs: number,
  maxMs: number,
): number {
  if (confirmations >= needed) return minMs;
  const share = logarithm(confirmations + 1) / logarithm(needed + 1);
  // Go's last bit may miss a whole millisecond from either side; a millionth of one decides for it.
  const ms = Math.floor(maxMs - share * (maxMs - minMs) + 1e-6);
  return Math.max(minMs, ms);
}

/** `trunc(max(1, log10(max(1, n))) * 1000)`. */
export function suspicionScale(n: number): number {
  let power = 10;
  let thousands = 1000;
  while (n >= power * 10) {
    power *= 10;
    thousands += 1000;
  }
  if (n <= power) return thousands;
  // The last step that n / power reaches.
  let low = 0;
  let high = STEPS.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (power * (STEPS[middle] as number) <= n) low = middle;
    else high = middle;
  }
  return thousands + low;
}

/** `1` up to 32 members, then one more with each doubling: the factor on the push/pull interval. */
export function pushPullScale(n: number): number {
  let scale = 1;
  for (let limit = 32; n > limit; limit *= 2) scale++;
  return scale;
}

/**
 * The natural logarithm of a whole number from 1 on, by the series of `ln(i / (i - 1))` in `1 / (2i - 1)`:
 * additions and divisions alone, which give the same bits in every engine.
 */
export function logarithm(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i++) {
    const x = 1 / (2 * i - 1);
    let power = x;
    for (let odd = 1; odd < SERIES_TERMS; odd += 2) {
      sum += (2 * power) / odd;
      power *= x * x;
    }
  }
  return sum;
}

/** The first term left out is below 1e-18, at its largest, for i = 2. */
const SERIES_TERMS = 35;

/**
 * `10 ** (i / 1000)` for i in 0..999: the scale of n is at least `thousands + i` when
 * `n >= power * STEPS[i]`.
 *
 * Made by multiplication alone, which gives the same bits in every engine; the error that adds up is
 * below 1e-12 of a step. Apart from i = 0, where the product is exact, the true thresholds are irrational,
 * and up to 1,000,000 none comes nearer than 2e-5 to a whole number, so that no comparison with a whole n
 * can go wrong. The test proves it in big integers, at both sides of every threshold: the scale of n
 * is s when `10 ** s <= n ** 1000 < 10 ** (s + 1)`.
 */
const STEPS: Float64Array = /* @__PURE__ */ thousandStepsToTen();

function thousandStepsToTen(): Float64Array {
  const thousandthRootOfTen = 1.0023052380778996;
  const steps = new Float64Array(1000);
  let step = 1;
  for (let i = 0; i < steps.length; i++) {
    steps[i] = step;
    step *= thousandthRootOfTen;
  }
  return steps;
}
