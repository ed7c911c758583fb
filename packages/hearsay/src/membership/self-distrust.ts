/**
 * Self-distrust: a node that was asleep does not judge what it has missed.
 *
 *     deadline          now
 *        ├──── late ─────┤   the budget of every probe, errand and suspicion under way moves along
 *        │    asleep     ├─── a probe timeout, a suspicion's least time: nobody is accused before
 *
 * A process that is stopped, swapped out or busy wakes up long after the time it asked for. All that it
 * waited for seems overdue, although it was the one that was away. The lateness itself tells: no monitor
 * samples the clock. It is looked for at every input, because after a pause what has waited in the
 * sockets is read before the timer rings.
 * @see docs/protocols/lifeguard.md, self-distrust
 * @module
 */
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { LocalHealth } from "./local-health.ts";

export type SelfDistrustConfig = Pick<MembershipConfig, "selfDistrust" | "lateWakeUpMs">;

/** A part that holds budgets of time for others. */
export interface Excusing {
  /** Gives everybody under judgement the `lateMs` by which we were late. */
  excuse(lateMs: number, now: Instant): void;
}

export interface SelfDistrustEffects {
  drop(reason: string): void;
}

export interface SavedSelfDistrust {
  readonly deadline: Instant;
  readonly dueAt: Instant;
  readonly lastInputAt: Instant;
}

export class SelfDistrust {
  /** Later than this is too late. */
  readonly #allowedMs: number;
  readonly #health: LocalHealth;
  readonly #parts: readonly Excusing[];
  /** The deadline that we have seen last, and since when we should have been awake for it. */
  #deadline: Instant = NEVER;
  #dueAt: Instant = NEVER;
  #lastInputAt = -Infinity as Instant;

  constructor(config: SelfDistrustConfig, health: LocalHealth, parts: readonly Excusing[]) {
    this.#allowedMs = config.selfDistrust ? config.lateWakeUpMs : Infinity;
    this.#health = health;
    this.#parts = parts;
  }

  /**
   * An input has come at `now`; before it, the node was to be woken at `deadline`. A deadline that was in
   * the past when it was set has been due since then. Returns whether we were late, and budgets have moved.
   */
  handleInput(deadline: Instant, now: Instant, effects: SelfDistrustEffects): boolean {
    if (deadline !== this.#deadline) {
      this.#deadline = deadline;
      this.#dueAt = deadline > this.#lastInputAt ? deadline : this.#lastInputAt;
    }
    this.#lastInputAt = now;
    const lateMs = now - this.#dueAt;
    if (!(lateMs > this.#allowedMs)) return false;
    this.#dueAt = now;
    this.#health.change(1);
    for (const part of this.#parts) part.excuse(lateMs, now);
    effects.drop("lateWakeUp");
    return true;
  }

  save(): SavedSelfDistrust {
    const [deadline, dueAt, lastInputAt] = [this.#deadline, this.#dueAt, this.#lastInputAt];
    return { deadline, dueAt, lastInputAt };
  }

  restore({ deadline, dueAt, lastInputAt }: SavedSelfDistrust): void {
    this.#deadline = deadline;
    this.#dueAt = dueAt;
    this.#lastInputAt = lastInputAt;
  }
}
