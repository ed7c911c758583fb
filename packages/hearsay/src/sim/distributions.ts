/**
 * Distributions of latency, each as its quantile function: one draw in `[0, 1)` gives one value.
 *
 *     constant      20            ─────┃─────
 *     uniform       [10, 30]      ──┏━━━━━┓──
 *     exponential   mean 20       ┗┓┗━━━┻━━━━──   queues on the way
 *     lognormal     median 20     ──▄█▆▄▂▁▁▁──    what round-trip times on the internet look like
 *
 * That a value takes exactly one draw keeps the draws of other decisions where they are when a distribution
 * is changed. All is made of exact operations, so that every engine has the same bits.
 * @module
 */
import { exp, ln, optionError } from "../kernel/index.ts";

/** How long things take from one host to another: a constant, a range, or a distribution. In ms. */
export type Latency =
  | number
  | readonly [least: number, most: number]
  | {
      readonly type: "exponential";
      readonly meanMs: number;
      /** What it takes at least; part of the mean. @default 0 */
      readonly leastMs?: number | undefined;
    }
  | {
      readonly type: "lognormal";
      readonly medianMs: number;
      /** Standard deviation of the logarithm, at most 3. @default 0.5 */
      readonly sigma?: number | undefined;
    };

export const DEFAULT_SIGMA = 0.5;
const MAX_SIGMA = 3;
const EXPECTED =
  "ms >= 0, a range of two with the lesser first, or an exponential or lognormal distribution";

export interface Distribution {
  /** The value below which `unit` of all are, for a `unit` in `[0, 1)`. */
  at(unit: number): number;
}

/** @throws HearsayError `ERR_OPTION` */
export function distributionOf(latency: Latency): Distribution {
  if (typeof latency === "number") return uniform(latency, latency, latency);
  if (Array.isArray(latency)) return uniform(latency[0] as number, latency[1] as number, latency);
  const { type } = latency as Exclude<Latency, number | readonly number[]>;
  if (type === "exponential") {
    const { meanMs, leastMs = 0 } = latency as Extract<Latency, { type: "exponential" }>;
    check(leastMs >= 0 && meanMs >= leastMs && meanMs < Infinity, latency);
    return new Exponential(leastMs, meanMs - leastMs);
  }
  const { medianMs, sigma = DEFAULT_SIGMA } = latency as Extract<Latency, { type: "lognormal" }>;
  check(type === "lognormal" && medianMs >= 0 && medianMs < Infinity, latency);
  check(sigma >= 0 && sigma <= MAX_SIGMA, latency);
  return new LogNormal(medianMs, sigma);
}

function uniform(least: number, most: number, received: unknown): Distribution {
  check(least >= 0 && most >= least && most < Infinity, received);
  return new Uniform(least, most - least);
}

function check(holds: boolean, received: unknown): void {
  if (!holds) throw optionError("latencyMs", EXPECTED, JSON.stringify(received));
}

class Uniform implements Distribution {
  readonly #least: number;
  readonly #span: number;

  constructor(least: number, span: number) {
    this.#least = least;
    this.#span = span;
  }

  at(unit: number): number {
    return this.#least + unit * this.#span;
  }
}

class Exponential implements Distribution {
  readonly #least: number;
  readonly #mean: number;

  constructor(least: number, mean: number) {
    this.#least = least;
    this.#mean = mean;
  }

  at(unit: number): number {
    return this.#least - this.#mean * ln(1 - unit);
  }
}

class LogNormal implements Distribution {
  readonly #median: number;
  readonly #sigma: number;

  constructor(median: number, sigma: number) {
    this.#median = median;
    this.#sigma = sigma;
  }

  at(unit: number): number {
    return this.#median * exp(this.#sigma * normalQuantile(unit));
  }
}

/** No draw is nearer to 0 than half of the finest step of `Rng.unit`. */
const FINEST = 1 / 8_589_934_592;
/** Below it, and above 1 less it, the tail's formula holds. */
const TAIL = 0.02425;

/* Coefficients of Acklam's rational approximations, highest power first. */
const CENTRE_ABOVE = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const CENTRE_BELOW = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
];
const TAIL_ABOVE = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_BELOW = [
  0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1,
];

/**
 * The value below which the share `unit` of a standard normal distribution is; relative error below 1.2e-9.
 * @see Acklam 2003, An algorithm for computing the inverse normal cumulative distribution function
 */
export function normalQuantile(unit: number): number {
  if (unit > 0.5) return -normalQuantile(1 - unit);
  if (unit < TAIL) {
    const q = Math.sqrt(-2 * ln(Math.max(unit, FINEST)));
    return polynomial(TAIL_ABOVE, q) / polynomial(TAIL_BELOW, q);
  }
  const q = unit - 0.5;
  const r = q * q;
  return (q * polynomial(CENTRE_ABOVE, r)) / polynomial(CENTRE_BELOW, r);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
