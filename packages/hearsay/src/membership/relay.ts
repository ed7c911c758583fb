/**
 * The helper's side of an indirect probe.
 *
 *     requester ──ask #7──▶ us ──ping #41──▶ target
 *               ◀──ack #7── us ◀──ack #41──
 *               ◀──nack #7─ us    … nothing for 80 % of the time
 *
 * The nack says: I am well and so is my way to you; it is the target that is silent. It goes out early, because
 * a nack that arrives when the requester has given its verdict counts as none: at 80 % of the probe
 * timeout, or of what the timeout leaves of the interval if that is shorter. An ack that comes between the
 * nack and the timeout is still passed on.
 * @see SWIM §3.1, Lifeguard §III.A
 * @module
 */
import { Deadlines, later } from "../kernel/index.ts";
import type { Address, Instant, ProbeSeq } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";

export type RelayConfig = Pick<
  MembershipConfig,
  "probeIntervalMs" | "probeTimeoutMs" | "maxRelays"
>;

/** Share of the requester's patience after which a nack is sent. */
const NACK_AFTER = 0.8;

export interface RelayRequest {
  /** The requester's number. */
  readonly seq: ProbeSeq;
  readonly target: Address;
  readonly targetName: string;
  /** Where the answers go. */
  readonly replyTo: Address;
  readonly wantsNack: boolean;
}

export interface RelayNeeds {
  /** A number that no other probe of this node has. */
  nextSeq(): ProbeSeq;
}

export interface RelayEffects {
  /** `isForItself`: whoever asks is the target, and wants to know whether a datagram gets there. */
  relayPing(target: Address, targetName: string, seq: ProbeSeq, isForItself: boolean): void;
  relayAck(to: Address, seq: ProbeSeq): void;
  relayNack(to: Address, seq: ProbeSeq): void;
  drop(reason: string): void;
}

interface Errand {
  readonly request: RelayRequest;
  endsAt: Instant;
  nackIsDue: boolean;
}

export interface SavedRelay {
  readonly errands: ReadonlyMap<ProbeSeq, Errand>;
  readonly deadlines: readonly (readonly [seq: ProbeSeq, at: Instant])[];
}

export class Relay {
  readonly #config: RelayConfig;
  readonly #needs: RelayNeeds;
  /** Key: our own number. */
  readonly #errands = new Map<ProbeSeq, Errand>();
  readonly #deadlines = new Deadlines<ProbeSeq>();

  constructor(config: RelayConfig, needs: RelayNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  /** Errands under way. */
  get size(): number {
    return this.#errands.size;
  }

  handleRequest(request: RelayRequest, now: Instant, effects: RelayEffects): void {
    if (this.#errands.size >= this.#config.maxRelays) return effects.drop("tooManyRelays");
    const seq = this.#needs.nextSeq();
    const { probeTimeoutMs } = this.#config;
    const firstMs = request.wantsNack ? this.#nackMs : probeTimeoutMs;
    const endsAt = later(now, probeTimeoutMs);
    this.#errands.set(seq, { request, endsAt, nackIsDue: request.wantsNack });
    this.#deadlines.set(seq, later(now, firstMs));
    const isForItself = request.target === request.replyTo;
    effects.relayPing(request.target, request.targetName, seq, isForItself);
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(seq: ProbeSeq, effects: RelayEffects): boolean {
    const errand = this.#errands.get(seq);
    if (errand === undefined) return false;
    this.#errands.delete(seq);
    this.#deadlines.delete(seq);
    effects.relayAck(errand.request.replyTo, errand.request.seq);
    return true;
  }

  handleTimeout(now: Instant, effects: RelayEffects): void {
    for (;;) {
      const seq = this.#deadlines.takeDue(now);
      if (seq === undefined) return;
      const errand = this.#errands.get(seq) as Errand;
      if (errand.nackIsDue) {
        errand.nackIsDue = false;
        effects.relayNack(errand.request.replyTo, errand.request.seq);
      }
      if (errand.endsAt > now) this.#deadlines.set(seq, errand.endsAt);
      else this.#errands.delete(seq);
    }
  }

  /** We were `lateMs` late ourselves: the targets' answers may still wait in our socket. */
  excuse(lateMs: number): void {
    for (const [seq, errand] of this.#errands) {
      errand.endsAt = later(errand.endsAt, lateMs);
      this.#deadlines.set(seq, later(this.#deadlines.get(seq), lateMs));
    }
  }

  save(): SavedRelay {
    const errands = new Map([...this.#errands].map(([seq, errand]) => [seq, { ...errand }]));
    return { errands, deadlines: this.#deadlines.entries() };
  }

  restore({ errands, deadlines }: SavedRelay): void {
    for (const [seq, errand] of errands) this.#errands.set(seq, { ...errand });
    for (const [seq, at] of deadlines) this.#deadlines.set(seq, at);
  }

  get #nackMs(): number {
    const { probeIntervalMs, probeTimeoutMs } = this.#config;
    return Math.min(probeTimeoutMs, probeIntervalMs - probeTimeoutMs) * NACK_AFTER;
  }
}
