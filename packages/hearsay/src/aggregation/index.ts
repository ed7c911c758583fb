/**
 * Aggregation: what a network comes to, known at every node: means, sums, counts, extrema, variance, quantiles.
 * @see docs/protocols/aggregation.md
 * @module
 */
export type { AggregateResult } from "./aggregate-result.ts";
export { Averaging, MAX_AGGREGATES } from "./averaging.ts";
export type { Aggregated, AveragingOptions, ValueWanted } from "./averaging.ts";
export type { AveragingCommand, Contribution, Wish, Withdrawal } from "./contribution.ts";
export {
  AVERAGING_DEFAULTS,
  PUSH_SUM_DEFAULTS,
  resolveAveragingConfig,
  resolvePushSumConfig,
} from "./config.ts";
export type { AveragingConfig, PushSumConfig } from "./config.ts";
export { isValue, LARGEST_VALUE } from "./limits.ts";
export { PushSum } from "./push-sum.ts";
export type { PushSumContribution, PushSumEstimate, PushSumOptions, Summed } from "./push-sum.ts";
export { addSketches, MAX_BUCKETS, quantileOf, relativeErrorOf, sketchOf } from "./sketch.ts";
export type { Bucket, SketchData } from "./sketch.ts";
export {
  AVERAGING_CHANNEL,
  AVERAGING_MESSAGES,
  MAX_AGGREGATE_NAME,
  PUSH_SUM_CHANNEL,
  PUSH_SUM_MESSAGES,
} from "./wire.ts";
export type { Absent, AveragingMessage, Elsewhere, Exchange, Half, Holding } from "./wire.ts";
