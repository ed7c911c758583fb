/**
 * Seeded randomness. The machines take a source as an argument and know no other.
 * @module
 */
import { invariant } from "./errors.ts";

/** A seedable source of randomness. */
export interface Rng {
  /** Uniform integer in `[0, bound)`; `bound` must be in `1..2**32`. */
  below(bound: number): number;
  /** Uniform in `[0, 1)`, 32 bits fine. */
  unit(): number;
  /** A source of its own for a part of the program, independent of how often this one is used after. */
  fork(): Rng;
}

/** The state of an `Sfc32`. */
export type SavedRng = readonly [a: number, b: number, c: number, counter: number];

const WARM_UP_ROUNDS = 12;
const TWO_32 = 4294967296;

/**
 * sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state, about 15 ns a number in V8, the same
 * in every engine because it uses 32-bit integer operations alone.
 */
export class Sfc32 implements Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Seeds with up to 96 bits; the same words always give the same sequence. */
  constructor(seed: number, seed2 = 0, seed3 = 0) {
    this.#a = seed | 0;
    this.#b = seed2 | 0;
    this.#c = seed3 | 0;
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.#next();
  }

  below(bound: number): number {
    const isSound = bound >= 1 && bound <= TWO_32;
    if (!isSound) invariant(false, `below(${bound}): bound must be in 1..2**32`);
    // Values above the last whole multiple of `bound` would favour small results: draw again. Engines divide numbers of more
    // than 31 bits fast, and take remainders of them slowly; below 2**53 both are exact.
    const limit = Math.floor(TWO_32 / bound) * bound;
    let value = this.#next();
    while (value >= limit) value = this.#next();
    // Unsigned, or engines would keep it as a double, and so each field that it ever comes to.
    return (value - Math.floor(value / bound) * bound) >>> 0;
  }

  unit(): number {
    return this.#next() / TWO_32;
  }

  /** All of its state: four 32-bit integers. */
  save(): SavedRng {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  /** Goes on where the source that was saved stood. */
  restore([a, b, c, counter]: SavedRng): void {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }

  fork(): Sfc32 {
    return new Sfc32(this.#next(), this.#next(), this.#next());
  }

  /** The next 32 bits, unsigned. */
  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** A list or a typed array, of which entries change places. */
interface Sortable<T> {
  readonly length: number;
  [index: number]: T;
}

/** Puts `items` into a uniformly random order, in place (Fisher and Yates). */
export function shuffle<T>(items: Sortable<T>, rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const held = items[i] as T;
    items[i] = items[j] as T;
    items[j] = held;
  }
}
