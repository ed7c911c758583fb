/**
 * Push-pull averaging: pairs of nodes come to their mean, and so in the end everybody to everybody's.
 *
 *     a, in its cycle    exchange ──▶    b     takes the half of the difference away from its own
 *                      ◀── change              a adds it: what both hold together stays the same
 *
 *     epoch 6 ▏cycle 0 … 29▕ ── result ──▶ epoch 7 ▏with the values of then …
 *              ▲ who hears of a later epoch goes into it at its beginning, or waits for the next
 *
 * Promise: as long as no answer is lost, all nodes converge to the mean of the values with which they went into the
 * epoch; the variance between them falls by 1 / (2 √e) = 0.303 a cycle, whatever the size. A lost answer moves
 * the mean a little, a node that dies takes its share with it: both last until the epoch ends.
 *
 * One machine for synchronous rounds and for nodes with clocks of their own. While a node waits for an answer it
 * does not answer others, so that exchanges do not cross; those that do, after a time-out, keep the sums as well,
 * because it is differences that are exchanged.
 * @see Jelasity, Montresor, Babaoglu 2005, Gossip-based aggregation in large dynamic networks
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import { assertNever, earlier, later, NEVER, NO_PEER } from "../kernel/index.ts";
import type {
  Instant,
  PeerId,
  PeerSampler,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import type { AggregateResult } from "./aggregate-result.ts";
import { resolveAveragingConfig } from "./config.ts";
import type { AveragingConfig } from "./config.ts";
import type { AveragingCommand, Contribution } from "./contribution.ts";
import { Course } from "./course.ts";
import type { SavedCourse } from "./course.ts";
import { isValue } from "./limits.ts";
import { AVERAGING_CHANNEL, AVERAGING_MESSAGES, MAX_AGGREGATE_NAME, MOST_WANTED } from "./wire.ts";
import type { AveragingMessage, Elsewhere, Exchange } from "./wire.ts";

/** Aggregates that a node takes part in. */
export const MAX_AGGREGATES = 64;

export interface AveragingOptions {
  /** With whom to exchange. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<AveragingConfig>;
  /** How many nodes of a crowd it stands for, see `at`: for so many there is room at first. @default 1 */
  readonly nodes?: number;
}

/** An epoch of an aggregate has ended here. */
export interface Aggregated {
  readonly type: "aggregated";
  readonly result: AggregateResult;
}

/** An epoch ends soon: what is contributed now goes into the next. */
export interface ValueWanted {
  readonly type: "valueWanted";
  readonly aggregate: string;
}

/** Cycles before the end of an epoch: others' clocks may be ahead of ours by that much. */
const VALUE_CYCLES_AHEAD = 3;

type Effects = TenantEffects<AveragingMessage>;

const WIRE: TenantWire<AveragingMessage> = {
  channel: AVERAGING_CHANNEL,
  messages: AVERAGING_MESSAGES,
};

export class Averaging implements Tenant<AveragingMessage, AveragingCommand> {
  readonly #config: AveragingConfig;
  readonly #sampler: PeerSampler;
  readonly #course: Course;
  /** Under which our aggregates are kept. */
  #node = 0;
  #news: (Aggregated | ValueWanted)[] | undefined = undefined;

  constructor({ sampler, config, nodes = 1 }: AveragingOptions) {
    this.#config = resolveAveragingConfig(config);
    this.#sampler = sampler;
    this.#course = new Course(nodes);
  }

  get name(): string {
    return "averaging";
  }

  get wire(): TenantWire<AveragingMessage> {
    return WIRE;
  }

