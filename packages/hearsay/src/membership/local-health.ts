/**
 * Local health: how far this node distrusts itself before it distrusts others.
 *
 *     0 ──────────────▶ most
 *     well              slow: probes wait this many times longer, and one time more
 *
 * The score rises when our own slowness would explain what we see, and falls with each probe that succeeds.
 * @see Lifeguard §III.A; docs/protocols/lifeguard.md, local health
 * @module
 */

export class LocalHealth {
  readonly #most: number;
  #score = 0;

  /** `multiplier` is the largest `factor`: memberlist's AwarenessMaxMultiplier. At 1 nothing ever scales. */
  constructor(multiplier: number) {
    this.#most = multiplier - 1;
  }

  /** 0 is well. */
  get score(): number {
    return this.#score;
  }

  /** What the probe interval and the probe timeout are multiplied by. */
  get factor(): number {
    return this.#score + 1;
  }

  restore(score: number): void {
    this.#score = score;
  }

  /** Adds to the score, which stays within its bounds. */
  change(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#most);
  }
}
