/**
 * One aggregate's course through its epochs at one node.
 *
 *     begin ──▶ exchanging ── cycles over, or a later epoch heard of in time ──▶ settle, begin the next
 *                   └── a later epoch heard of too late ──▶ waiting ──▶ begin the one after it
 *
 * @module
 */
import { later, NEVER, NO_PEER } from "../kernel/index.ts";
import type { Instant, PeerId, Rng } from "../kernel/index.ts";
import { applied, changeOf, holdingOf, isPlausible, resultOf } from "./aggregate.ts";
import type { AggregateResult, ResultFrame } from "./aggregate.ts";
import type { AveragingConfig } from "./config.ts";
import type { Contribution } from "./contribution.ts";
import { LARGEST_VALUE } from "./limits.ts";
import { sizeOf } from "./peaks.ts";
import type { Exchange, Holding } from "./wire.ts";

/** A later epoch is believed if it is no more ahead than this: a liar could use up their numbers. */
export const MAX_EPOCHS_AHEAD = 1000;
const TWO_32 = 4294967296;

interface Settled {
  readonly holding: Holding;
  readonly frame: Omit<ResultFrame, "ageMs" | "aggregate">;
  readonly beganAt: Instant;
}

export interface SavedCourse {
  readonly aggregate: string;
  readonly contribution: Contribution;
  readonly epoch: number;
  readonly cycle: number;
  readonly deadline: Instant;
  readonly heardAt: Instant;
  readonly beganAt: Instant;
  readonly waitsFor: number;
  readonly holding: Holding;
  readonly pending: number;
  readonly pendingPeer: PeerId;
  readonly busyUntil: Instant;
  readonly exchanges: number;
  readonly difference: number;
  readonly settled: Settled | undefined;
}

export class Course {
  readonly aggregate: string;
  deadline: Instant = NEVER;
  epoch = 0;
  cycle = 0;
  /** When an exchange of ours was last answered. */
  heardAt: Instant = -Infinity as Instant;
  readonly #config: AveragingConfig;
  #contribution: Contribution | undefined;
  #beganAt: Instant = 0 as Instant;
  /** The epoch that is waited for; 0 while one is under way. */
  #waitsFor = 0;
  #holding: Holding = holdingOf(0, undefined, false);
  /** The number of the exchange that is not answered yet, or -1, and with whom. */
  #pending = -1;
  #pendingPeer: PeerId = NO_PEER;
  #busyUntil: Instant = -Infinity as Instant;
  #exchanges = 0;
  /** Mean square of how much means differed in exchanges, the last half of it. */
  #difference = 0;
  #settled: Settled | undefined;

  constructor(aggregate: string, config: AveragingConfig) {
    this.aggregate = aggregate;
    this.#config = config;
  }

  get isWaiting(): boolean {
    return this.#waitsFor !== 0;
  }

  get nextEpoch(): number {
    return this.isWaiting ? this.#waitsFor : (this.epoch + 1) % TWO_32;
  }

  /** Whether an answer is on its way, so that exchanges would cross. */
  isBusy(now: Instant): boolean {
    return this.#pending >= 0 && now < this.#busyUntil;
  }

  contribute(contribution: Contribution): void {
    this.#contribution = contribution;
  }

