/**
 * The clocks of one host.
 *
 *     monotonic   what its machine is told as `now`; runs at `1 + drift` of the world's time
 *     wall        looked at when a process starts, and by its application; it can jump
 *
 * Without drift the monotonic clock is the world's.
 * @module
 */
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";

export class HostClock {
  #rate = 1;
  /** The clock showed `#shown` when the world's time was `#since`. */
  #since = 0;
  #shown = 0;
  #isTrue = true;
  #wallMs = 0;

  /** Ms by which the wall clock is ahead of the world's. */
  get wallMs(): number {
    return this.#wallMs;
  }

  get drifts(): boolean {
    return this.#rate !== 1;
  }

  /** What the monotonic clock shows at a time of the world. */
  read(at: Instant): Instant {
    return this.#isTrue ? at : this.#skewed(at);
  }

  #skewed(at: Instant): Instant {
    return (this.#shown + (at - this.#since) * this.#rate) as Instant;
  }

  /** The first time of the world at which the clock shows `instant` or more. */
  whenShown(instant: Instant): Instant {
    return this.#isTrue || instant === NEVER ? instant : this.#whenSkewed(instant);
  }

  #whenSkewed(instant: Instant): Instant {
    let at = this.#since + (instant - this.#shown) / this.#rate;
    // A last bit may be missing; a timer that rings before its time would be set again for the same time.
    while (this.read(at as Instant) < instant) at += Math.max(at, 1) * Number.EPSILON;
    return at as Instant;
  }

  /** From `at` on the clock is fast by this share, or slow if it is negative. */
  drift(share: number, at: Instant): void {
    this.#shown = this.read(at);
    this.#since = at;
    this.#rate = 1 + share;
    this.#isTrue = this.#rate === 1 && this.#shown === at;
  }

  /** The wall clock jumps. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }
}
