/**
 * The hybrid logical clock of Kulkarni, Demirbas, Madappa, Avva and Leone (2014): stamps that agree with causality, and stay
 * close to the wall clock.
 *
 *     stamp    ┌────────── ms since 1970: 42 bits ──────────┬─ count: 11 bits ─┐      one safe integer
 *
 *     tick     max(last + 1, wall)                     ours: greater than all that we have seen
 *     observe  last = max(last, theirs)                theirs: unless it is too far ahead of our wall clock
 *
 * The count is what there is of a millisecond: the 2049th stamp in one has the next. A wall clock that goes back makes no stamp
 * smaller: the clock counts on until the wall has come up. A stamp more than `maxDriftMs` ahead is refused, and does not
 * draw the clock: one replica with a clock of next year must not take the others there.
 * @module
 */
import { checkInteger } from "../kernel/index.ts";

/** Stamps of one millisecond. */
const STAMPS_PER_MS = 2048;
/** The year 2109, where the bits end. */
const LAST_MS = 4_398_046_511_103;

export interface HybridClockOptions {
  /**
   * How far ahead of our wall clock a stamp of others may be. Greater than clocks in the cluster differ, smaller than
   * you would wait for a wrong one. @default 60000
   */
  readonly maxDriftMs?: number;
}

/** `ms` since 1970 and the count in it, in one number that orders as the pair does. */
export function stampOf(ms: number, count = 0): number {
  return ms * STAMPS_PER_MS + count;
}

export function stampMs(stamp: number): number {
  return Math.floor(stamp / STAMPS_PER_MS);
}

export function stampCount(stamp: number): number {
  return stamp % STAMPS_PER_MS;
}

export class HybridClock {
  readonly maxDriftMs: number;
  #last = 0;
  #refused = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ maxDriftMs = 60_000 }: HybridClockOptions = {}) {
    checkInteger("maxDriftMs", maxDriftMs, 0, LAST_MS);
    this.maxDriftMs = maxDriftMs;
  }

  /** The greatest stamp made or observed. */
  get last(): number {
    return this.#last;
  }

  /** Stamps that were too far ahead. */
  get refused(): number {
    return this.#refused;
  }

  /** How far the clock is ahead of the wall, in ms: more than a little when the wall clock went back. */
  aheadMs(wallMs: number): number {
    return Math.max(0, stampMs(this.#last) - wallMs);
  }

  /**
   * A stamp of ours, greater than any before.
   * @throws HearsayError `ERR_OPTION` `wallMs` is no time in this century.
   */
  tick(wallMs: number): number {
    const ms = Math.floor(wallMs);
    checkInteger("wallMs", ms, 0, LAST_MS - 1);
    this.#last = Math.max(this.#last + 1, stampOf(ms));
    return this.#last;
  }

  /** Takes notice of a stamp; false if it is too far ahead to be believed. */
  observe(stamp: number, wallMs: number): boolean {
    if (stampMs(stamp) > wallMs + this.maxDriftMs) {
      this.#refused++;
      return false;
    }
    if (stamp > this.#last) this.#last = stamp;
    return true;
  }

  /** The stamp to go on from. */
  save(): number {
    return this.#last;
  }

  restore(last: number): void {
    this.#last = Math.max(this.#last, last);
  }
}
