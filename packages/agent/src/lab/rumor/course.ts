/**
 * The course of one publication through a crowd: what mail, rumors and the baselines are all measured by.
 *
 *     cycle     0    1    2    3  …                    until nobody does anything about it, or all have it
 *     reached   1    2    4    8  …  n − missing
 *
 * In rounds a cycle is the paper's: all act on the state at its beginning. By events nodes run freely, each in a phase
 * of its own, and messages take time.
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { Message, PeerId, PeerSampler, Tenant } from "hearsay/kernel";
import type { Broadcaster } from "hearsay/broadcast";
import { NeighbourSampler } from "hearsay/overlay";
import type { Graph } from "hearsay/overlay";
import { Crowd } from "hearsay/sim";
import type { CrowdContext } from "hearsay/sim";
import { anyOf, killSome, NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { topologyOf } from "../crowd/graphs.ts";
import type { Sample } from "../experiment.ts";
import { flag, share, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

export const COURSE_OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 16_000_000 }),
  hosting: word(
    "rounds",
    ["rounds", "events"],
    "synchronous rounds, or nodes in phases of their own",
  ),
  cycleMs: whole(100, "ms of a cycle", { least: 1, most: 600_000 }),
  maxCycles: whole(2000, "cycles after which a run ends, whatever goes on", { least: 1 }),
  untilAll: flag(false, "end as soon as all have it"),
  topology: word(
    "all",
    ["all", "line", "ring", "grid", "regular", "smallWorld"],
    "whom a node may choose: any other, or its neighbours in a graph",
  ),
  degree: whole(10, "links of a node, in the graphs that have a choice", { least: 2 }),
  rewiring: share(0.1, "part of the links of a small world that lead anywhere"),
  payloadBytes: whole(8, "bytes of the payload"),
  killShare: share(0, "part of all nodes that die in the course"),
  killAt: whole(5, "cycle in which they die"),
  repairMs: whole(0, "ms between two comparisons of recent logs by each node; 0 is none"),
  ...NETWORK_OPTIONS,
} satisfies Record<string, OptionSpec>;

export type CourseParameters = ParametersOf<typeof COURSE_OPTIONS>;

export const COURSE_MEASURES = {
  residue: "share of the living that never get it",
  missing: "how many they are",
  complete: "1 if all get it, else 0",
  traffic: "copies sent, for each node",
  control: "other messages, for each node",
  averageCycles: "cycles until a node gets it, mean",
  lastCycles: "cycles until the last that gets it has it",
  cycles: "cycles until nobody does anything about it",
  tail: "nodes without it, a cycle after less than a tenth were",
  tailLaw: "how many the mean field says they are",
  cycle: "cycle",
  within: "share of all nodes that have it",
} as const;

export interface CourseOf {
  /** Makes the machines of all nodes: they share what does not change. */
  make(context: CrowdContext, sampler: PeerSampler): Broadcaster<Message>;
  /** How many copies of publications a message of its carries. */
  copiesIn(message: Message): number;
  /** The share of those without it who stay so in a cycle, when so many lack it, and all others tell it. */
  staying?(lacking: number): number;
  /** Whether a node is done with it. */
  isQuiet(tenant: Tenant): boolean;
}

export class Course {
  readonly #crowd: Crowd;
  readonly #parameters: CourseParameters;
  readonly #rng: Sfc32;
  readonly #of: CourseOf;
  /** Cycles at which nodes got it. */
  readonly #at: number[] = [];
  readonly #got = new Set<PeerId>();
  #copies = 0;
  #control = 0;

