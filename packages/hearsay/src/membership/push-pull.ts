/**
 * State exchanges: now and then two members tell each other everything that they know.
 *
 * Gossip spreads news fast and forgets it; this repairs what gossip has missed. It is also how a node
 * joins: it asks a member for its state. Every interval, longer in large clusters, one alive member at
 * random is asked; others ask us at times of their choosing.
 * @see docs/protocols/swim.md, state exchange
 * @module
 */
import { assertNever, Deadlines, earlier, later, NEVER } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  ExchangeInput,
  Instant,
  Rng,
  TenantEffects,
} from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import { pushPullScale } from "./formulas.ts";
import { PushPullSession } from "./push-pull-session.ts";
import type { SavedSession, SessionEffects, SessionNeeds } from "./push-pull-session.ts";
import type { ExchangeFailure } from "./state-check.ts";
import type { RemoteState } from "./state-stream.ts";

export type PushPullConfig = Pick<
  MembershipConfig,
  | "pushPullIntervalMs"
  | "probeIntervalMs"
  | "gossipIntervalMs"
  | "streamTimeoutMs"
  | "maxInboundExchanges"
  | "maxInboundBytes"
  | "stateRowsPerWrite"
>;

/** How much more often exchanges are where they have to do gossip's work, too. */
const ONLY_WAY_HASTE = 10;
/** Rounds of gossip between a join and the exchange that follows it up: by then the news has spread. */
const FOLLOW_UP_GOSSIPS = 8;

export interface PushPullNeeds extends SessionNeeds {
  /** Members known, oneself included. */
  known(): number;
  /** Whether state exchanges are the only news for some of them. */
  isOnlyWay(): boolean;
  /** Where an alive member is, chosen at random. */
  exchangeTarget(rng: Rng): Address | undefined;
}

export interface PushPullEffects extends Pick<
  TenantEffects,
  "dial" | "write" | "writePart" | "finish" | "abort" | "drop"
> {
  merge(state: RemoteState, from: Address): void;
  /** An exchange that we opened is over. */
  exchanged(exchange: ExchangeId, failure: ExchangeFailure | undefined): void;
}

export interface SavedPushPull {
  readonly sessions: readonly SavedSession[];
  readonly deadlines: readonly (readonly [exchange: ExchangeId, at: Instant])[];
  readonly next: Instant;
  readonly hastenAt: Instant;
  readonly dialed: number;
}

export class PushPull {
  readonly #config: PushPullConfig;
  readonly #needs: PushPullNeeds;
  readonly #sessions = new Map<ExchangeId, PushPullSession>();
  readonly #deadlines = new Deadlines<ExchangeId>();
  #next: Instant = NEVER;
  /** When an exchange may be hastened again. */
  #hastenAt = -Infinity as Instant;
  #inbound = 0;
  /** Received on all streams that others have opened and that are under way. */
  #inboundBytes = 0;
  #dialed = 0;

