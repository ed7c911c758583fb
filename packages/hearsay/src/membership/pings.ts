/**
 * Pings that the application asks for: how long does it take to a member and back?
 *
 *     ping ──▶ waiting ──ack──▶ pinged, with the round-trip time and what rode on the ack
 *                 └── probeTimeoutMs is over ──▶ commandFailed, ERR_TIMEOUT
 *
 * They judge nobody: whether a member lives is found out by the prober.
 * @see memberlist's Ping
 * @module
 */
import { Deadlines, HearsayError, later } from "../kernel/index.ts";
import type { Instant, ProbeSeq } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { MembershipOutcome } from "./events.ts";
import type { Member } from "./member.ts";

export type PingsConfig = Pick<MembershipConfig, "probeTimeoutMs">;

/** Pings under way at the same time; further ones are refused. */
export const MAX_PINGS = 256;

export interface PingsEffects {
  ping(target: Member, seq: ProbeSeq): void;
  notify(event: MembershipOutcome): void;
}

interface WaitingPing {
  readonly id: number;
  readonly name: string;
  readonly startedAt: Instant;
}

export interface SavedPings {
  readonly waiting: ReadonlyMap<ProbeSeq, WaitingPing>;
  readonly deadlines: readonly (readonly [seq: ProbeSeq, at: Instant])[];
}

export class Pings {
  readonly #config: PingsConfig;
  readonly #nextSeq: () => ProbeSeq;
  readonly #waiting = new Map<ProbeSeq, WaitingPing>();
  readonly #deadlines = new Deadlines<ProbeSeq>();

  constructor(config: PingsConfig, numbers: { nextSeq(): ProbeSeq }) {
    this.#config = config;
    this.#nextSeq = () => numbers.nextSeq();
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  /** @throws HearsayError `ERR_QUEUE_FULL` */
  start(id: number, target: Member, now: Instant, effects: PingsEffects): void {
    if (this.#waiting.size >= MAX_PINGS) {
      throw new HearsayError("ERR_QUEUE_FULL", `ping: ${MAX_PINGS} of them are under way already`);
    }
    const seq = this.#nextSeq();
    this.#waiting.set(seq, { id, name: target.name, startedAt: now });
    this.#deadlines.set(seq, later(now, this.#config.probeTimeoutMs));
    effects.ping(target, seq);
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(
    seq: ProbeSeq,
    payload: Uint8Array | undefined,
    now: Instant,
    effects: PingsEffects,
  ): boolean {
    const ping = this.#waiting.get(seq);
    if (ping === undefined) return false;
    this.#waiting.delete(seq);
    this.#deadlines.delete(seq);
    effects.notify({ type: "pinged", id: ping.id, rttMs: now - ping.startedAt, payload });
    return true;
  }

  handleTimeout(now: Instant, effects: PingsEffects): void {
    for (;;) {
      const seq = this.#deadlines.takeDue(now);
      if (seq === undefined) return;
      const { id, name } = this.#waiting.get(seq) as WaitingPing;
      this.#waiting.delete(seq);
      const message = `ping: no answer from ${name} within ${this.#config.probeTimeoutMs} ms`;
      effects.notify({ type: "commandFailed", id, code: "ERR_TIMEOUT", message });
    }
  }

  save(): SavedPings {
    return { waiting: new Map(this.#waiting), deadlines: this.#deadlines.entries() };
  }

  restore({ waiting, deadlines }: SavedPings): void {
    for (const [seq, ping] of waiting) this.#waiting.set(seq, ping);
    for (const [seq, at] of deadlines) this.#deadlines.set(seq, at);
  }

  /** We were `lateMs` late ourselves: the answers may still wait in our socket. */
  excuse(lateMs: number): void {
    for (const seq of this.#waiting.keys()) {
      this.#deadlines.set(seq, later(this.#deadlines.get(seq), lateMs));
    }
  }
}