  /** Begins an epoch with the value of now. */
  begin(epoch: number, cycle: number, peers: number, now: Instant, rng: Rng): void {
    const { value = 0, leads } = this.#contribution ?? {};
    const { leaders, quantiles } = this.#config;
    // What the epoch before has counted; at first, as many as can be named.
    const size = sizeOf(this.#settled?.holding.peaks ?? [])?.count ?? peers + 1;
    const isLeader = leads ?? rng.unit() * size < leaders;
    this.#holding = holdingOf(value, isLeader ? rng.below(TWO_32) : undefined, quantiles);
    this.epoch = epoch;
    this.cycle = cycle;
    this.#waitsFor = 0;
    this.#beganAt = now;
    this.#pending = -1;
    this.#exchanges = 0;
    this.#difference = 0;
  }

  wait(epoch: number): void {
    this.#waitsFor = epoch % TWO_32;
    this.#pending = -1;
  }

  /** Ends the epoch; a result if there has been enough of it. */
  settle(now: Instant): AggregateResult | undefined {
    if (3 * this.cycle < 2 * this.#config.cycles) return undefined;
    const frame = this.#frame(true);
    this.#settled = { holding: this.#holding, frame, beganAt: this.#beganAt };
    return this.result(now, false);
  }

  result(now: Instant, underWay: boolean): AggregateResult {
    const ended = underWay ? undefined : this.#settled;
    const { holding, frame, beganAt } = ended ?? {
      holding: this.#holding,
      frame: this.#frame(false),
      beganAt: this.#beganAt,
    };
    const ageMs = Math.max(0, now - beganAt);
    return resultOf(holding, { ...frame, aggregate: this.aggregate, ageMs });
  }

  #frame(settled: boolean): Omit<ResultFrame, "ageMs" | "aggregate"> {
    // Two that are chosen at random differ by twice the variance.
    const meanError = this.#exchanges === 0 ? Infinity : Math.sqrt(this.#difference / 2);
    return { epoch: this.epoch, exchanges: this.#exchanges, settled, meanError };
  }

  ask(peer: PeerId, now: Instant, rng: Rng): Exchange {
    this.#pending = rng.below(TWO_32);
    this.#pendingPeer = peer;
    this.#busyUntil = later(now, this.#config.replyMs);
    return this.#message("exchange", this.#pending, this.#holding);
  }

  awaits({ number, epoch }: Exchange, from: PeerId): boolean {
    return number === this.#pending && from === this.#pendingPeer && epoch === this.epoch;
  }

  /** Why an exchange is not taken part in. */
  refusal(message: Holding): string | undefined {
    if (!isPlausible(message)) return "outOfBounds";
    const [low, high] = this.#contribution?.bounds ?? [-LARGEST_VALUE, LARGEST_VALUE];
    const { mean, least, most } = message;
    const isWithin = mean >= low && mean <= high && least >= low && most <= high;
    return isWithin ? undefined : "outOfBounds";
  }

  answer(message: Exchange): Exchange {
    const change = changeOf(this.#holding, message);
    this.#note(change);
    // What they have seen of extrema is ours now as well.
    this.#holding = applied(
      this.#holding,
      { ...change, least: message.least, most: message.most },
      -1,
    );
    return this.#message("change", message.number, change);
  }

  /** Adds what an answer says; not if that makes no sense. */
  take(change: Exchange): boolean {
    this.#pending = -1;
    const holding = applied(this.#holding, change, 1);
    if (this.refusal(holding) !== undefined) return false;
    this.#note(change);
    this.#holding = holding;
    return true;
  }

  /** Who has heard nobody for an epoch believes any number: it has slept, or has only come. */
  believes(epoch: number, now: Instant): boolean {
    const { cycles, intervalMs } = this.#config;
    return epoch - this.epoch <= MAX_EPOCHS_AHEAD || now - this.heardAt > cycles * intervalMs;
  }

  save(): SavedCourse {
    return {
      aggregate: this.aggregate,
      contribution: this.#contribution as Contribution,
      epoch: this.epoch,
      cycle: this.cycle,
      deadline: this.deadline,
      heardAt: this.heardAt,
      beganAt: this.#beganAt,
      waitsFor: this.#waitsFor,
      holding: this.#holding,
      pending: this.#pending,
      pendingPeer: this.#pendingPeer,
      busyUntil: this.#busyUntil,
      exchanges: this.#exchanges,
      difference: this.#difference,
      settled: this.#settled,
    };
  }

  restore(saved: SavedCourse): void {
    this.#contribution = saved.contribution;
    this.epoch = saved.epoch;
    this.cycle = saved.cycle;
    this.deadline = saved.deadline;
    this.heardAt = saved.heardAt;
    this.#beganAt = saved.beganAt;
    this.#waitsFor = saved.waitsFor;
    this.#holding = saved.holding;
    this.#pending = saved.pending;
    this.#pendingPeer = saved.pendingPeer;
    this.#busyUntil = saved.busyUntil;
    this.#exchanges = saved.exchanges;
    this.#difference = saved.difference;
    this.#settled = saved.settled;
  }

  #note({ mean }: Holding): void {
    const square = 4 * mean * mean;
    this.#difference = this.#exchanges === 0 ? square : (this.#difference + square) / 2;
    this.#exchanges++;
  }

  #message(type: Exchange["type"], number: number, holding: Holding): Exchange {
    const { aggregate, epoch } = this;
    const cycle = Math.min(this.cycle, this.#config.cycles);
    // Field by field: a spread would cost more than the exchange.
    const { mean, square, least, most, peaks, level, buckets } = holding;
    return {
      type,
      aggregate,
      number,
      epoch,
      cycle,
      mean,
      square,
      least,
      most,
      peaks,
      level,
      buckets,
    };
  }
}
