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

const WORDS = SEEN_WINDOW / 32;

export interface SavedSeenWindow {
  readonly epoch: number;
  readonly highest: number;
  /** 32 numbers a word. */
  readonly bits: readonly number[];
}

export class SeenWindow {
  readonly epoch: number;
  #highest = 0;
  /** The first word, for as long as no number has been higher: most origins of most nodes are heard but a few times. */
  #first = 0;
  #words: Uint32Array | undefined;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Marks `number`; false if it was marked before or is too old to know. */
  mark(number: number): boolean {
    if (number > this.#highest) this.#advance(number);
    else if (number <= this.#highest - SEEN_WINDOW) return false;
    const bit = 1 << (number & 31);
    const words = this.#words;
    if (words === undefined) {
      const isNew = (this.#first & bit) === 0;
      this.#first |= bit;
      return isNew;
    }
    const word = (number % SEEN_WINDOW) >>> 5;
    if (((words[word] as number) & bit) !== 0) return false;
    words[word] = (words[word] as number) | bit;
    return true;
  }

  /** Whether `mark` would say no. */
  has(number: number): boolean {
    if (number > this.#highest) return false;
    if (number <= this.#highest - SEEN_WINDOW) return true;
    const word = this.#words?.[(number % SEEN_WINDOW) >>> 5] ?? this.#first;
    return (word & (1 << (number & 31))) !== 0;
  }

  save(): SavedSeenWindow {
    const bits = [...(this.#words ?? new Uint32Array(WORDS))];
    if (this.#words === undefined) bits[0] = this.#first >>> 0;
    return { epoch: this.epoch, highest: this.#highest, bits };
  }

  /** Of a window of the same epoch that has seen nothing. */
  restore({ highest, bits }: SavedSeenWindow): void {
    this.#highest = highest;
    this.#first = bits[0] ?? 0;
    if (highest >= 32) this.#words = Uint32Array.from(bits);
  }

  /** Clears the places that numbers up to `number` will take. */
  #advance(number: number): void {
    if (number >= 32) {
      const words = (this.#words ??= Uint32Array.of(this.#first, ...new Uint32Array(WORDS - 1)));
      if (number - this.#highest >= SEEN_WINDOW) words.fill(0);
      else {
        for (let next = this.#highest + 1; next <= number; next++) {
          const word = (next % SEEN_WINDOW) >>> 5;
          words[word] = (words[word] as number) & ~(1 << (next & 31));
        }
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

interface OriginRow {
  readonly origin: string;
  window: SeenWindow;
  at: Instant;
}

/** The windows of a bounded number of origins; one that has been silent for long makes room. */
export class SeenOrigins {
  readonly #max: number;
  /** The one that has been silent longest first; made when there are two. */
  #others: Map<string, OriginRow> | undefined;
  /** The one that was seen last, which is often seen again: it is found without a search. */
  #last: OriginRow | undefined;
  #givenUp = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return (this.#others?.size ?? 0) + (this.#last === undefined ? 0 : 1);
  }

  /** Origins that were given up for others. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Whether this broadcast was seen, or is too old to tell. */
  has(origin: string, epoch: number, number: number): boolean {
    const last = this.#last;
    const window = (last?.origin === origin ? last : this.#others?.get(origin))?.window;
    if (window === undefined || window.epoch < epoch) return false;
    return window.epoch > epoch || window.has(number);
  }

  /** Whether this broadcast is new; remembers it. Those of an earlier boot of the origin never are. */
  see(origin: string, epoch: number, number: number, now: Instant): Sighting {
    const last = this.#last;
    const known = last?.origin === origin ? last : this.#others?.get(origin);
    if (known === undefined && !this.#makeRoom(now)) return "tooManyOrigins";
    const row = known ?? { origin, window: new SeenWindow(epoch), at: now };
    if (row.window.epoch > epoch) return "repeated";
    if (row.window.epoch < epoch) row.window = new SeenWindow(epoch);
    row.at = now;
    if (row !== last) this.#follow(row);
    return row.window.mark(number) ? "new" : "repeated";
  }

  save(): SavedSeenOrigins {
    const rows = [...(this.#others?.values() ?? [])];
    if (this.#last !== undefined) rows.push(this.#last);
    const windows = rows.map(({ origin, at, window }) => ({ origin, at, window: window.save() }));
    return { windows, givenUp: this.#givenUp };
  }

  restore({ windows, givenUp }: SavedSeenOrigins): void {
    for (const { origin, at, window: saved } of windows) {
      const window = new SeenWindow(saved.epoch);
      window.restore(saved);
      this.#follow({ origin, window, at });
    }
    this.#givenUp = givenUp;
  }

  /** Makes a row the last. */
  #follow(row: OriginRow): void {
    this.#others?.delete(row.origin);
    const last = this.#last;
    if (last !== undefined) (this.#others ??= new Map<string, OriginRow>()).set(last.origin, last);
    this.#last = row;
  }

  #makeRoom(now: Instant): boolean {
    if (this.size < this.#max) return true;
    const [longest] = this.#others?.values() ?? [];
    const silent = longest ?? this.#last;
    if (silent === undefined || now - silent.at < ORIGIN_SILENT_MS) return false;
    if (silent === this.#last) this.#last = undefined;
    else this.#others?.delete(silent.origin);
    this.#givenUp++;
    return true;
  }
}
