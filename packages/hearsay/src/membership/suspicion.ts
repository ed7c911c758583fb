/**
 * Suspicions: each gives a member a fixed time to say that it is alive.
 *
 *     start ──▶ running ──timeout──▶ expired (the member is declared dead)
 *                  └──cancel: the member has spoken up, or somebody else was quicker
 *
 * A wake-up that comes late gives every suspicion that has run out meanwhile the time by which it was
 * late, once and never more than its own timeout: the refutation may be waiting in our socket.
 * @see SWIM §4.2; Lifeguard §III.B for what confirmations will do to the timeout
 * @module
 */
import { Deadlines, later } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import { suspicionTimeout } from "./formulas.ts";
import type { Member } from "./member.ts";

export type SuspicionConfig = Pick<MembershipConfig, "suspicionMult" | "probeIntervalMs">;

export interface Suspicion {
  readonly startedAt: Instant;
  readonly timeoutMs: number;
  /** Who suspected first. */
  readonly by: string;
  isExtended: boolean;
}

export interface SuspicionEffects {
  expired(member: Member, suspicion: Suspicion): void;
}

export class Suspicions {
  readonly #config: SuspicionConfig;
  readonly #running = new Map<Member, Suspicion>();
  readonly #deadlines = new Deadlines<Member>();

  constructor(config: SuspicionConfig) {
    this.#config = config;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  has(member: Member): boolean {
    return this.#running.has(member);
  }

  /** Begins to suspect `member` in a cluster of `known` members. */
  start(member: Member, by: string, known: number, now: Instant): void {
    const { suspicionMult, probeIntervalMs } = this.#config;
    const timeoutMs = suspicionTimeout(suspicionMult, known, probeIntervalMs);
    this.#running.set(member, { startedAt: now, timeoutMs, by, isExtended: false });
    this.#deadlines.set(member, later(now, timeoutMs));
  }

  /**
   * Somebody else suspects the same member. Returns whether that is worth telling on. The place of
   * Lifeguard's confirmations, which shorten the timeout; so far it is fixed and nothing is told.
   */
  confirm(_member: Member, _by: string): boolean {
    return false;
  }

  cancel(member: Member): void {
    this.#running.delete(member);
    this.#deadlines.delete(member);
  }

  handleTimeout(now: Instant, effects: SuspicionEffects): void {
    while (this.#deadlines.next <= now) {
      const lateMs = now - this.#deadlines.next;
      const member = this.#deadlines.takeDue(now) as Member;
      const suspicion = this.#running.get(member) as Suspicion;
      if (lateMs > 0 && !suspicion.isExtended) {
        suspicion.isExtended = true;
        this.#deadlines.set(member, later(now, Math.min(lateMs, suspicion.timeoutMs)));
      } else {
        this.#running.delete(member);
        effects.expired(member, suspicion);
      }
    }
  }
}
