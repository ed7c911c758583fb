/**
 * What maps have to report of clocks: once for each state, and of a peer whose clock is wrong once a minute.
 * @module
 */
import { HearsayError, later } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";

/** A peer whose clock is wrong is reported as often. */
const QUIET_MS = 60_000;

export class ClockReports {
  readonly #trouble: (error: HearsayError) => void;
  #offMs = 0;
  #quietUntil: Instant = 0 as Instant;

  constructor(trouble: (error: HearsayError) => void) {
    this.#trouble = trouble;
  }

  /** The same of all maps: told once for each state. */
  off(offMs: number): void {
    if ((offMs === 0) === (this.#offMs === 0)) return;
    this.#offMs = offMs;
    if (offMs === 0) return;
    const seconds = Math.round(Math.abs(offMs) / 1000);
    const message =
      offMs > 0
        ? `this machine's clock is ${seconds} s ahead of the others': maps are stamped with theirs`
        : `this machine's clock is ${seconds} s behind the others'`;
    this.#trouble(new HearsayError("ERR_CLOCK", message, { received: offMs }));
  }

  /** Writes were refused for now. */
  fromFuture(map: string, rows: number, now: Instant): void {
    if (now < this.#quietUntil) return;
    this.#quietUntil = later(now, QUIET_MS);
    const message = `${rows} writes of map ${map} come from a clock far ahead of ours: they wait until their time has come`;
    this.#trouble(new HearsayError("ERR_CLOCK", message));
  }
}
