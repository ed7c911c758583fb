/**
 * How often a piece of news is sent, for all who spread some.
 * @module
 */

/**
 * memberlist's retransmit limit, `mult * ceil(log10(n + 1))`, in whole numbers: Go computes it with a
 * logarithm, whose last bit differs between engines.
 */
export function retransmitLimit(mult: number, n: number): number {
  // For whole n, ceil(log10(n + 1)) is the count of decimal digits of n, and 0 for 0.
  let digits = 0;
  for (let power = 1; n >= power; power *= 10) digits++;
  return mult * digits;
}
