/**
 * Push-sum: every node gives away half of what it holds, and never waits for an answer.
 *
 *     round    sum, weight  ──▶ half stays, half goes to one peer      estimate = sum / weight
 *
 *     mean     weight 1 everywhere        sum     weight 1 at one node       count   the same, values 1
 *
 * Promise: sums and weights over the network stay what they were while nothing is lost, and every estimate
 * converges to total sum / total weight; the variance falls to about a half in each round. What is lost is lost with its
 * weight, so that estimates move a little and do not fade. What comes in a round counts from the next on: a
 * round is one instant, or an interval of the node's own.
 * @see Kempe, Dobra, Gehrke 2003, Gossip-based computation of aggregate information, section 2
 * @module
 */
import { later, NEVER, NO_PEER } from "../kernel/index.ts";
import type {
  Command,
  Instant,
  PeerSampler,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { resolvePushSumConfig } from "./config.ts";
import type { PushSumConfig } from "./config.ts";
import { isValue } from "./limits.ts";
import { PUSH_SUM_CHANNEL, PUSH_SUM_MESSAGES } from "./wire.ts";
import type { Half } from "./wire.ts";

export interface PushSumOptions {
  /** What is summed: messages of other aggregates are not ours. */
  readonly aggregate: string;
  /** Our value at first; the command `contribute` gives it for the epochs to come. */
  readonly value: number;
  /** In `0..1`. @default 1 */
  readonly weight?: number;
  readonly sampler: PeerSampler;
  readonly config?: Partial<PushSumConfig>;
}

export interface PushSumContribution extends Command {
  readonly type: "contribute";
  readonly value: number;
}

/** What a node makes of what it holds. */
export interface PushSumEstimate {
  readonly epoch: number;
  /** `undefined` while no weight has come. */
  readonly value: number | undefined;
  /** How much the last round has changed it; `undefined` in the first. */
  readonly error: number | undefined;
  /** Ms since the values were taken that it is made of. */
  readonly ageMs: number;
}

/** An epoch has ended here. */
export interface Summed {
  readonly type: "summed";
  readonly aggregate: string;
  readonly estimate: PushSumEstimate;
}

interface SavedPushSum {
  readonly value: number;
  readonly deadline: Instant;
  readonly beganAt: Instant;
  readonly epoch: number;
  readonly cycle: number;
  readonly held: readonly [sum: number, weight: number];
  readonly come: readonly [sum: number, weight: number, at: Instant];
  readonly before: number | undefined;
}

const WIRE: TenantWire<Half> = { channel: PUSH_SUM_CHANNEL, messages: PUSH_SUM_MESSAGES };
const LAST_EPOCH = 0xffff_ffff;

export class PushSum implements Tenant<Half, PushSumContribution> {
  readonly name: string = "pushSum";
  readonly wire: TenantWire<Half> = WIRE;
  deadline: Instant = NEVER;
  readonly #aggregate: string;
  readonly #initialWeight: number;
  readonly #sampler: PeerSampler;
  readonly #config: PushSumConfig;
  #value: number;
  #beganAt = 0 as Instant;
  #epoch = 0;
  #cycle = 0;
  #sum: number;
  #weight: number;
  /** What has come at this instant and waits for the next. */
  #comeSum = 0;
  #comeWeight = 0;
  #comeAt: Instant = -Infinity as Instant;
  #before: number | undefined;

  constructor({ aggregate, value, weight = 1, sampler, config }: PushSumOptions) {
    this.#aggregate = aggregate;
    this.#value = value;
    this.#initialWeight = weight;
    this.#sampler = sampler;
    this.#config = resolvePushSumConfig(config);
    this.#sum = value;
    this.#weight = weight;
  }

  /** All that this node holds: what the sums over the network are made of. */
  get mass(): { readonly sum: number; readonly weight: number } {
    return { sum: this.#sum + this.#comeSum, weight: this.#weight + this.#comeWeight };
  }

  estimate(now: Instant): PushSumEstimate {
    const { sum, weight } = this.mass;
    const value = weight > 0 ? sum / weight : undefined;
    const hasBoth = value !== undefined && this.#before !== undefined;
    const error = hasBoth ? Math.abs(value - (this.#before as number)) : undefined;
    return { epoch: this.#epoch, value, error, ageMs: Math.max(0, now - this.#beganAt) };
  }

  save(): SavedPushSum {
    return {
      value: this.#value,
      deadline: this.deadline,
      beganAt: this.#beganAt,
      epoch: this.#epoch,
      cycle: this.#cycle,
      held: [this.#sum, this.#weight],
      come: [this.#comeSum, this.#comeWeight, this.#comeAt],
      before: this.#before,
    };
  }

  restore(saved: Saved): void {
    const { value, deadline, beganAt, epoch, cycle, held, come, before } = saved as SavedPushSum;
    this.#value = value;
    this.deadline = deadline;
    this.#beganAt = beganAt;
    this.#epoch = epoch;
    this.#cycle = cycle;
    [this.#sum, this.#weight] = held;
    [this.#comeSum, this.#comeWeight, this.#comeAt] = come;
    this.#before = before;
  }

  handle(
    input: TenantInput<Half, PushSumContribution>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<Half>,
  ): void {
    switch (input.type) {
      case "message":
        return this.#onHalf(input.message, now, effects);
      case "timeout":
        return this.#onTimeout(now, rng, effects);
      case "command":
        if (!isValue(input.command.value)) return effects.drop("notAValue");
        this.#value = input.command.value;
        return;
      case "start":
        this.#beganAt = now;
        this.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
        return;
      default:
        return;
    }
  }

  #onTimeout(now: Instant, rng: Rng, effects: TenantEffects<Half>): void {
    if (now < this.deadline) return;
    this.deadline = later(now, this.#config.intervalMs);
    if (this.#cycle >= this.#config.cycles && this.#epoch < LAST_EPOCH) {
      this.#begin(this.#epoch + 1, 0, now, effects);
    }
    this.#cycle++;
    this.#before = this.estimate(now).value;
    this.#takeIn(now);
    const [peer] = this.#sampler.sample(1, NO_PEER, rng);
    if (peer === undefined) return;
    this.#sum /= 2;
    this.#weight /= 2;
    effects.send(peer, {
      type: "half",
      aggregate: this.#aggregate,
      epoch: this.#epoch,
      cycle: this.#cycle,
      sum: this.#sum,
      weight: this.#weight,
    });
  }

  #onHalf(half: Half, now: Instant, effects: TenantEffects<Half>): void {
    const { aggregate, epoch, cycle, sum, weight } = half;
    if (aggregate !== this.#aggregate) return effects.drop("unknownAggregate");
    if (!isValue(sum) || !(weight >= 0 && isValue(weight))) return effects.drop("outOfBounds");
    if (epoch < this.#epoch) return effects.drop("pastEpoch");
    if (epoch > this.#epoch) this.#begin(epoch, cycle, now, effects);
    // What would go beyond all bounds here goes nowhere.
    if (!isValue(this.mass.sum + sum)) return effects.drop("outOfBounds");
    this.#takeIn(now);
    this.#comeSum += sum;
    this.#comeWeight += weight;
    this.#comeAt = now;
  }

  #begin(epoch: number, cycle: number, now: Instant, effects: TenantEffects<Half>): void {
    const estimate = this.estimate(now);
    this.#epoch = epoch;
    this.#cycle = cycle;
    this.#beganAt = now;
    this.#sum = this.#value;
    this.#weight = this.#initialWeight;
    this.#comeSum = 0;
    this.#comeWeight = 0;
    this.#before = undefined;
    effects.notify<Summed>({ type: "summed", aggregate: this.#aggregate, estimate });
  }

  #takeIn(now: Instant): void {
    if (this.#comeAt === now) return;
    this.#sum += this.#comeSum;
    this.#weight += this.#comeWeight;
    this.#comeSum = 0;
    this.#comeWeight = 0;
  }
}
