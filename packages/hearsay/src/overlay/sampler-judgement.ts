/**
 * Whether counts are what chance makes of given shares: chi-square, to both sides.
 * @module
 */
import { exp, ln } from "../kernel/index.ts";

/** Standard deviations of a normal variable that one in ten thousand exceeds. */
const LIMIT = 3.719;

/**
 * Throws unless the counts are plausible for the shares, which are in proportion.
 * @param spread variance of a count in terms of that of independent draws
 */
export function judge(
  what: string,
  counts: readonly number[],
  shares: readonly number[],
  spread = 1,
): void {
  const draws = sum(counts);
  const all = sum(shares);
  let chiSquare = 0;
  for (const [i, count] of counts.entries()) {
    const expected = (draws * (shares[i] as number)) / all;
    chiSquare += ((count - expected) * (count - expected)) / expected;
  }
  const freedom = counts.length - 1;
  const deviation = normalOf(chiSquare / spread, freedom);
  if (Math.abs(deviation) <= LIMIT) return;
  const verdict = deviation > 0 ? "further from their shares" : "closer to their shares";
  throw new Error(
    `${what} are ${verdict} than chance allows: chi-square ${(chiSquare / spread).toFixed(1)} ` +
      `of ${freedom} degrees of freedom, counts ${counts.join()}`,
  );
}

/** Share of each pair when two are drawn one after the other, the second from what is left. */
export function pairShares(
  weights: readonly number[],
): readonly { readonly a: number; readonly b: number; readonly share: number }[] {
  const all = sum(weights);
  return weights.flatMap((first, a) =>
    weights.slice(a + 1).map((second, i) => {
      const share = (first * second) / (all - first) + (first * second) / (all - second);
      return { a, b: a + 1 + i, share };
    }),
  );
}

/** Wilson's and Hilferty's transformation: the cube root of chi-square is nearly normal. */
function normalOf(chiSquare: number, freedom: number): number {
  const variance = 2 / (9 * freedom);
  const root = chiSquare === 0 ? 0 : exp(ln(chiSquare / freedom) / 3);
  return (root - (1 - variance)) / Math.sqrt(variance);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
