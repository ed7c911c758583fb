/**
 * SWIM's failure detector, one round at a time: ping, ask others, give a verdict.
 *
 *     idle ──interval──▶ direct ──timeout──▶ indirect ──end of interval──▶ idle (unreachable)
 *      ▲                   │ ack                │ ack · a stream's ack
 *      └───────────────────┴────────────────────┘ (reachable)
 *
 * The first round begins as soon as we have joined somebody. The turns of all others are where the lot has put them:
 *
 *     start      joined                lot             lot + interval
 *       ├──────────┼─────────────────────┼──────────────────┼────▶
 *                  first round           second             third
 *
 * Interval and timeout are multiplied by local health when the round begins, and stay what they are for this
 * round. Budgets run from `now`, not from a plan; after a late wake-up of ours they are extended.
 *
 * An ack counts when its number is that of the round under way, wherever it comes from: a direct one and
 * one through a relay look alike, and peers with several addresses answer from any of them. A stream's ack
 * counts only when the time is up: until then a packet may prove that packets get through. But where none do, the
 * direct ping is one over a stream, and its ack counts at once.
 * @see SWIM §3.1; Lifeguard §III.A; docs/protocols/swim.md, lifeguard.md; decision 0017
 * @module
 */
import { assertNever, later, NEVER } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, ProbeSeq, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { LocalHealth } from "./local-health.ts";
import type { Member } from "./member.ts";
import type { FindMember } from "./suspicion.ts";
import type { TcpPingResult } from "./tcp-pinger.ts";
import { knowsNacks, knowsTcpPings } from "./versions.ts";

export type ProberConfig = Pick<
  MembershipConfig,
  | "probeIntervalMs"
  | "probeTimeoutMs"
  | "indirectChecks"
  | "awarenessScalesTimeout"
  | "nacks"
  | "tcpPing"
  | "probeEvents"
>;

/** What a prober needs of its surroundings. */
export interface ProberNeeds {
  readonly health: LocalHealth;
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
  pingRequest(relay: Member, target: Member, seq: ProbeSeq, wantsNack: boolean): void;
  /** A ping over a stream; `handleTcpPinged` follows unless `endTcpPing` comes first. */
  tcpPing(target: Member, seq: ProbeSeq): void;
  endTcpPing(seq: ProbeSeq): void;
  /** The target has answered in time, and we were not late meanwhile. Only with `probeEvents`. */
  probed(target: Member, rttMs: number, payload: Uint8Array | undefined): void;
  /** Nobody has had an answer from the target, which had this incarnation when the round began. */
  unreachable(target: Member, round: ProbeRound): void;
  /** The target has answered on a stream, but no packet has come through in either direction. */
  reachableByTcp(target: Member, round: ProbeRound): void;
}

/** What there is to say of a round that no packet has ended. */
export interface ProbeRound {
  readonly incarnation: Incarnation;
  readonly seq: ProbeSeq;
  readonly startedAt: Instant;
  /** What the target had for a direct ack, and what for any. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** Local health when the round began; 0 is well. */
  readonly localHealth: number;
  readonly relays: readonly Member[];
  /** How many of them were asked to say "no answer", and how many have. */
  readonly nacksExpected: number;
  readonly nacksReceived: number;
  readonly tcp: TcpPingResult;
  /** Time added because we were late ourselves. */
  readonly excusedMs: number;
}

type Phase = "idle" | "direct" | "indirect";

/** Members by their names. */
export interface SavedProber {
  readonly deadline: Instant;
  readonly phase: Phase;
  readonly startedAt: Instant;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly localHealth: number;
  readonly excusedMs: number;
  readonly target: string | undefined;
  readonly incarnation: Incarnation;
  readonly seq: ProbeSeq;
  readonly relays: readonly string[];
  readonly nacksExpected: number;
  readonly nackedBy: readonly Address[];
  readonly tcp: TcpPingResult;
  readonly isUntried: boolean;
  readonly turn: Instant;
}