  constructor(of: CourseOf, parameters: CourseParameters, seed: number) {
    const rng = new Sfc32(seed, 2);
    const graph = graphOf(parameters, rng);
    this.#parameters = parameters;
    this.#rng = rng;
    this.#of = of;
    this.#crowd = new Crowd({
      seed,
      size: parameters.n,
      ...networkOf(parameters),
      tenants: (context) => {
        const neighbours = graph?.[context.self] as readonly PeerId[] | undefined;
        const isAlive = (peer: PeerId): boolean => this.#crowd.isAlive(peer);
        const sampler =
          neighbours === undefined ? context.oracle : new NeighbourSampler(neighbours, isAlive);
        return [of.make(context, sampler)];
      },
      onEvent: (node, { type }) => {
        if (type !== "delivered" || this.#got.has(node)) return;
        this.#got.add(node);
        this.#at.push(this.#crowd.now / parameters.cycleMs);
      },
      onMessage: (_from, _to, message) => {
        const copies = of.copiesIn(message);
        this.#copies += copies;
        if (copies === 0) this.#control++;
      },
    });
  }

  run(): Sample {
    const { n, hosting, killShare, killAt, maxCycles } = this.#parameters;
    const crowd = this.#crowd;
    const within = [0];
    // What is sent before the first round would not be part of any.
    if (hosting === "rounds") crowd.round(0);
    this.#publish();
    within[0] = this.#got.size / n;
    let cycle = 0;
    while (cycle < maxCycles && !this.#isOver()) {
      cycle++;
      if (cycle === killAt) killSome(crowd, Math.round(killShare * n), this.#rng);
      this.#step();
      within.push(this.#got.size / n);
    }
    const live = crowd.live.length;
    const reached = crowd.live.filter((node) => this.#got.has(node)).length;
    const at = this.#at;
    return {
      residue: [(live - reached) / live],
      missing: [live - reached],
      complete: [reached === live ? 1 : 0],
      traffic: [this.#copies / n],
      control: [this.#control / n],
      averageCycles: [at.reduce((sum, one) => sum + one, 0) / at.length],
      lastCycles: [at.reduce((last, one) => Math.max(last, one), 0)],
      cycles: [cycle],
      ...this.#tail(within),
      cycle: within.map((_, index) => index),
      within,
    };
  }

  /** What the law of the tail is about: how the last tenth shrinks in one cycle. */
  #tail(within: readonly number[]): { tail: number[]; tailLaw: number[] } {
    const { n } = this.#parameters;
    const first = within.findIndex((part) => part >= 0.9 && part < 1);
    const next = within[first + 1];
    if (first < 0 || next === undefined) return { tail: [0], tailLaw: [0] };
    const lacking = 1 - (within[first] as number);
    const law = n * lacking * (this.#of.staying?.(lacking) ?? 1);
    return { tail: [Math.round(n * (1 - next))], tailLaw: [law] };
  }

  #publish(): void {
    const crowd = this.#crowd;
    const node = anyOf(crowd, this.#rng);
    const payload = new Uint8Array(this.#parameters.payloadBytes);
    const publish = { type: "publish", topic: "t", payload };
    crowd.command(node, crowd.tenant(node, 0).name, publish);
  }

  #step(): void {
    const { hosting, cycleMs } = this.#parameters;
    if (hosting === "rounds") this.#crowd.round(cycleMs);
    else this.#crowd.run(cycleMs);
  }

  #isOver(): boolean {
    const { n, untilAll, repairMs, loss } = this.#parameters;
    const crowd = this.#crowd;
    if (this.#got.size === n) return untilAll || repairMs > 0 || this.#isQuiet();
    // A repair goes on until all have it; whether anything is on its way, only time tells.
    if (repairMs > 0) return false;
    const { sent, delivered, lost, missed } = crowd.counts;
    const isOnTheWay = sent - delivered - missed > (loss > 0 ? lost : 0);
    return !isOnTheWay && this.#isQuiet();
  }

  #isQuiet(): boolean {
    const crowd = this.#crowd;
    return crowd.live.every((node) => this.#of.isQuiet(crowd.tenant(node, 0)));
  }
}

function graphOf(parameters: CourseParameters, rng: Sfc32): Graph | undefined {
  const { topology } = parameters;
  return topology === "all" ? undefined : topologyOf(topology, parameters, rng);
}