  get deadline(): Instant {
    const course = this.#course;
    if (!course.first(this.#node)) return NEVER;
    let { deadline } = course;
    while (course.next()) deadline = earlier(deadline, course.deadline);
    return deadline;
  }

  get aggregates(): readonly string[] {
    return this.#each((course) => course.aggregate);
  }

  /** Stands for another node from here on: one machine can for all nodes of a crowd. */
  at(node: number): void {
    this.#node = node;
  }

  /** Nodes of a crowd whose turns are next. */
  fetch(nodes: Uint32Array, from: number, to: number): void {
    this.#course.fetch(nodes, from, to);
  }

  /** What the last epoch has come to; before its end, or if `underWay`, what this one has so far. */
  result(aggregate: string, now: Instant, underWay = false): AggregateResult | undefined {
    return this.#find(aggregate)?.result(now, underWay);
  }

  save(): readonly SavedCourse[] {
    return this.#each((course) => course.save()).toReversed();
  }

  restore(saved: Saved): void {
    for (const one of saved as readonly SavedCourse[]) this.#course.restore(this.#node, one);
  }

  handle(
    input: TenantInput<AveragingMessage, AveragingCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        this.#onMessage(input.message, input.peer, now, rng, effects);
        break;
      case "timeout":
        this.#onTimeout(now, rng, effects);
        break;
      case "command":
        this.#onCommand(input.command, now, rng, effects);
        break;
      case "start":
        // A node of a crowd that begins anew remembers nothing.
        while (this.#course.first(this.#node)) this.#course.delete(this.#node);
        return;
      default:
        return;
    }
    if (this.#news === undefined) return;
    const news = this.#news;
    this.#news = undefined;
    for (const event of news) effects.notify(event);
  }

  /** Told when all state is settled: whoever hears it may read on. */
  #tell(event: Aggregated | ValueWanted): void {
    (this.#news ??= []).push(event);
  }

  /** What the application answers goes into the next epoch. */
  #askForValue({ aggregate }: Course): void {
    this.#tell({ type: "valueWanted", aggregate });
  }

  #each<T>(of: (course: Course) => T): T[] {
    const all: T[] = [];
    const course = this.#course;
    for (let is = course.first(this.#node); is; is = course.next()) all.push(of(course));
    return all;
  }

  #find(aggregate: string): Course | undefined {
    return this.#course.find(this.#node, aggregate) ? this.#course : undefined;
  }

  #onCommand(command: AveragingCommand, now: Instant, rng: Rng, effects: Effects): void {
    const { aggregate } = command;
    const course = this.#find(aggregate);
    switch (command.type) {
      case "contribute":
        return this.#contribute(command, course, now, rng, effects);
      case "withdraw":
        return course?.delete(this.#node);
      case "want":
        if (course !== undefined) this.#onWish(course, now, rng);
        return;
      default:
        assertNever(command);
    }
  }

  #contribute(
    contribution: Contribution,
    known: Course | undefined,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const { aggregate, value, onDemand } = contribution;
    if (value !== undefined && !isValue(value)) return effects.drop("notAValue");
    if (utf8Size(aggregate) > MAX_AGGREGATE_NAME) return effects.drop("nameTooLong");
    if (known !== undefined) return known.contribute(contribution);
    if (this.aggregates.length >= MAX_AGGREGATES) return effects.drop("tooManyAggregates");
    const course = this.#course;
    course.add(this.#node, contribution);
    if (onDemand === true) return;
    // Anywhere within a cycle, so that a cluster started at once does not exchange at once.
    course.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
    course.begin(0, 0, this.#sampler.size, this.#config, now, rng);
  }

  /** The application wants the next results. */
  #onWish(course: Course, now: Instant, rng: Rng): void {
    course.want(course.nextEpoch + MOST_WANTED);
    if (!course.isAsleep) return;
    course.wait(course.nextEpoch);
    course.wakeOthers();
    course.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
    this.#askForValue(course);
  }

  #onTimeout(now: Instant, rng: Rng, effects: Effects): void {
    const course = this.#course;
    for (let is = course.first(this.#node); is; is = course.next()) {
      if (now >= course.deadline) this.#cycle(course, now, rng, effects);
    }
  }

  /** One cycle of ours: an exchange with somebody, after the end of the epoch if this is it. */
  #cycle(course: Course, now: Instant, rng: Rng, effects: Effects): void {
    const { intervalMs, cycles } = this.#config;
    course.deadline = later(now, intervalMs);
    if (course.isWaiting || course.cycle >= cycles) {
      if (!course.isWaiting) this.#settle(course, now);
      if (!course.isWanted) return course.sleep();
      this.#begin(course, course.nextEpoch, 0, now, rng);
    }
    if (course.advance() === cycles - VALUE_CYCLES_AHEAD) this.#askForValue(course);
    const peer = course.partner(this.#sampler, rng);
    if (peer !== undefined) effects.send(peer, course.ask(peer, this.#config, now, rng));
  }

  #settle(course: Course, now: Instant): void {
    const result = course.settle(now, this.#config);
    if (result !== undefined) this.#tell({ type: "aggregated", result });
  }

  #begin(course: Course, epoch: number, cycle: number, now: Instant, rng: Rng): void {
    course.begin(epoch, cycle, this.#sampler.size, this.#config, now, rng);
  }

  #onMessage(
    message: AveragingMessage,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    if (from === NO_PEER) return effects.drop("stranger");
    const { aggregate } = message;
    const course = this.#find(aggregate);
    switch (message.type) {
      case "exchange":
        if (course === undefined) return effects.send(from, { type: "absent", aggregate });
        return this.#onExchange(course, message, from, now, rng, effects);
      case "change":
        if (course?.awaits(message.number, message.epoch, from) !== true) {
          return effects.drop("notAsked");
        }
        if (!course.take(message)) effects.drop("outOfBounds");
        return;
      case "elsewhere":
        if (course === undefined || message.epoch <= course.epoch) return;
        return this.#follow(course, message, from, now, rng, effects);
      case "absent":
        if (course?.asks(from) !== true) return effects.drop("notAsked");
        course.giveUp();
        return course.setAbsent(from, true);
      default:
        assertNever(message);
    }
  }

  #onExchange(
    course: Course,
    message: Exchange,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    if (!course.accepts(message)) return effects.drop("outOfBounds");
    if (course.isOpenFor(message, now)) return this.#answer(course, message, from, effects);
    course.setAbsent(from, false);
    if (message.epoch > course.epoch || course.turnsBack(message.epoch, from)) {
      this.#follow(course, message, from, now, rng, effects);
    }
    if (course.isWaiting) return effects.drop("waiting");
    const { aggregate, epoch } = course;
    if (message.epoch > epoch) return;
    if (message.epoch < epoch || course.isAsleep) {
      // Who is asleep has been to the end of its epoch.
      const cycle = course.isAsleep ? this.#config.cycles : course.cycle;
      return effects.send(from, { type: "elsewhere", aggregate, epoch, cycle });
    }
    course.want(epoch + message.wanted);
    if (course.isBusy(now)) {
      const { replyMs } = this.#config;
      if (course.asks(from)) course.step(rng.below(replyMs + 1) - (replyMs >> 1), now);
      return effects.drop("busy");
    }
    this.#answer(course, message, from, effects);
  }

  #answer(course: Course, message: Exchange, from: PeerId, effects: Effects): void {
    const change = course.answer(message);
    if (change === undefined) effects.drop("outOfBounds");
    else effects.send(from, change);
  }

  /** Goes into a later epoch, or waits for the one after it where it is too late for this. */
  #follow(
    course: Course,
    message: Exchange | Elsewhere,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const { epoch, cycle } = message;
    if (!course.believes(epoch, from)) return effects.drop("farAhead");
    if (message.type === "exchange") course.want(epoch + message.wanted);
    // Epochs that are wanted here are counted from where the others are.
    if (epoch > course.epoch + 1) course.want(epoch + course.wanted);
    const { cycles, intervalMs } = this.#config;
    const { isAsleep, isWaiting } = course;
    if (3 * cycle <= cycles) {
      if (!isAsleep && !isWaiting) this.#settle(course, now);
      this.#begin(course, epoch, cycle, now, rng);
      if (!isAsleep) return;
      course.wakeOthers();
      course.deadline = later(now, 1 + rng.below(intervalMs));
      return this.#askForValue(course);
    }
    if (isWaiting && course.nextEpoch > epoch) return;
    course.wait(epoch + 1);
    const left = Math.max(1, cycles - cycle);
    course.deadline = later(now, left * intervalMs + rng.below(intervalMs));
    this.#askForValue(course);
  }
}
