/**
 * The contract of what judges silence: from the times at which somebody was heard to how much speaks for its death.
 *
 *     watch ──▶ heard · heard · heard ┄┄┄ silence ┄┄┄┄▶ level grows
 *                                             level <= limit  it may be late
 *                                             level > limit   it is taken for dead
 *
 * A detector knows no network: what is heard may be heartbeats that were gossiped, acks, or any message. It has no
 * timer; who wants to know asks. And it has no clock: a caller that was stopped itself hands in an instant
 * that has stood still meanwhile (`AwakeClock`).
 * @module
 */
import type { Instant, Saved } from "../kernel/index.ts";

export interface SilenceDetector {
  /** Above this level, silence is taken for death. */
  readonly limit: number;
  /** Begins to watch somebody who was not watched; that counts as being heard. */
  watch(name: string, now: Instant): void;
  /** It was heard; no matter if it is not watched. */
  heard(name: string, now: Instant): void;
  forget(name: string): void;
  /** 0 for whoever is not watched. Never falls as long as nothing is heard. */
  level(name: string, now: Instant): number;
  save(): Saved;
  /** Of a fresh detector with the same options. */
  restore(saved: Saved): void;
}

/** The detector of van Renesse et al. 1998: its level is the silence in ms, its limit T_fail. */
export class TimeoutDetector implements SilenceDetector {
  readonly limit: number;
  readonly #heardAt = new Map<string, Instant>();

  /** @param failMs T_fail */
  constructor(failMs: number) {
    this.limit = failMs;
  }

  watch(name: string, now: Instant): void {
    this.#heardAt.set(name, now);
  }

  heard(name: string, now: Instant): void {
    if (this.#heardAt.has(name)) this.#heardAt.set(name, now);
  }

  forget(name: string): void {
    this.#heardAt.delete(name);
  }

  level(name: string, now: Instant): number {
    return Math.max(0, now - (this.#heardAt.get(name) ?? now));
  }

  save(): ReadonlyMap<string, Instant> {
    return new Map(this.#heardAt);
  }

  restore(saved: Saved): void {
    for (const [name, at] of saved as ReadonlyMap<string, Instant>) this.#heardAt.set(name, at);
  }
}
