/**
 * The last intervals between arrivals, with their mean and deviation.
 *
 *     ▏103▕ 98▕101▕107▕ 96▏   a ring: the newest takes the place of the oldest
 *
 * Sums are kept, not added up at each question, and added up anew each time that the ring has come round, so that what
 * rounding leaves behind does not grow for weeks.
 * @module
 */

/** Slots that a window begins with; it doubles up to its size. */
const FIRST_SLOTS = 8;

export interface SavedWindow {
  /** In the order of the ring. */
  readonly intervals: readonly number[];
  readonly next: number;
  readonly sum: number;
  readonly squares: number;
}

export class ArrivalWindow {
  readonly #size: number;
  #intervals: Float64Array;
  #count = 0;
  #next = 0;
  #sum = 0;
  #squares = 0;

  /** @param size intervals that it holds at most */
  constructor(size: number) {
    this.#size = size;
    this.#intervals = new Float64Array(Math.min(size, FIRST_SLOTS));
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#sum / this.#count;
  }

  /** Standard deviation of what it holds. */
  get deviation(): number {
    const { mean } = this;
    return Math.sqrt(Math.max(0, this.#squares / this.#count - mean * mean));
  }

  add(intervalMs: number): void {
    if (this.#next === this.#intervals.length) this.#comeRound();
    const replaced = this.#next < this.#count ? (this.#intervals[this.#next] as number) : 0;
    this.#intervals[this.#next++] = intervalMs;
    this.#sum += intervalMs - replaced;
    this.#squares += intervalMs * intervalMs - replaced * replaced;
    if (this.#count < this.#next) this.#count = this.#next;
  }

  save(): SavedWindow {
    const intervals = [...this.#intervals.subarray(0, this.#count)];
    return { intervals, next: this.#next, sum: this.#sum, squares: this.#squares };
  }

  /** Of an empty window. The sums come as they were: added up anew, their last bits would be others. */
  restore({ intervals, next, sum, squares }: SavedWindow): void {
    for (const interval of intervals) this.add(interval);
    this.#next = next;
    this.#sum = sum;
    this.#squares = squares;
  }

  /** The end of the ring: room for more, if there is to be more, or to the beginning. */
  #comeRound(): void {
    const { length } = this.#intervals;
    if (length < this.#size) {
      const larger = new Float64Array(Math.min(this.#size, 2 * length));
      larger.set(this.#intervals);
      this.#intervals = larger;
      return;
    }
    this.#next = 0;
    this.#sum = 0;
    this.#squares = 0;
    for (const interval of this.#intervals) {
      this.#sum += interval;
      this.#squares += interval * interval;
    }
  }
}
