/**
 * The tail of the normal distribution as a power of ten, far out, too, where the tail itself would be no number any more.
 *
 *     Q(z) = P(Z > z)        z < 2.5    1/2 − φ(z) · (z + z³/3 + z⁵/15 + …)
 *                            z >= 2.5   φ(z) / (z + 1/(z + 2/(z + 3/(z + …))))
 *
 * By `+ − × ÷` alone, so that every engine finds the same suspicion at the same instant.
 * @see Abramowitz and Stegun 26.2.11, 26.2.14
 * @module
 */
import { exp, ln } from "../kernel/index.ts";

/** ln √(2π). */
const LN_ROOT_TWO_PI = 0.918_938_533_204_672_8;
/** From here on the fraction converges faster than the series, which loses digits. */
const FAR = 2.5;
const FRACTION_TERMS = 100;
const LEAST_TERM = 1e-18;

/** `−log10 Q(z)`: 0.301 at 0, 15.2 at 8; below 0 it goes to nothing. */
export function normalTail(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (z === Infinity) return Infinity;
  const size = Math.abs(z);
  const minusLn = size < FAR ? 0 - ln(near(size)) : far(size);
  // What is certain up to the tail on the other side is as likely as all but that tail.
  return (z < 0 ? 0 - ln(1 - exp(-minusLn)) : minusLn) / Math.LN10;
}

function near(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > LEAST_TERM * sum; odd += 2) {
    term = (term * z * z) / odd;
    sum += term;
  }
  return 0.5 - sum * exp(-(z * z) / 2 - LN_ROOT_TWO_PI);
}

/** `−ln Q(z)`. */
function far(z: number): number {
  let fraction = z;
  for (let k = FRACTION_TERMS; k >= 1; k--) fraction = z + k / fraction;
  return (z * z) / 2 + LN_ROOT_TWO_PI + ln(fraction);
}
