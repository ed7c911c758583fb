/**
 * Random numbers by number: the same question gets the same answer, whoever was asked before.
 *
 *     lots.unit(17)      the lot of the seventeenth datagram, whether or not the other sixteen were cast
 *
 * With a source that is drawn from in turn, a fault that is switched off would have to draw all the same, or
 * else shift what it draws when it is on. Lots cost nothing where nobody asks.
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 * @module
 */
import type { Rng } from "../kernel/index.ts";

const TWO_32 = 4_294_967_296;

export class Lots {
  readonly #first: number;
  readonly #second: number;

  constructor(rng: Rng) {
    this.#first = rng.below(TWO_32);
    this.#second = rng.below(TWO_32);
  }

  /** Uniform in `[0, 1)`; `aspect` tells several questions about the same thing apart. */
  unit(number: number, aspect = 0): number {
    const low = mix((number | 0) ^ this.#first);
    const high = Math.floor(number / TWO_32);
    return mix(mix(low + this.#second + high) ^ Math.imul(aspect, 0x9e37_79b9)) / TWO_32;
  }

  /** Uniform whole number in `[0, bound)`. */
  below(bound: number, number: number, aspect = 0): number {
    return Math.floor(this.unit(number, aspect) * bound);
  }
}

/** Stirs 32 bits so that each of them hangs on all; the constants are those of Wellons' search. */
function mix(bits: number): number {
  let x = bits;
  x = Math.imul(x ^ (x >>> 16), 0x7feb_352d);
  x = Math.imul(x ^ (x >>> 15), 0x846c_a68b);
  return (x ^ (x >>> 16)) >>> 0;
}
