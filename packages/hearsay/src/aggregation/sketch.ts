/**
 * Quantiles by counting in buckets whose bounds grow by a constant factor.
 *
 *     key     -2        -1      0      1        2         3
 *         ────┼─────────┼──── |x| ≤ L ─┼────────┼─────────┼────▶ x        L · g^(k-1) < x ≤ L · g^k
 *
 *     too many buckets:  g → g², key k → ⌈k / 2⌉: each takes in its neighbour, the relative error doubles
 *
 * A bucket holds which share of all nodes has its value there. Shares are averaged like any other number, which
 * is what makes this sketch fit for gossip: a collapse depends on nothing but the key, so two nodes that have
 * collapsed differently meet at the coarser level without an error of their own.
 * @see Epicoco, Melle, Cafaro, Pulimeno, Morleo 2020, UDDSketch; Masson, Rim, Lee 2019, DDSketch
 * @module
 */
import { exp, ln } from "../kernel/index.ts";
import { LARGEST_VALUE } from "./limits.ts";

/** Buckets of one sketch: 12 bytes each on the wire, so that a message stays within a packet. */
export const MAX_BUCKETS = 56;
/** Collapses after which everything is in two buckets and the zero. */
export const COARSEST_LEVEL = 15;
/** Values nearer to 0 are 0. */
const LEAST = 1e-9;
/** The factor at level 0: a relative error of one per cent. */
const LN_FACTOR = ln(1.01 / 0.99);
/** The key of the largest value at level 0. */
export const LARGEST_KEY: number = Math.ceil(ln(LARGEST_VALUE / LEAST) / LN_FACTOR);

/** A bucket and the share that it holds. */
export interface Bucket {
  readonly key: number;
  readonly weight: number;
}

/** A sketch as it travels and as results hold it: ordered by key. */
export interface SketchData {
  readonly level: number;
  readonly buckets: readonly Bucket[];
}

export const NO_SKETCH: SketchData = { level: 0, buckets: [] };

export function sketchOf(value: number): SketchData {
  return { level: 0, buckets: [{ key: keyOf(value), weight: 1 }] };
}

/** `a + factor · b` at the coarser level of the two, or a coarser one if there are too many buckets. */
export function addSketches(a: SketchData, b: SketchData, factor: number): SketchData {
  let level = Math.max(a.level, b.level);
  const weights = new Map<number, number>();
  for (const { key, weight } of a.buckets) add(weights, raise(key, a.level, level), weight);
  for (const { key, weight } of b.buckets) {
    add(weights, raise(key, b.level, level), factor * weight);
  }
  let sum = weights;
  while (sum.size > MAX_BUCKETS && level < COARSEST_LEVEL) {
    const coarser = new Map<number, number>();
    for (const [key, weight] of sum) add(coarser, raise(key, level, level + 1), weight);
    sum = coarser;
    level++;
  }
  const buckets = [...sum].map(([key, weight]) => ({ key, weight }));
  return { level, buckets: buckets.toSorted((one, other) => one.key - other.key) };
}

/** How far a quantile may be from a value of that rank, relative to it. */
export function relativeErrorOf({ level }: SketchData): number {
  const factor = exp(LN_FACTOR * (1 << level));
  return factor === Infinity ? 1 : (factor - 1) / (factor + 1);
}

/**
 * The value below which a share `q` of all is; `undefined` of an empty sketch. Where the extrema are known, as of a result,
 * it is none beyond them.
 */
export function quantileOf(
  { level, buckets }: SketchData,
  q: number,
  { min, max }: { readonly min: number; readonly max: number } = { min: -Infinity, max: Infinity },
): number | undefined {
  let total = 0;
  for (const { weight } of buckets) total += Math.max(0, weight);
  if (!(total > 0)) return undefined;
  let left = Math.min(1, Math.max(0, q)) * total;
  let last: Bucket | undefined;
  for (const bucket of buckets) {
    if (bucket.weight <= 0) continue;
    last = bucket;
    left -= bucket.weight;
    // What rounding has left over belongs to the bucket before.
    if (left <= 1e-12) break;
  }
  return last && Math.min(max, Math.max(min, valueOf(last.key, level)));
}

function keyOf(value: number): number {
  const size = Math.abs(value);
  if (!(size > LEAST)) return 0;
  const key = Math.min(LARGEST_KEY, Math.max(1, Math.ceil(ln(size / LEAST) / LN_FACTOR)));
  return value < 0 ? -key : key;
}

/** The value that is equally far, relatively, from both bounds. */
function valueOf(key: number, level: number): number {
  if (key === 0) return 0;
  const width = LN_FACTOR * (1 << level);
  const upper = LEAST * exp(Math.min(700, width * Math.abs(key)));
  const value = Math.min(LARGEST_VALUE, (2 * upper) / (1 + exp(Math.min(700, width))));
  return key < 0 ? -value : value;
}

function raise(key: number, from: number, to: number): number {
  let size = Math.abs(key);
  for (let level = from; level < to; level++) size = Math.ceil(size / 2);
  return key < 0 ? -size : size;
}

function add(weights: Map<number, number>, key: number, weight: number): void {
  weights.set(key, (weights.get(key) ?? 0) + weight);
}
