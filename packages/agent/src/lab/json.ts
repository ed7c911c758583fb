/**
 * Values as JSON.
 * @module
 */

/** JSON has no NaN: what there is no value of is null. */
export function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
