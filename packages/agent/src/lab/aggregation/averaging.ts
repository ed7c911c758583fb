/**
 * Push-pull averaging cycle by cycle: how fast the variance between nodes falls, and how well they count themselves.
 *
 *     cycle     0      1      2    …          each: rounds in which pairs exchange, chosen by the selector
 *     variance  1/12   0.30×  0.30×
 *
 * A selector of the paper is a sampler that gives a node its partner, or nobody if it is not its turn. The machine is the one
 * that nodes run.
 * @see Jelasity, Montresor, Babaoglu 2005, sections 3 and 7
 * @module
 */
import { NO_PEER, Sfc32, shuffle } from "hearsay/kernel";
import type { PeerId, PeerSampler, Rng, Tenant } from "hearsay/kernel";
import { Averaging, resolveAveragingConfig } from "hearsay/aggregation";
import type { AggregateResult, AveragingConfig } from "hearsay/aggregation";
import { Crowd } from "hearsay/sim";
import type { CrowdMachine, CrowdOptions } from "hearsay/sim";
import { NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { flag, share, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

const OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 16_000_000 }),
  cycles: whole(20, "cycles that are run", { least: 1, most: 900 }),
  hosting: word(
    "rounds",
    ["rounds", "events"],
    "rounds in a fresh random order, or nodes in fixed phases of their own",
  ),
  selector: word(
    "each",
    ["each", "pm", "pmrand", "rand"],
    "who exchanges, in rounds: each node once with anybody; two perfect matchings; one and as many random pairs; random pairs",
  ),
  start: word(
    "uniform",
    ["uniform", "peak"],
    "values at first: drawn from 0..1, or one n and all others 0",
  ),
  linkFailure: share(0, "probability that an exchange does not take place at all"),
  counters: whole(1, "instances of COUNT", { least: 1, most: 32 }),
  quantiles: flag(false, "gather quantiles as well"),
  cycleMs: whole(1000, "ms of a cycle", { least: 1, most: 600_000 }),
  replyMs: whole(50, "ms that an answer is waited for", { least: 1, most: 600_000 }),
  ...NETWORK_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

const AGGREGATE = "x";
/** What each selector's variance falls by, where the network is whole. */
const THEORY = {
  each: 0.5 / Math.sqrt(Math.E),
  pm: 0.25,
  pmrand: 0.5 / Math.sqrt(Math.E),
  rand: 1 / Math.E,
};

/** Rounds that random pairs of a cycle are spread over; fewer than the bits of an integer. */
const PAIR_ROUNDS = 16;

class AveragingLab {
  readonly #crowd: Crowd;
  readonly #parameters: Parameters;
  readonly #rng: Sfc32;
  /** Partners of the round under way, by node; whoever has none is silent. */
  readonly #partners: Int32Array | undefined;

