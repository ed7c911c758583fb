/**
 * What the network has come to, as a node tells it: the result of an epoch, or an estimate of one under way.
 * @module
 */
import { sizeOf } from "./peaks.ts";
import { relativeErrorOf } from "./sketch.ts";
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
   * By how much nodes' means still differ, as a standard deviation; `Infinity` before the first exchange. That is the error
   * as long as nothing is lost; what lost answers have added to all nodes alike only the next epoch shows.
   */
  readonly meanError: number;
  /** Of the population: the mean square of how far values are from their mean. */
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  /** Nodes that contribute a value; `undefined` where nobody has led an instance of COUNT. */
  readonly count: number | undefined;
  /** Its standard error, as the instances differ; `undefined` where fewer than four have come. */
  readonly countError: number | undefined;
  readonly sum: number | undefined;
  /** What `quantileOf` reads quantiles from; `undefined` where they are not gathered. */
  readonly sketch: SketchData | undefined;
  /** How far a quantile may be from a value of that rank, relative to it. */
  readonly quantileError: number | undefined;
}

/** What goes with a holding in a result. */
export type ResultFrame = Pick<
  AggregateResult,
  "aggregate" | "epoch" | "exchanges" | "settled" | "ageMs" | "meanError"
>;

/** Where less than this share of nodes has a value, or none has come yet, there is nothing to tell. */
const LEAST_WEIGHT = 1e-9;

export function resultOf(holding: Holding, frame: ResultFrame): AggregateResult | undefined {
  const { weight, least, most, peaks, level, buckets } = holding;
  if (!(weight > LEAST_WEIGHT)) return undefined;
  const mean = holding.mean / weight;
  const size = sizeOf(peaks);
  const count = size && size.count * weight;
  const sketch = buckets.length > 0 ? { level, buckets } : undefined;
  const { aggregate, epoch, exchanges, settled, ageMs, meanError } = frame;
  // Field by field: so many by a spread would make a hash table of three kilobytes.
  return {
    aggregate,
    epoch,
    exchanges,
    settled,
    ageMs,
    mean,
    meanError,
    // Two large numbers that are nearly the same may leave less than nothing.
    variance: Math.max(0, holding.square / weight - mean * mean),
    min: least,
    max: most,
    count,
    countError: size?.error && size.error * weight,
    sum: count && mean * count,
    sketch,
    quantileError: sketch && relativeErrorOf(sketch),
  };
}
