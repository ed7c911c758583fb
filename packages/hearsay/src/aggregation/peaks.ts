/**
 * COUNT: the size of the network from the average of a peak.
 *
 *     one node holds 1, all others 0      the average is 1 / n, and so n is 1 / average
 *
 * Several nodes lead an instance each, under a number drawn at random. A node that has not heard of an instance
 * holds 0 of it. Beyond a limit those with the lowest numbers stay: as every node keeps the same, none of those
 * that stay loses mass by it.
 * @see Jelasity, Montresor, Babaoglu 2005, section 5
 * @module
 */

/** Instances of COUNT that are kept, whoever has begun them. */
export const MAX_PEAKS = 32;

/** What a node holds of an instance. */
export interface Peak {
  readonly id: number;
  readonly weight: number;
}

export const NO_PEAKS: readonly Peak[] = [];

/** `a + factor · b`, both ordered by number, the lowest numbers alone. */
export function addPeaks(a: readonly Peak[], b: readonly Peak[], factor: number): readonly Peak[] {
  if (a.length === 0 && b.length === 0) return a;
  const sum: Peak[] = [];
  let [i, j] = [0, 0];
  while (sum.length < MAX_PEAKS && (i < a.length || j < b.length)) {
    const left = a[i];
    const right = b[j];
    const id = Math.min(left?.id ?? Infinity, right?.id ?? Infinity);
    let weight = 0;
    if (left?.id === id) {
      weight += left.weight;
      i++;
    }
    if (right?.id === id) {
      weight += factor * right.weight;
      j++;
    }
    sum.push({ id, weight });
  }
  return sum;
}

export interface SizeEstimate {
  readonly count: number;
  /** Standard error as the instances differ; `undefined` where there are too few to tell. */
  readonly error: number | undefined;
}

/** The mean of what the instances say without the highest and the lowest third. */
export function sizeOf(peaks: readonly Peak[]): SizeEstimate | undefined {
  // An average of n nodes cannot exceed 1; what has lost nearly all its mass says nothing.
  const sizes = peaks.filter(({ weight }) => weight > 1e-12).map(({ weight }) => 1 / weight);
  if (sizes.length === 0) return undefined;
  sizes.sort((one, other) => one - other);
  const cut = Math.floor(sizes.length / 3);
  const kept = sizes.slice(cut, sizes.length - cut);
  const count = mean(kept);
  if (sizes.length < 4) return { count, error: undefined };
  const spread = Math.sqrt(mean(kept.map((size) => (size - count) * (size - count))));
  return { count, error: spread / Math.sqrt(kept.length) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