export class Prober {
  /** When `handleTimeout` must next be called. */
  deadline: Instant = NEVER;
  readonly #config: ProberConfig;
  readonly #needs: ProberNeeds;
  #phase: Phase = "idle";
  #startedAt: Instant = NEVER;
  #timeoutMs = 0;
  #intervalMs = 0;
  #localHealth = 0;
  #excusedMs = 0;
  #target: Member | undefined;
  #incarnation = 0 as Incarnation;
  #seq = 0 as ProbeSeq;
  #relays: readonly Member[] = NOBODY;
  #nacksExpected = 0;
  /** Where nacks have come from: a packet that the network doubles is one nack. */
  #nackedBy: readonly Address[] = NOWHERE;
  #tcp: TcpPingResult = "notTried";
  /** Whether we have asked nobody yet. */
  #isUntried = true;
  /** Where the lot has put a round that began before it; `NEVER` for all but the first. */
  #turn: Instant = NEVER;

  constructor(config: ProberConfig, needs: ProberNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** Whether no round is under way. */
  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** Begins to probe after a random part of an interval, so that nodes started together spread out. */
  start(now: Instant, rng: Rng): void {
    this.deadline = later(now, rng.below(this.#config.probeIntervalMs));
  }

  /**
   * We have joined somebody: if nobody has been asked yet, the first round begins now. It is one packet after an
   * exchange of many, and shows at once whether packets get through. Those that follow keep their random turns.
   */
  handleJoined(now: Instant): void {
    if (!this.#isUntried || this.#turn !== NEVER || this.deadline === NEVER) return;
    this.#turn = this.deadline;
    this.deadline = now;
  }

  /** Ends the round without a verdict and begins no other. */
  stop(): void {
    this.#phase = "idle";
    this.deadline = NEVER;
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(
    seq: ProbeSeq,
    payload: Uint8Array | undefined,
    now: Instant,
    effects: Pick<ProberEffects, "endTcpPing" | "probed">,
  ): boolean {
    if (this.#phase === "idle" || seq !== this.#seq) return false;
    const isTold = this.#config.probeEvents && this.#phase === "direct" && this.#excusedMs === 0;
    if (isTold) effects.probed(this.#target as Member, now - this.#startedAt, payload);
    this.#succeed(now);
    if (this.#tcp !== "notTried") effects.endTcpPing(seq);
    return true;
  }

  /** A relay says that it had no answer: it is well, and so is our way to it and back. */
  handleNack(seq: ProbeSeq, from: Address): void {
    if (this.#phase !== "indirect" || seq !== this.#seq) return;
    const isNew = !this.#nackedBy.includes(from);
    if (!isNew || this.#nackedBy.length >= this.#nacksExpected) return;
    this.#nackedBy = [...this.#nackedBy, from];
  }

  /**
   * What has come of a ping over a stream that may be ours; returns whether it was. Where the direct ping was one,
   * because no packets reach the target, an answer ends the round.
   */
  handleTcpPinged(seq: ProbeSeq, result: TcpPingResult, now: Instant): boolean {
    if (this.#phase === "idle" || seq !== this.#seq) return false;
    if (this.#phase === "indirect") this.#tcp = result;
    else if (result === "answered") this.#succeed(now);
    return true;
  }

  /**
   * We were `lateMs` late ourselves: the round under way gets that time back, and a timeout at least, for
   * an answer that our socket could not hold.
   */
  excuse(lateMs: number, now: Instant): void {
    if (this.#phase === "idle") return;
    this.#excusedMs += lateMs;
    const left = Math.max(this.deadline + lateMs - now, this.#timeoutMs);
    this.deadline = later(now, left);
  }

  handleTimeout(now: Instant, rng: Rng, effects: ProberEffects): void {
    if (now < this.deadline) return;
    switch (this.#phase) {
      case "idle":
        return this.#begin(now, rng, effects);
      case "direct":
        return this.#askOthers(now, rng, effects);
      case "indirect":
        return this.#conclude(now, effects);
      default:
        assertNever(this.#phase);
    }
  }

  save(): SavedProber {
    const isIdle = this.#phase === "idle";
    return {
      deadline: this.deadline,
      phase: this.#phase,
      startedAt: this.#startedAt,
      timeoutMs: this.#timeoutMs,
      intervalMs: this.#intervalMs,
      localHealth: this.#localHealth,
      excusedMs: this.#excusedMs,
      target: isIdle ? undefined : this.#target?.name,
      incarnation: this.#incarnation,
      seq: this.#seq,
      relays: isIdle ? [] : this.#relays.map(({ name }) => name),
      nacksExpected: this.#nacksExpected,
      nackedBy: [...this.#nackedBy],
      tcp: this.#tcp,
      isUntried: this.#isUntried,
      turn: this.#turn,
    };
  }

  restore(saved: SavedProber, find: FindMember): void {
    this.deadline = saved.deadline;
    this.#phase = saved.phase;
    this.#startedAt = saved.startedAt;
    this.#timeoutMs = saved.timeoutMs;
    this.#intervalMs = saved.intervalMs;
    this.#localHealth = saved.localHealth;
    this.#excusedMs = saved.excusedMs;
    this.#target = saved.target === undefined ? undefined : find(saved.target);
    this.#incarnation = saved.incarnation;
    this.#seq = saved.seq;
    this.#relays = saved.relays.map(find);
    this.#nacksExpected = saved.nacksExpected;
    this.#nackedBy = saved.nackedBy;
    this.#tcp = saved.tcp;
    this.#isUntried = saved.isUntried;
    this.#turn = saved.turn;
  }

  #begin(now: Instant, rng: Rng, effects: ProberEffects): void {
    const { probeIntervalMs, probeTimeoutMs, awarenessScalesTimeout } = this.#config;
    const { score, factor } = this.#needs.health;
    const target = this.#needs.nextTarget(now, rng);
    this.#startedAt = now;
    this.#localHealth = score;
    this.#intervalMs = probeIntervalMs * factor;
    this.#timeoutMs = awarenessScalesTimeout ? probeTimeoutMs * factor : probeTimeoutMs;
    this.#excusedMs = 0;
    this.#target = target;
    this.#relays = NOBODY;
    this.#nacksExpected = 0;
    this.#nackedBy = NOWHERE;
    this.#tcp = "notTried";
    if (target === undefined) return this.#finish(now);
    this.#isUntried = false;
    this.#seq = this.#needs.nextSeq();
    this.#incarnation = target.incarnation;
    this.#phase = "direct";
    this.deadline = later(now, this.#timeoutMs);
    effects.ping(target, this.#seq);
  }

  #askOthers(now: Instant, rng: Rng, effects: ProberEffects): void {
    const { indirectChecks, nacks, tcpPing } = this.#config;
    const target = this.#target as Member;
    const seq = this.#seq;
    this.#relays = this.#needs.relays(target, indirectChecks, rng);
    this.#phase = "indirect";
    this.deadline = later(now, this.#intervalMs - this.#timeoutMs);
    const wantsNack = (relay: Member): boolean => nacks && knowsNacks(relay.versions);
    this.#nacksExpected = this.#relays.filter(wantsNack).length;
    const overTcp = tcpPing && knowsTcpPings(target.versions);
    if (overTcp) this.#tcp = "silent";
    for (const relay of this.#relays) effects.pingRequest(relay, target, seq, wantsNack(relay));
    if (overTcp) effects.tcpPing(target, seq);
  }

  /** The time is up, and no packet has come. */
  #conclude(now: Instant, effects: ProberEffects): void {
    const target = this.#target as Member;
    const round = {
      incarnation: this.#incarnation,
      seq: this.#seq,
      startedAt: this.#startedAt,
      timeoutMs: this.#timeoutMs,
      intervalMs: this.#intervalMs,
      localHealth: this.#localHealth,
      relays: this.#relays,
      nacksExpected: this.#nacksExpected,
      nacksReceived: this.#nackedBy.length,
      tcp: this.#tcp,
      excusedMs: this.#excusedMs,
    };
    if (this.#tcp === "answered") {
      this.#succeed(now);
      return effects.reachableByTcp(target, round);
    }
    // Relays that are silent like the target speak against us; relays that answer, against the target.
    const missing = this.#nacksExpected - this.#nackedBy.length;
    this.#needs.health.change(this.#nacksExpected > 0 ? missing : 1);
    this.#finish(now);
    if (round.tcp !== "notTried") effects.endTcpPing(round.seq);
    effects.unreachable(target, round);
  }

  #succeed(now: Instant): void {
    this.#needs.health.change(-1);
    this.#finish(now);
  }

  #finish(now: Instant): void {
    this.#phase = "idle";
    this.#target = undefined;
    this.deadline = later(this.#startedAt, this.#intervalMs + this.#excusedMs);
    if (this.#turn === NEVER) return;
    // The first round may have lasted until after its turn.
    while (this.#turn < now) this.#turn = later(this.#turn, this.#intervalMs);
    this.deadline = this.#turn;
    this.#turn = NEVER;
  }
}

const NOBODY: readonly Member[] = [];
const NOWHERE: readonly Address[] = [];
