/**
 * Time without that in which we were late ourselves: the guard of detectors against their own pauses.
 *
 *     host's clock    ├──tick──┤├──tick──┤├──tick──┄┄┄ stopped ┄┄┄┄┤├──tick──┤
 *     awake           ├──tick──┤├──tick──┤├──tick──┤                ├──tick──┤
 *
 * A machine that ticks knows that it was late when anything comes behind its deadline. By as much as it was late, its
 * own time stands still: nobody has been silent for it in the meantime.
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";

export interface SavedAwakeClock {
  readonly excusedMs: number;
  readonly lateMs: number;
}

export class AwakeClock {
  #excusedMs = 0;
  /** How much of it belongs to the deadline that is behind: several inputs may come before the timeout does. */
  #lateMs = 0;

  /** Time that has been taken out so far. */
  get excusedMs(): number {
    return this.#excusedMs;
  }

  /** Our own time at an input, when the machine's deadline is `deadline`. */
  at(now: Instant, deadline: Instant): Instant {
    const lateMs = Math.max(0, now - deadline);
    this.#excusedMs += Math.max(0, lateMs - this.#lateMs);
    this.#lateMs = lateMs;
    return this.read(now);
  }

  /** Our own time, for whoever asks between two inputs. */
  read(now: Instant): Instant {
    return later(now, -this.#excusedMs);
  }

  /** The machine has a new deadline. */
  rearmed(): void {
    this.#lateMs = 0;
  }

  save(): SavedAwakeClock {
    return { excusedMs: this.#excusedMs, lateMs: this.#lateMs };
  }

  restore({ excusedMs, lateMs }: SavedAwakeClock): void {
    this.#excusedMs = excusedMs;
    this.#lateMs = lateMs;
  }
}