  constructor(config: PushPullConfig, needs: PushPullNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return earlier(this.#next, this.#deadlines.next);
  }

  /** Sessions under way. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Begins to exchange after a random part of an interval. */
  start(now: Instant, rng: Rng): void {
    this.#next = later(now, rng.below(this.#config.pushPullIntervalMs));
  }

  /** Opens no more exchanges of its own accord; those under way end, and others may open theirs. */
  stop(): void {
    this.#next = NEVER;
  }

  /** Opens an exchange with whoever is at `address`; `exchanged` follows. */
  open(address: Address, join: boolean, now: Instant, effects: PushPullEffects): ExchangeId {
    const id = ++this.#dialed as ExchangeId;
    this.#remember(new PushPullSession(id, "dialed", address, join, this.#needs), now);
    effects.dial(id, address);
    return id;
  }

  /** Opens an exchange in place of gossip, with whom gossip does not reach: once in a probe interval. */
  hasten(address: Address, now: Instant, effects: PushPullEffects): void {
    if (now < this.#hastenAt) return;
    this.#hastenAt = later(now, this.#config.probeIntervalMs);
    this.open(address, false, now, effects);
  }

  handleTimeout(now: Instant, rng: Rng, effects: PushPullEffects): void {
    for (;;) {
      const id = this.#deadlines.takeDue(now);
      if (id === undefined) break;
      this.#sessions.get(id)?.handleTimeout(this.#sessionEffects(now, effects));
    }
    if (now < this.#next) return;
    this.#next = later(now, this.#intervalMs);
    const target = this.#needs.exchangeTarget(rng);
    if (target !== undefined) this.open(target, false, now, effects);
  }

  handleExchange(input: ExchangeInput, now: Instant, effects: PushPullEffects): void {
    if (input.type === "accepted") return this.#accept(input.exchange, input.from, now, effects);
    const session = this.#sessions.get(input.exchange);
    if (session === undefined) return;
    const ask = this.#sessionEffects(now, effects);
    switch (input.type) {
      case "chunk":
        if (!this.#hasRoomFor(session, input.part?.size ?? input.bytes.length)) {
          effects.drop("tooManyInboundBytes");
          return session.handleOverload(ask);
        }
        return session.handleChunk(input, ask);
      case "writable":
        return session.handleWritable(ask);
      case "opened":
        return session.handleOpened(ask);
      case "ended":
        return session.handleEnded(ask);
      case "failed":
        return session.handleFailed(input.reason, ask);
      default:
        assertNever(input);
    }
  }

  save(): SavedPushPull {
    return {
      sessions: [...this.#sessions.values()].map((session) => session.save()),
      deadlines: this.#deadlines.entries(),
      next: this.#next,
      hastenAt: this.#hastenAt,
      dialed: this.#dialed,
    };
  }

  restore({ sessions, deadlines, next, hastenAt, dialed }: SavedPushPull): void {
    for (const saved of sessions) {
      const { stateRowsPerWrite } = this.#config;
      const session = PushPullSession.restored(saved, this.#needs, stateRowsPerWrite);
      this.#sessions.set(session.id, session);
      if (session.role !== "accepted") continue;
      this.#inbound++;
      this.#inboundBytes += session.receivedBytes;
    }
    for (const [exchange, at] of deadlines) this.#deadlines.set(exchange, at);
    this.#next = next;
    this.#hastenAt = hastenAt;
    this.#dialed = dialed;
  }

  get #intervalMs(): number {
    const ms = this.#config.pushPullIntervalMs * pushPullScale(this.#needs.known());
    return this.#needs.isOnlyWay() ? Math.ceil(ms / ONLY_WAY_HASTE) : ms;
  }

  /**
   * Has the next exchange soon. Whoever joins while others do misses their news where gossip was unlucky,
   * and they miss its: a second exchange, with somebody at random, finds out.
   */
  #followUp(now: Instant): void {
    if (this.#next === NEVER) return;
    this.#next = earlier(this.#next, later(now, FOLLOW_UP_GOSSIPS * this.#config.gossipIntervalMs));
  }

  /** All states on their way in are held until they are whole: together they may not be too large. */
  #hasRoomFor(session: PushPullSession, bytes: number): boolean {
    session.receivedBytes += bytes;
    if (session.role === "dialed") return true;
    this.#inboundBytes += bytes;
    return this.#inboundBytes <= this.#config.maxInboundBytes;
  }

  #accept(id: ExchangeId, from: Address, now: Instant, effects: PushPullEffects): void {
    if (this.#inbound >= this.#config.maxInboundExchanges) {
      effects.drop("tooManyExchanges");
      return effects.abort(id);
    }
    this.#inbound++;
    this.#remember(new PushPullSession(id, "accepted", from, false, this.#needs), now);
  }

  #remember(session: PushPullSession, now: Instant): void {
    this.#sessions.set(session.id, session);
    this.#deadlines.set(session.id, later(now, this.#config.streamTimeoutMs));
  }

  #sessionEffects(now: Instant, effects: PushPullEffects): SessionEffects {
    return {
      write: (id, bytes) => effects.write(id, bytes),
      writePart: (id, part) => effects.writePart(id, part),
      finish: (id) => effects.finish(id),
      abort: (id) => effects.abort(id),
      drop: (reason) => effects.drop(reason),
      merge: (state, from) => effects.merge(state, from),
      done: (session, failure) => this.#finish(session, failure, now, effects),
    };
  }

  #finish(
    session: PushPullSession,
    failure: ExchangeFailure | undefined,
    now: Instant,
    effects: PushPullEffects,
  ): void {
    if (failure === undefined && session.role === "dialed" && session.isJoin) this.#followUp(now);
    this.#sessions.delete(session.id);
    this.#deadlines.delete(session.id);
    if (session.role === "accepted") {
      this.#inbound--;
      this.#inboundBytes -= session.receivedBytes;
    } else effects.exchanged(session.id, failure);
  }
}
