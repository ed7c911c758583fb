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
import type { AggregateResult } from "./aggregate.ts";
import { resolveAveragingConfig } from "./config.ts";
import type { AveragingConfig } from "./config.ts";
import type { AveragingCommand, Contribution } from "./contribution.ts";
import { Course } from "./course.ts";
import type { SavedCourse } from "./course.ts";
import { isValue } from "./limits.ts";
import { AVERAGING_CHANNEL, AVERAGING_MESSAGES, MAX_AGGREGATE_NAME } from "./wire.ts";
import type { AveragingMessage, Elsewhere, Exchange } from "./wire.ts";

/** Aggregates that a node takes part in. */
export const MAX_AGGREGATES = 64;

export interface AveragingOptions {
  /** With whom to exchange. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<AveragingConfig>;
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
const WANTED_CYCLES_AHEAD = 3;

type Effects = TenantEffects<AveragingMessage>;

const WIRE: TenantWire<AveragingMessage> = {
  channel: AVERAGING_CHANNEL,
  messages: AVERAGING_MESSAGES,
};

export class Averaging implements Tenant<AveragingMessage, AveragingCommand> {
  readonly name: string = "averaging";
  readonly wire: TenantWire<AveragingMessage> = WIRE;
  deadline: Instant = NEVER;
  readonly #config: AveragingConfig;
  readonly #sampler: PeerSampler;
  /** A handful: looked through, not looked up. */
  readonly #courses: Course[] = [];

  constructor({ sampler, config }: AveragingOptions) {
    this.#config = resolveAveragingConfig(config);
    this.#sampler = sampler;
  }

  get aggregates(): readonly string[] {
    return this.#courses.map(({ aggregate }) => aggregate);
  }

  /** What the last epoch has come to; before its end, or if `underWay`, what this one has so far. */
  result(aggregate: string, now: Instant, underWay = false): AggregateResult | undefined {
    return this.#find(aggregate)?.result(now, underWay);
  }

  save(): readonly SavedCourse[] {
    return this.#courses.map((course) => course.save());
  }

  restore(saved: Saved): void {
    for (const one of saved as readonly SavedCourse[]) {
      const course = new Course(one.aggregate, this.#config);
      course.restore(one);
      this.#courses.push(course);
    }
    this.#settleDeadline();
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
        for (const course of this.#courses) {
          if (now >= course.deadline) this.#cycle(course, now, rng, effects);
        }
        break;
      case "command":
        this.#onCommand(input.command, now, rng, effects);
        break;
      default:
        return;
    }
    this.#settleDeadline();
  }

  #settleDeadline(): void {
    let deadline = NEVER;
    for (const course of this.#courses) deadline = earlier(deadline, course.deadline);
    this.deadline = deadline;
  }

  #find(aggregate: string): Course | undefined {
    return this.#courses.find((course) => course.aggregate === aggregate);
  }

  #onCommand(command: AveragingCommand, now: Instant, rng: Rng, effects: Effects): void {
    switch (command.type) {
      case "contribute":
        return this.#contribute(command, now, rng, effects);
      case "withdraw": {
        const index = this.#courses.findIndex(({ aggregate }) => aggregate === command.aggregate);
        if (index >= 0) this.#courses.splice(index, 1);
        return;
      }
      default:
        assertNever(command);
    }
  }

  #contribute(contribution: Contribution, now: Instant, rng: Rng, effects: Effects): void {
    if (!isValue(contribution.value)) return effects.drop("notAValue");
    if (utf8Size(contribution.aggregate) > MAX_AGGREGATE_NAME) return effects.drop("nameTooLong");
    const known = this.#find(contribution.aggregate);
    if (known !== undefined) return known.contribute(contribution);
    if (this.#courses.length >= MAX_AGGREGATES) return effects.drop("tooManyAggregates");
    const course = new Course(contribution.aggregate, this.#config);
    course.contribute(contribution);
    this.#courses.push(course);
    // Anywhere within a cycle, so that a cluster started at once does not exchange at once.
    course.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
    course.begin(0, 0, this.#sampler.size, now, rng);
  }

  /** One cycle of ours: an exchange with somebody, after the end of the epoch if this is it. */
  #cycle(course: Course, now: Instant, rng: Rng, effects: Effects): void {
    course.deadline = later(now, this.#config.intervalMs);
    if (course.isWaiting || course.cycle >= this.#config.cycles) {
      this.#enter(course, course.nextEpoch, 0, now, rng, effects);
    }
    course.cycle++;
    if (course.cycle === this.#config.cycles - WANTED_CYCLES_AHEAD) this.#want(course, effects);
    const [peer] = this.#sampler.sample(1, NO_PEER, rng);
    if (peer === undefined) return;
    effects.send(peer, course.ask(peer, now, rng));
  }

  #want({ aggregate }: Course, effects: Effects): void {
    effects.notify<ValueWanted>({ type: "valueWanted", aggregate });
  }

  #enter(
    course: Course,
    epoch: number,
    cycle: number,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const result = course.settle(now);
    course.begin(epoch, cycle, this.#sampler.size, now, rng);
    if (result !== undefined) effects.notify<Aggregated>({ type: "aggregated", result });
  }

  #onMessage(
    message: AveragingMessage,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const course = this.#find(message.aggregate);
    if (course === undefined) return effects.drop("unknownAggregate");
    if (from === NO_PEER) return effects.drop("stranger");
    switch (message.type) {
      case "exchange":
        return this.#onExchange(course, message, from, now, rng, effects);
      case "change":
        return this.#onChange(course, message, from, now, effects);
      case "elsewhere":
        if (message.epoch > course.epoch) this.#follow(course, message, now, rng, effects);
        return;
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
    const refused = course.refusal(message);
    if (refused !== undefined) return effects.drop(refused);
    if (message.epoch > course.epoch) this.#follow(course, message, now, rng, effects);
    if (course.isWaiting) return effects.drop("waiting");
    const { aggregate, epoch, cycle } = course;
    if (message.epoch > epoch) return;
    if (message.epoch < epoch) {
      return effects.send(from, { type: "elsewhere", aggregate, epoch, cycle });
    }
    if (course.isBusy(now)) return effects.drop("busy");
    effects.send(from, course.answer(message));
  }

  #onChange(course: Course, message: Exchange, from: PeerId, now: Instant, effects: Effects): void {
    if (!course.awaits(message, from)) return effects.drop("notAsked");
    if (!course.take(message)) effects.drop("outOfBounds");
    course.heardAt = now;
  }

  /** Goes into a later epoch, or waits for the one after it where it is too late for this. */
  #follow(
    course: Course,
    { epoch, cycle }: Exchange | Elsewhere,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    if (!course.believes(epoch, now)) return effects.drop("farAhead");
    const { cycles, intervalMs } = this.#config;
    if (3 * cycle <= cycles) return this.#enter(course, epoch, cycle, now, rng, effects);
    if (course.isWaiting && course.nextEpoch > epoch) return;
    course.wait(epoch + 1);
    const left = Math.max(1, cycles - cycle);
    course.deadline = later(now, left * intervalMs + rng.below(intervalMs));
    this.#want(course, effects);
  }
}
