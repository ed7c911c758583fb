/**
 * Numbers that aggregation takes, from peers and from its application alike.
 * @module
 */

/** Larger values are refused: their squares must be finite, and sums of a million of those too. */
export const LARGEST_VALUE = 1e100;

/** Whether a value can be aggregated. */
export function isValue(value: unknown): value is number {
  return typeof value === "number" && value >= -LARGEST_VALUE && value <= LARGEST_VALUE;
}
