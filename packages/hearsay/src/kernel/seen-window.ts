/**
 * Which of an origin's broadcasts have been seen.
 *
 *     number   … 7  8  9  10  11  12          highest = 12
 *     seen     … ■  ■  □   ■   ■   ■
 *                └──── window ────┘
 *
 * What is older than the window counts as seen: a broadcast that late has had its time, and the memory of
 * one origin stays at `SEEN_WINDOW / 8` bytes.
 * @module
 */
import type { Instant } from "./time.ts";

/** Broadcasts of one origin that are told apart. */
export const SEEN_WINDOW = 1024;

export interface SavedSeenWindow {
  readonly epoch: number;
  readonly highest: number;
  /** 32 numbers a word. */
  readonly bits: readonly number[];
}

export class SeenWindow {
  readonly epoch: number;
  #highest = 0;
  readonly #bits = new Uint32Array(SEEN_WINDOW / 32);

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Marks `number`; false if it was marked before or is too old to know. */
  mark(number: number): boolean {
    if (number > this.#highest) this.#advance(number);
    else if (number <= this.#highest - SEEN_WINDOW) return false;
    const word = (number % SEEN_WINDOW) >>> 5;
    const bit = 1 << (number & 31);
    if (((this.#bits[word] as number) & bit) !== 0) return false;
    this.#bits[word] = (this.#bits[word] as number) | bit;
    return true;
  }

  /** Whether `mark` would say no. */
  has(number: number): boolean {
    if (number > this.#highest) return false;
    if (number <= this.#highest - SEEN_WINDOW) return true;
    const word = (number % SEEN_WINDOW) >>> 5;
    return ((this.#bits[word] as number) & (1 << (number & 31))) !== 0;
  }

  save(): SavedSeenWindow {
    return { epoch: this.epoch, highest: this.#highest, bits: [...this.#bits] };
  }

  /** Of a window of the same epoch that has seen nothing. */
  restore({ highest, bits }: SavedSeenWindow): void {
    this.#highest = highest;
    this.#bits.set(bits);
  }

  /** Clears the places that numbers up to `number` will take. */
  #advance(number: number): void {
    if (number - this.#highest >= SEEN_WINDOW) this.#bits.fill(0);
    else {
      for (let next = this.#highest + 1; next <= number; next++) {
        const word = (next % SEEN_WINDOW) >>> 5;
        this.#bits[word] = (this.#bits[word] as number) & ~(1 << (next & 31));
      }
    }
    this.#highest = number;
  }
}

/**
 * Ms for which an origin must have been silent before it may be given up for another: longer than any broadcast
 * travels. Forgotten while its broadcasts still travel, it would be new again, and go round for ever.
 */
export const ORIGIN_SILENT_MS = 60_000;

export type Sighting = "new" | "repeated" | "tooManyOrigins";

export interface SavedSeenOrigins {
  /** The one that has been silent longest first. */
  readonly windows: readonly {
    readonly origin: string;
    readonly at: Instant;
    readonly window: SavedSeenWindow;
  }[];
  readonly givenUp: number;
}

/** The windows of a bounded number of origins; one that has been silent for long makes room. */
export class SeenOrigins {
  readonly #max: number;
  /** The one that has been silent longest first. */
  readonly #windows = new Map<string, { readonly window: SeenWindow; readonly at: Instant }>();
  #givenUp = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** Origins that were given up for others. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Whether this broadcast was seen, or is too old to tell. */
  has(origin: string, epoch: number, number: number): boolean {
    const window = this.#windows.get(origin)?.window;
    if (window === undefined || window.epoch < epoch) return false;
    return window.epoch > epoch || window.has(number);
  }

  /** Whether this broadcast is new; remembers it. Those of an earlier boot of the origin never are. */
  see(origin: string, epoch: number, number: number, now: Instant): Sighting {
    const known = this.#windows.get(origin)?.window;
    if (known !== undefined && known.epoch > epoch) return "repeated";
    if (known === undefined && !this.#makeRoom(now)) return "tooManyOrigins";
    const window = known?.epoch === epoch ? known : new SeenWindow(epoch);
    this.#windows.delete(origin);
    this.#windows.set(origin, { window, at: now });
    return window.mark(number) ? "new" : "repeated";
  }

  save(): SavedSeenOrigins {
    const windows = [...this.#windows].map(([origin, { window, at }]) => {
      return { origin, at, window: window.save() };
    });
    return { windows, givenUp: this.#givenUp };
  }

  restore({ windows, givenUp }: SavedSeenOrigins): void {
    for (const { origin, at, window: saved } of windows) {
      const window = new SeenWindow(saved.epoch);
      window.restore(saved);
      this.#windows.set(origin, { window, at });
    }
    this.#givenUp = givenUp;
  }

  #makeRoom(now: Instant): boolean {
    if (this.#windows.size < this.#max) return true;
    for (const [origin, { at }] of this.#windows) {
      if (now - at < ORIGIN_SILENT_MS) return false;
      this.#windows.delete(origin);
      this.#givenUp++;
      return true;
    }
    return false;
  }
}
