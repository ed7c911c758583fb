/**
 * What a node holds of one aggregate in one epoch: a vector that is averaged, and two extrema that spread.
 *
 *     mean · square · peaks · buckets     (a + b) / 2, componentwise: all sums over the network stay what they were
 *     least · most                        the lesser, the greater
 *
 * @module
 */
import { isValue, LARGEST_VALUE } from "./limits.ts";
import { addPeaks, NO_PEAKS, sizeOf } from "./peaks.ts";
import { addSketches, NO_SKETCH, relativeErrorOf, sketchOf } from "./sketch.ts";
import type { SketchData } from "./sketch.ts";
import type { Holding } from "./wire.ts";

/** What the network has come to, with its age and an estimate of its error. */
export interface AggregateResult {
  readonly aggregate: string;
  readonly epoch: number;
  /** Exchanges that this node has had in the epoch. A few tell nothing yet. */
  readonly exchanges: number;
  /** Whether the epoch has come to its end: before, it is an estimate under way. */
  readonly settled: boolean;
  /** Ms since the values were taken that it is made of. */
  readonly ageMs: number;
  readonly mean: number;
  /**
   * By how much nodes' means still differ, as a standard deviation. That is the error as long as nothing is lost; what
   * lost answers have added to all nodes alike only the next epoch shows.
   */
  readonly meanError: number;
  /** Of the population: the mean square of how far values are from their mean. */
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  /** Nodes that contribute; `undefined` where nobody has led an instance of COUNT. */
  readonly count: number | undefined;
  /** Its standard error, as the instances differ; `undefined` where fewer than four have come. */
  readonly countError: number | undefined;
  readonly sum: number | undefined;
  /** What `quantileOf` reads quantiles from; `undefined` where they are not gathered. */
  readonly sketch: SketchData | undefined;
  /** How far a quantile may be from a value of that rank, relative to it. */
  readonly quantileError: number | undefined;
}

/** A holding as an epoch begins. */
export function holdingOf(value: number, peak: number | undefined, quantiles: boolean): Holding {
  const { level, buckets } = quantiles ? sketchOf(value) : NO_SKETCH;
  const peaks = peak === undefined ? NO_PEAKS : [{ id: peak, weight: 1 }];
  return { mean: value, square: value * value, least: value, most: value, peaks, level, buckets };
}

/** What a node with `theirs` has to add so that both come to the mean; `ours` is to lose the same. */
export function changeOf(ours: Holding, theirs: Holding): Holding {
  const { level, buckets } = halfOf(combine(ours, theirs, -1));
  return {
    mean: (ours.mean - theirs.mean) / 2,
    square: (ours.square - theirs.square) / 2,
    least: ours.least,
    most: ours.most,
    peaks: addPeaks(ours.peaks, theirs.peaks, -1).map(({ id, weight }) => {
      return { id, weight: weight / 2 };
    }),
    level,
    buckets,
  };
}

/** Adds a change, or takes it away. Extrema join either way. */
export function applied(holding: Holding, change: Holding, sign: 1 | -1): Holding {
  const { level, buckets } = combine(holding, change, sign);
  return {
    mean: holding.mean + sign * change.mean,
    square: holding.square + sign * change.square,
    least: Math.min(holding.least, change.least),
    most: Math.max(holding.most, change.most),
    peaks: addPeaks(holding.peaks, change.peaks, sign),
    level,
    buckets,
  };
}

function combine(a: SketchData, b: SketchData, factor: number): SketchData {
  return a.buckets.length === 0 && b.buckets.length === 0 ? NO_SKETCH : addSketches(a, b, factor);
}

function halfOf({ level, buckets }: SketchData): SketchData {
  return { level, buckets: buckets.map(({ key, weight }) => ({ key, weight: weight / 2 })) };
}

/** Whether a holding says what numbers can say. A change is not one: its parts may be less than nothing. */
export function isPlausible({ mean, square, least, most }: Holding): boolean {
  return isValue(mean) && least <= most && square >= 0 && square <= LARGEST_VALUE * LARGEST_VALUE;
}

/** What goes with a holding in a result. */
export interface ResultFrame {
  readonly aggregate: string;
  readonly epoch: number;
  readonly exchanges: number;
  readonly settled: boolean;
  readonly ageMs: number;
  readonly meanError: number;
}

export function resultOf(holding: Holding, frame: ResultFrame): AggregateResult {
  const { mean, square, least, most, peaks } = holding;
  const size = sizeOf(peaks);
  const { level, buckets } = holding;
  const sketch = buckets.length > 0 ? { level, buckets } : undefined;
  return {
    ...frame,
    mean,
    // Two large numbers that are nearly the same may leave less than nothing.
    variance: Math.max(0, square - mean * mean),
    min: least,
    max: most,
    count: size?.count,
    countError: size?.error,
    sum: size === undefined ? undefined : mean * size.count,
    sketch,
    quantileError: sketch && relativeErrorOf(sketch),
  };
}
