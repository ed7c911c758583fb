/**
 * Which of an origin's broadcasts have been seen.
 *
 *     number   … 7  8  9  10  11  12          highest = 12
 *     seen     … ■  ■  □   ■   ■   ■
 *                └──── window ────┘
 *
 * What is older than the window counts as seen: a broadcast that late has had its time, and the memory of
 * one origin stays at `WINDOW / 8` bytes.
 * @module
 */

/** Broadcasts of one origin that are told apart. */
export const WINDOW = 1024;

export class SeenWindow {
  readonly epoch: number;
  #highest = 0;
  readonly #bits = new Uint32Array(WINDOW / 32);

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Marks `number`; false if it was marked before or is too old to know. */
  mark(number: number): boolean {
    if (number > this.#highest) this.#advance(number);
    else if (number <= this.#highest - WINDOW) return false;
    const word = (number % WINDOW) >>> 5;
    const bit = 1 << (number & 31);
    if (((this.#bits[word] as number) & bit) !== 0) return false;
    this.#bits[word] = (this.#bits[word] as number) | bit;
    return true;
  }

  /** Clears the places that numbers up to `number` will take. */
  #advance(number: number): void {
    if (number - this.#highest >= WINDOW) this.#bits.fill(0);
    else {
      for (let next = this.#highest + 1; next <= number; next++) {
        const word = (next % WINDOW) >>> 5;
        this.#bits[word] = (this.#bits[word] as number) & ~(1 << (next & 31));
      }
    }
    this.#highest = number;
  }
}

/** The windows of a bounded number of origins; the one that has been silent longest is given up. */
export class SeenOrigins {
  readonly #max: number;
  readonly #windows = new Map<string, SeenWindow>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** Whether this broadcast is new; remembers it. Those of an earlier boot of the origin never are. */
  isNew(origin: string, epoch: number, number: number): boolean {
    let window = this.#windows.get(origin);
    if (window !== undefined && window.epoch > epoch) return false;
    if (window === undefined || window.epoch < epoch) window = new SeenWindow(epoch);
    this.#windows.delete(origin);
    this.#windows.set(origin, window);
    if (this.#windows.size > this.#max) {
      const [longestSilent] = this.#windows.keys();
      this.#windows.delete(longestSilent as string);
    }
    return window.mark(number);
  }
}
