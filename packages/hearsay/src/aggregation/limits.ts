/**
 * Numbers that aggregation takes, from peers and from its application alike.
 * @module
 */

/** Larger values are refused: their squares must be finite, and sums of a million of those too. */
export const LARGEST_VALUE = 1e100;

/** Whether numbers can be those of a holding: of a change they are not, its parts may be less than nothing. */
export function isHolding(
  weight: number,
  mean: number,
  square: number,
  least: number,
  most: number,
): boolean {
  if (!(weight >= 0 && weight <= 1 && isValue(mean))) return false;
  if (!(square >= 0 && square <= LARGEST_VALUE * LARGEST_VALUE)) return false;
  // Who has heard of no value holds neither a least nor a most.
  return least <= most || (least === LARGEST_VALUE && most === -LARGEST_VALUE);
}

/** Whether a value can be aggregated. */
export function isValue(value: unknown): value is number {
  return typeof value === "number" && value >= -LARGEST_VALUE && value <= LARGEST_VALUE;
}
