/**
 * What many measured values amount to.
 *
 * An empty list has no mean and no quantile: the answer is NaN, which tables show as a dash.
 * @module
 */

export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of one value, with n - 1. */
  readonly deviation: number;
  /** Standard error of the mean. */
  readonly standardError: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function summary(values: readonly number[]): Summary {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const mean = sum(values) / count;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : NaN;
  return {
    count,
    mean,
    deviation,
    standardError: deviation / Math.sqrt(count),
    p50: quantileOfSorted(sorted, 0.5),
    p99: quantileOfSorted(sorted, 0.99),
    max: sorted.at(-1) ?? NaN,
  };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The least value that at least this share of all values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

function quantileOfSorted(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** A number with so many digits, and a dash for none. */
export function figure(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return "∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 10 ** (digits - 1)) return String(Math.round(value));
  return size >= 0.001 ? String(Number(value.toPrecision(digits))) : value.toExponential(1);
}
