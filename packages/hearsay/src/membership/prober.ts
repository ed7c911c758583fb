/**
 * SWIM's failure detector, one round at a time: ping, ask others, give a verdict.
 *
 *     idle ──interval──▶ direct ──timeout──▶ indirect ──end of interval──▶ idle (unreachable)
 *      ▲                   │ ack                │ ack
 *      └───────────────────┴────────────────────┘ (reachable)
 *
 * Waiting budgets run from `now`, not from a plan. A wake-up that comes late tells how long we were
 * busy ourselves, and event loops run timers before sockets: the answer may be waiting in the socket's
 * buffer. So a phase whose end comes late is extended once, by as much as it was late but never by more than its
 * own length, and what waits is read before anybody is blamed.
 *
 * An ack counts when its number is that of the round under way, wherever it comes from: a direct one and
 * one through a relay look alike, and peers with several addresses answer from any of them.
 * @see SWIM §3.1; docs/protocols/swim.md
 * @module
 */
import { assertNever, later, NEVER } from "../kernel/index.ts";
import type { Incarnation, Instant, ProbeSeq, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Member } from "./member.ts";

export type ProberConfig = Pick<
  MembershipConfig,
  "probeIntervalMs" | "probeTimeoutMs" | "indirectChecks"
>;

/** What a prober needs of its surroundings. */
export interface ProberNeeds {
  /** The next member to probe, or `undefined` when we know nobody else. */
  nextTarget(now: Instant, rng: Rng): Member | undefined;
  /** Up to `count` distinct alive members other than `target`. */
  relays(target: Member, count: number, rng: Rng): readonly Member[];
  /** A number that no other probe of this node has. */
  nextSeq(): ProbeSeq;
}

/** What a prober asks for. */
export interface ProberEffects {
  ping(target: Member, seq: ProbeSeq): void;
  pingRequest(relay: Member, target: Member, seq: ProbeSeq): void;
  /** Nobody has had an answer from the target, which had this incarnation when the round began. */
  unreachable(target: Member, round: ProbeRound): void;
}

/** What there is to say of a round that failed. */
export interface ProbeRound {
  readonly incarnation: Incarnation;
  readonly seq: ProbeSeq;
  readonly startedAt: Instant;
  readonly relays: readonly Member[];
}

export class Prober {
  /** When `handleTimeout` must next be called. */
  deadline: Instant = NEVER;
  readonly #config: ProberConfig;
  readonly #needs: ProberNeeds;
  #phase: "idle" | "direct" | "indirect" = "idle";
  #isExtended = false;
  #startedAt: Instant = NEVER;
  #target: Member | undefined;
  #incarnation = 0 as Incarnation;
  #seq = 0 as ProbeSeq;
  #relays: readonly Member[] = NOBODY;

  constructor(config: ProberConfig, needs: ProberNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** Begins to probe after a random part of an interval, so that nodes started together spread out. */
  start(now: Instant, rng: Rng): void {
    this.deadline = later(now, rng.below(this.#config.probeIntervalMs));
  }

  /** Ends the round without a verdict and begins no other. */
  stop(): void {
    this.#phase = "idle";
    this.deadline = NEVER;
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(seq: ProbeSeq): boolean {
    if (this.#phase === "idle" || seq !== this.#seq) return false;
    this.#finish();
    return true;
  }

  handleTimeout(now: Instant, rng: Rng, effects: ProberEffects): void {
    if (now < this.deadline) return;
    switch (this.#phase) {
      case "idle":
        return this.#begin(now, rng, effects);
      case "direct":
        if (this.#extend(now, this.#config.probeTimeoutMs)) return;
        return this.#askRelays(now, rng, effects);
      case "indirect":
        if (this.#extend(now, this.#indirectMs)) return;
        return this.#giveUp(effects);
      default:
        assertNever(this.#phase);
    }
  }

  get #indirectMs(): number {
    return this.#config.probeIntervalMs - this.#config.probeTimeoutMs;
  }

  #begin(now: Instant, rng: Rng, effects: ProberEffects): void {
    const target = this.#needs.nextTarget(now, rng);
    this.#startedAt = now;
    this.#target = target;
    this.#relays = NOBODY;
    if (target === undefined) {
      this.deadline = later(now, this.#config.probeIntervalMs);
      return;
    }
    this.#seq = this.#needs.nextSeq();
    this.#incarnation = target.incarnation;
    this.#phase = "direct";
    this.#isExtended = false;
    this.deadline = later(now, this.#config.probeTimeoutMs);
    effects.ping(target, this.#seq);
  }

  /** The place of a TCP ping, sent beside the requests, when one is added. */
  #askRelays(now: Instant, rng: Rng, effects: ProberEffects): void {
    const target = this.#target as Member;
    this.#relays = this.#needs.relays(target, this.#config.indirectChecks, rng);
    this.#phase = "indirect";
    this.#isExtended = false;
    this.deadline = later(now, this.#indirectMs);
    for (const relay of this.#relays) effects.pingRequest(relay, target, this.#seq);
  }

  #giveUp(effects: ProberEffects): void {
    const target = this.#target as Member;
    const round = {
      incarnation: this.#incarnation,
      seq: this.#seq,
      startedAt: this.#startedAt,
      relays: this.#relays,
    };
    this.#finish();
    effects.unreachable(target, round);
  }

  /** The place where local health is learnt from the outcome of a round, when Lifeguard is added. */
  #finish(): void {
    this.#phase = "idle";
    this.#target = undefined;
    this.deadline = later(this.#startedAt, this.#config.probeIntervalMs);
  }

  /** Grants the phase of `budgetMs` the time by which its end was noticed late; once a phase. */
  #extend(now: Instant, budgetMs: number): boolean {
    const lateMs = now - this.deadline;
    if (lateMs === 0 || this.#isExtended) return false;
    this.#isExtended = true;
    this.deadline = later(now, Math.min(lateMs, budgetMs));
    return true;
  }
}

const NOBODY: readonly Member[] = [];