  constructor(parameters: Parameters, seed: number) {
    const { n, selector, quantiles, cycleMs, replyMs } = parameters;
    this.#parameters = parameters;
    this.#rng = new Sfc32(seed, 3);
    this.#partners = selector === "each" ? undefined : new Int32Array(n).fill(NO_PEER);
    // One epoch that does not end within the run.
    const config = resolveAveragingConfig({
      intervalMs: cycleMs,
      replyMs,
      cycles: 1000,
      quantiles,
    });
    this.#crowd = new Crowd({
      seed,
      size: n,
      ...networkOf(parameters),
      ...this.#hosted(config),
    });
  }

  /** Where nobody has a partner set, one machine stands for all nodes: a million objects would take twice the time. */
  #hosted(config: AveragingConfig): Pick<CrowdOptions, "machines" | "tenants"> {
    const { n, linkFailure } = this.#parameters;
    const through = (chosen: PeerSampler): PeerSampler => {
      return linkFailure > 0 ? new Failing(chosen, linkFailure) : chosen;
    };
    if (this.#partners !== undefined) {
      return {
        tenants: ({ self }) => {
          const sampler = through(this.#partnerOf(self, n));
          return [new Averaging({ sampler, config }) as unknown as Tenant];
        },
      };
    }
    return {
      machines: ({ oracle }) => {
        const machine = new Averaging({ sampler: through(oracle), config, nodes: n });
        return [machine as unknown as CrowdMachine];
      },
    };
  }

  run(): Sample {
    const { n, cycles, hosting, start, counters } = this.#parameters;
    const crowd = this.#crowd;
    if (hosting === "rounds") crowd.round(0);
    for (let node = 0; node < n; node++) {
      const value = start === "uniform" ? this.#rng.unit() : node === 0 ? n : 0;
      const command = { type: "contribute", aggregate: AGGREGATE, value, leads: node < counters };
      crowd.command(node as PeerId, "averaging", command);
    }
    const [mean, first] = this.#moments();
    let [meanNow, last] = [mean, first];
    const variances = [first];
    for (let cycle = 0; cycle < cycles; cycle++) {
      this.#cycle();
      [meanNow, last] = this.#moments();
      variances.push(last);
    }
    const counts = crowd.live.map((node) => this.#result(node).count ?? Infinity);
    const off = counts.map((count) => Math.abs(count / n - 1));
    return {
      factor: [(last / first) ** (1 / cycles)],
      drift: [Math.abs(meanNow / mean - 1)],
      count: [counts.reduce((sum, count) => sum + count, 0) / n],
      countOff: [off.reduce((most, one) => Math.max(most, one), 0)],
      sent: [crowd.counts.sent / n / cycles],
      cycle: variances.map((_, index) => index),
      variance: variances.map((variance) => variance / first),
    };
  }

  #cycle(): void {
    const { hosting, cycleMs, selector } = this.#parameters;
    const crowd = this.#crowd;
    if (hosting === "events") return crowd.run(cycleMs);
    if (selector === "each") return crowd.round(cycleMs);
    if (selector === "rand") return this.#randomPairs(this.#parameters.n);
    this.#matching();
    if (selector === "pm") this.#matching();
    else this.#randomPairs(this.#parameters.n / 2);
  }

  #matching(): void {
    const partners = this.#partners as Int32Array;
    const order = Array.from(partners, (_, node) => node);
    shuffle(order, this.#rng);
    partners.fill(NO_PEER);
    for (let i = 0; i + 1 < order.length; i += 2)
      partners[order[i] as number] = order[i + 1] as number;
    this.#crowd.round(this.#parameters.cycleMs);
  }

  /**
   * Pairs drawn with replacement. A node has one turn in a round: each pair is put into some round of several, one that its
   * first node has free, so that who begins several exchanges does so at any times.
   */
  #randomPairs(count: number): void {
    const { n, cycleMs } = this.#parameters;
    const partners = this.#partners as Int32Array;
    const taken = new Uint32Array(n);
    const rounds = Array.from(
      { length: PAIR_ROUNDS },
      () => [] as [first: number, second: number][],
    );
    for (let i = 0; i < count; i++) {
      const first = this.#rng.below(n);
      const second = this.#rng.below(n - 1);
      let round = this.#rng.below(PAIR_ROUNDS);
      for (let tries = 0; (taken[first] as number) & (1 << round) && tries < PAIR_ROUNDS; tries++) {
        round = (round + 1) % PAIR_ROUNDS;
      }
      taken[first] = (taken[first] as number) | (1 << round);
      rounds[round]?.push([first, second < first ? second : second + 1]);
    }
    for (const pairs of rounds) {
      partners.fill(NO_PEER);
      for (const [first, second] of pairs) partners[first] = second;
      this.#crowd.round(cycleMs);
    }
  }

  #partnerOf(self: PeerId, n: number): PeerSampler {
    const partners = this.#partners as Int32Array;
    return {
      size: n - 1,
      sample: () => (partners[self] === NO_PEER ? [] : [partners[self] as PeerId]),
    };
  }

  #result(node: PeerId): AggregateResult {
    const machine = this.#crowd.tenant(node, 0) as unknown as Averaging;
    return machine.result(AGGREGATE, this.#crowd.now, true) as AggregateResult;
  }

  /** Mean and variance of what nodes hold. */
  #moments(): readonly [mean: number, variance: number] {
    const means = this.#crowd.live.map((node) => this.#result(node).mean);
    const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
    const squares = means.reduce((sum, one) => sum + (one - mean) * (one - mean), 0);
    return [mean, squares / means.length];
  }
}

/** A sampler that finds nobody with some probability: the paper's failing links. */
class Failing implements PeerSampler {
  readonly #inner: PeerSampler;
  readonly #probability: number;

  constructor(inner: PeerSampler, probability: number) {
    this.#inner = inner;
    this.#probability = probability;
  }

  get size(): number {
    return this.#inner.size;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    return rng.unit() < this.#probability ? [] : this.#inner.sample(count, except, rng);
  }
}

export const AVERAGING = experiment(OPTIONS, {
  name: "averaging",
  story: "pairs of nodes come to their mean, cycle by cycle",
  measures: {
    factor: "what the variance between nodes falls by in a cycle, geometric mean",
    drift: "how far the mean of all has moved, relative to it",
    count: "size of the network as nodes have counted it, mean",
    countOff: "how far the worst node is from it, relative to it",
    sent: "messages, a node and cycle",
    cycle: "cycle",
    variance: "variance between nodes, relative to that at first",
  },
  plots: [
    {
      kind: "curve",
      title: "Convergence",
      x: "cycle",
      y: "variance",
      theory: {
        name: "theory",
        at: ({ selector }, x) => x.map((cycle) => THEORY[selector as keyof typeof THEORY] ** cycle),
      },
    },
  ],
  check: (parameters) => new AveragingLab({ ...parameters, n: 2 }, 1),
  run: (parameters, seed) => new AveragingLab(parameters, seed).run(),
});
