/**
 * The course of an aggregate through its epochs at one node.
 *
 *     asleep ◀── nobody wants the next ──┐
 *        └─ wanted ──▶ waiting ──▶ begin ──▶ exchanging ── cycles over, or a later epoch heard of in time ──▶ settle, begin
 *                         ▲                      └── a later epoch heard of too late
 *                         └──────────────────────────┘
 *
 * Where a course is kept is in `course-row.ts`, what two nodes do to each other in `course-mean.ts`; here is when.
 * @module
 */
import { later, NEVER, NO_PEER } from "../kernel/index.ts";
import type { Instant, PeerId, PeerSampler, Rng } from "../kernel/index.ts";
import { forgetSome, partnerBeside, remember } from "./absentees.ts";
import { resultOf } from "./aggregate-result.ts";
import type { AggregateResult } from "./aggregate-result.ts";
import type { AveragingConfig } from "./config.ts";
import type { Contribution } from "./contribution.ts";
import {
  ASLEEP,
  BUSY_UNTIL,
  COLUMNS,
  CYCLE,
  DIFFERENCE,
  EPOCH,
  EXCHANGES,
  HAS,
  HAS_ABSENT,
  HAS_BOUNDS,
  HAS_NEXT,
  HAS_OWN_ROW,
  LEAST,
  MEAN,
  MOST,
  NAME,
  PARTNER,
  PENDING,
  SQUARE,
  WAITING,
  WANTED_UNTIL,
  WEIGHT,
} from "./course-table.ts";
import type { CourseRecord } from "./course-table.ts";
import { CourseMean, wantedOf } from "./course-mean.ts";
import { LARGEST_VALUE } from "./limits.ts";
import { listsOf } from "./lists.ts";
import type { Lists } from "./lists.ts";
import { sizeOf } from "./peaks.ts";
import { MOST_WANTED } from "./wire.ts";
import type { Exchange } from "./wire.ts";

/** A later epoch is believed at once if it is no more ahead than this: a liar could use up their numbers. */
export const MAX_EPOCHS_AHEAD = 1000;
const TWO_32 = 4294967296;

export interface SavedCourse {
  readonly numbers: readonly number[];
  readonly lists: Lists;
  readonly record: Omit<CourseRecord, "next" | "absent">;
  readonly absent: readonly PeerId[] | undefined;
}

export class Course extends CourseMean {
  /** Gives a node one more, and looks at it. */
  add(node: number, contribution: Contribution): void {
    this.look(this.table.add(node, contribution));
    this.contribute(contribution);
  }

  get cycle(): number {
    return Math.max(0, this.get(CYCLE));
  }

  get isWaiting(): boolean {
    return this.get(CYCLE) === WAITING;
  }

  get isAsleep(): boolean {
    return this.get(CYCLE) === ASLEEP;
  }

  get nextEpoch(): number {
    return this.isWaiting ? this.record.waitsFor : (this.epoch + 1) % TWO_32;
  }

  /** Whether an answer is on its way, so that exchanges would cross. */
  isBusy(now: Instant): boolean {
    const numbers = this.numbers;
    const at = this.at;
    return (numbers[at + PENDING] as number) >= 0 && now < (numbers[at + BUSY_UNTIL] as number);
  }

  /** Whether all is as it nearly always is: under way, in the same epoch, not busy, and nothing to remember. */
  isOpenFor({ epoch, wanted }: Exchange, now: Instant): boolean {
    const numbers = this.numbers;
    const at = this.at;
    if ((numbers[at + EPOCH] as number) !== epoch || (numbers[at + CYCLE] as number) < 0)
      return false;
    if (epoch + wanted > (numbers[at + WANTED_UNTIL] as number)) return false;
    return ((numbers[at + HAS] as number) & HAS_ABSENT) === 0 && !this.isBusy(now);
  }

  contribute(contribution: Contribution): void {
    this.record.contribution = contribution;
    this.flag(HAS_BOUNDS, contribution.bounds !== undefined);
  }

  /** Somebody wants the epochs up to this. */
  want(epoch: number): void {
    if (epoch > this.get(WANTED_UNTIL)) this.set(WANTED_UNTIL, epoch);
  }

