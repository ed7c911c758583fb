/**
 * Rules that options must keep, checked once at the edge.
 * @module
 */
import { optionError } from "./errors.ts";

/**
 * A whole number in `low..high`.
 * @throws HearsayError `ERR_OPTION`
 */
export function checkInteger(option: string, value: unknown, low: number, high: number): void {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
    throw optionError(option, `a whole number in ${low}..${high}`, value);
  }
}
