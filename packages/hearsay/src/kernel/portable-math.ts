/**
 * Logarithm and exponential with the same bits in every engine.
 *
 * `Math.log` and `Math.exp` differ in the last bit between engines, and one bit is enough for two runs of a
 * seed to part. These use `+ − × ÷` alone, which IEEE 754 rounds exactly, and are right but for the last
 * bits themselves.
 *
 *     ln(x)     x = m · 2^e, √½ <= m < √2;    e · ln 2 + 2 · artanh((m − 1) / (m + 1))
 *     exp(x)    x = k · ln 2 + r, |r| <= ½ ln 2;    2^k · (1 + r + r²/2! + …)
 *
 * @module
 */

/** The first 32 bits of ln 2, which multiply with whole numbers up to 2^20 exactly, and the rest. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** 2^64. */
const LARGEST = 18_446_744_073_709_551_616;
/** `2^(2^i)`, by which a number comes near to one in few steps. */
const POWERS: readonly number[] = [2, 4, 16, 256, 65_536, 4_294_967_296, LARGEST];
/** The first term left out is below 2^-54 of the sum. */
const LN_TERMS = 23;
const EXP_TERMS = 14;
/** Beyond these, `exp` is infinite or nothing. */
const EXP_MOST = 709.78;
const EXP_LEAST = -708.39;

/** The natural logarithm; `-Infinity` of 0 and `NaN` of what is negative. */
export function ln(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  let m = x;
  let e = 0;
  while (m >= Math.SQRT2 || m < Math.SQRT1_2) {
    const up = m < Math.SQRT1_2;
    let i = POWERS.length - 1;
    const distance = up ? 1 / m : m;
    while (i > 0 && (POWERS[i] as number) > distance) i--;
    m = up ? m * (POWERS[i] as number) : m / (POWERS[i] as number);
    e += up ? -(1 << i) : 1 << i;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = LN_TERMS; odd >= 1; odd -= 2) sum = sum * square + 1 / odd;
  return e * LN2_HIGH + (2 * s * sum + e * LN2_LOW);
}

/** `e` to the power of `x`. */
export function exp(x: number): number {
  if (!(x <= EXP_MOST)) return x > EXP_MOST ? Infinity : NaN;
  if (x < EXP_LEAST) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = EXP_TERMS; n >= 1; n--) sum = 1 + (r * sum) / n;
  let rest = Math.abs(k);
  for (; rest >= 64; rest -= 64) sum = k > 0 ? sum * LARGEST : sum / LARGEST;
  for (let i = 0; rest > 0; i++, rest >>= 1) {
    const power = (rest & 1) === 0 ? 1 : (POWERS[i] as number);
    sum = k > 0 ? sum * power : sum / power;
  }
  return sum;
}