  /** Epochs after this one that are wanted. */
  get wanted(): number {
    return wantedOf(this.get(WANTED_UNTIL) - this.get(EPOCH));
  }

  /** Whether the next epoch is to be. */
  get isWanted(): boolean {
    return this.record.contribution.onDemand !== true || this.epoch < this.get(WANTED_UNTIL);
  }

  /** Begins an epoch with the value of now. */
  begin(
    epoch: number,
    cycle: number,
    peers: number,
    { leaders, quantiles }: AveragingConfig,
    now: Instant,
    rng: Rng,
  ): void {
    const record = this.record;
    const { value, leads, onDemand } = record.contribution;
    // What the epoch before has counted; at first, as many as can be named.
    const present = peers + 1 - (record.absent?.size ?? 0);
    const isLeader = leads ?? rng.unit() * (record.size ?? present) < leaders;
    const peak = isLeader ? rng.below(TWO_32) : undefined;
    const hasValue = value !== undefined;
    this.keep(listsOf(peak, quantiles ? value : undefined));
    record.exchangesBefore = this.get(EXCHANGES);
    record.beganAt = now;
    this.set(EPOCH, epoch);
    this.set(CYCLE, cycle);
    this.set(WEIGHT, hasValue ? 1 : 0);
    this.set(MEAN, value ?? 0);
    this.set(SQUARE, hasValue ? value * value : 0);
    this.set(LEAST, value ?? LARGEST_VALUE);
    this.set(MOST, value ?? -LARGEST_VALUE);
    this.set(PENDING, -1);
    this.set(EXCHANGES, 0);
    this.set(DIFFERENCE, -1);
    if (onDemand !== true) this.set(WANTED_UNTIL, epoch + MOST_WANTED);
    if (record.absent === undefined) return;
    forgetSome(record.absent);
    this.flag(HAS_ABSENT, record.absent.size > 0);
  }

  wait(epoch: number): void {
    this.record.waitsFor = epoch % TWO_32;
    this.set(CYCLE, WAITING);
    this.set(PENDING, -1);
  }

  sleep(): void {
    this.set(CYCLE, ASLEEP);
    this.set(PENDING, -1);
    this.deadline = NEVER;
  }

  /** The epoch that is begun or waited for wakes others up, who come to it late. */
  wakeOthers(): void {
    this.record.wakes = true;
  }

  /** Begins a cycle, and tells which it is. */
  advance(): number {
    const cycle = this.get(CYCLE) + 1;
    this.set(CYCLE, cycle);
    return cycle;
  }

  /** Ends the epoch; a result if there has been enough of it. */
  settle(now: Instant, { cycles }: AveragingConfig): AggregateResult | undefined {
    const record = this.record;
    const { wakes } = record;
    record.wakes = false;
    if (wakes || 3 * this.cycle < 2 * cycles) return undefined;
    record.size = sizeOf(this.lists().peaks)?.count;
    record.settled = this.#resultSoFar(now, true);
    record.settledFrom = record.beganAt;
    return record.settled;
  }

  /** What the last epoch has come to; before its end, or if `underWay`, what this one has so far. */
  result(now: Instant, underWay: boolean): AggregateResult | undefined {
    const { settled, settledFrom } = this.record;
    const isUnderWay = this.get(CYCLE) >= 0;
    if (isUnderWay && (underWay || settled === undefined)) return this.#resultSoFar(now, false);
    return settled && { ...settled, ageMs: Math.max(0, now - settledFrom) };
  }

