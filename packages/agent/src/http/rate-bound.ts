/**
 * So many a second, and a second's worth at once.
 * @module
 */
export class RateBound {
  readonly perSecond: number;
  #left: number;
  #at = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
    this.#left = perSecond;
  }

  /** `now` in ms. */
  take(now: number): boolean {
    const earned = ((now - this.#at) * this.perSecond) / 1000;
    this.#left = Math.min(this.perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