  #resultSoFar(now: Instant, settled: boolean): AggregateResult | undefined {
    const difference = this.get(DIFFERENCE);
    return resultOf(this.message("exchange", 0), {
      aggregate: this.aggregate,
      epoch: this.epoch,
      exchanges: this.get(EXCHANGES),
      settled,
      ageMs: Math.max(0, now - this.record.beganAt),
      // Two that are chosen at random differ by twice the variance.
      meanError: difference < 0 ? Infinity : Math.sqrt(difference / 2),
    });
  }

  ask(peer: PeerId, { replyMs }: AveragingConfig, now: Instant, rng: Rng): Exchange {
    const number = rng.below(TWO_32);
    this.set(PENDING, number);
    this.set(PARTNER, peer);
    this.set(BUSY_UNTIL, later(now, replyMs));
    return this.message("exchange", number);
  }

  /** Anybody who is not known to be absent; nobody if all are. */
  partner(sampler: PeerSampler, rng: Rng): PeerId | undefined {
    if ((this.get(HAS) & HAS_ABSENT) === 0) return sampler.sample(1, NO_PEER, rng)[0];
    return partnerBeside(this.record.absent as Set<PeerId>, sampler, rng);
  }

  /** A peer takes no part, or does so after all. */
  setAbsent(peer: PeerId, isAbsent: boolean): void {
    const isAny = (this.get(HAS) & HAS_ABSENT) !== 0;
    if (!isAbsent && !isAny) return;
    const absent = (this.record.absent ??= new Set());
    if (isAbsent) remember(absent, peer);
    else absent.delete(peer);
    this.flag(HAS_ABSENT, absent.size > 0);
  }

  awaits(number: number, epoch: number, from: PeerId): boolean {
    return number === this.get(PENDING) && from === this.get(PARTNER) && epoch === this.get(EPOCH);
  }

  /** Whether it waits for an answer of that peer. */
  asks(peer: PeerId): boolean {
    return this.get(PENDING) >= 0 && peer === this.get(PARTNER);
  }

  /**
   * Whether there is a later epoch of that number. Who has heard nobody for an epoch believes any: it has slept, or has
   * only come. Else what is far ahead is believed when a second one says so: clusters that meet have counted each for
   * itself, and who lies is alone.
   */
  believes(epoch: number, from: PeerId): boolean {
    if (this.#isAlone || epoch - this.epoch <= MAX_EPOCHS_AHEAD) return true;
    return this.#isConfirmed(epoch, from);
  }

  /** Goes back to an epoch far behind, if two are there and nobody is with us: we have counted alone. */
  turnsBack(epoch: number, from: PeerId): boolean {
    if (this.epoch - epoch <= MAX_EPOCHS_AHEAD || !this.#isAlone) return false;
    if (!this.#isConfirmed(epoch, from)) return false;
    this.set(WANTED_UNTIL, epoch + this.wanted);
    this.set(EPOCH, epoch);
    this.wait(epoch);
    return true;
  }

  get #isAlone(): boolean {
    return this.get(EXCHANGES) === 0 && this.record.exchangesBefore === 0;
  }

  /** Whether somebody else was the last to tell of about that epoch. */
  #isConfirmed(epoch: number, from: PeerId): boolean {
    const record = this.record;
    const { claim } = record;
    record.claim = { epoch, from };
    if (claim === undefined || claim.from === from) return false;
    return Math.abs(claim.epoch - epoch) <= MAX_EPOCHS_AHEAD;
  }

  /** The cycles of two who ask each other at the same time would cross for ever. */
  step(aside: number, now: Instant): void {
    this.deadline = Math.max(now + 1, this.deadline + aside) as Instant;
  }

  save(): SavedCourse {
    const numbers = [...this.numbers.subarray(this.at, this.at + COLUMNS)];
    // Where it is kept is no part of it.
    numbers[HAS] = (numbers[HAS] as number) & ~HAS_OWN_ROW;
    const { next: _, absent, ...record } = this.record;
    return { numbers, lists: this.lists(), record, absent: absent && [...absent] };
  }

  /** Gives a node what was saved, and looks at it. */
  restore(node: number, { numbers, lists, record, absent }: SavedCourse): void {
    this.add(node, record.contribution);
    const name = this.get(NAME);
    const has = this.get(HAS);
    const { next } = this.record;
    this.numbers.set(numbers, this.at);
    this.set(NAME, name);
    this.keep(lists);
    Object.assign(this.record, record, { next, absent: absent && new Set(absent) });
    this.flag(HAS_NEXT, next >= 0);
    this.flag(HAS_OWN_ROW, (has & HAS_OWN_ROW) !== 0);
  }
}
