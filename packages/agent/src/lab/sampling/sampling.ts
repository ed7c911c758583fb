/**
 * Experiments with gossip-based peer sampling: what its graph looks like, and how it is rid of the dead.
 *
 *     start (random, lattice, growing) ──▶ settleCycles ──▶ the graph ──▶ kill ──▶ healCycles: dead links, cycle by cycle
 *
 * Hosted by rounds, as the papers simulate it: in each cycle every node has one turn, in a fresh random order; or by
 * events, as production is: at its own times, with latencies.
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { PeerId, Tenant } from "hearsay/kernel";
import {
  clustering,
  components,
  deadLinks,
  inDegrees,
  paths,
  PEER_SAMPLING,
  PeerSampling,
  ring,
  spread,
  strongComponents,
  undirected,
} from "hearsay/overlay";
import type { Graph } from "hearsay/overlay";
import { Crowd } from "hearsay/sim";
import type { CrowdContext } from "hearsay/sim";
import { anyOf, killSome, NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { experiment } from "../experiment.ts";
import type { Experiment, Sample } from "../experiment.ts";
import { share, whole, word } from "../option-table.ts";
import type { ParametersOf } from "../option-table.ts";
import { SAMPLING_OPTIONS, samplingConfig } from "./sampling-options.ts";

const OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 1_000_000 }),
  host: word("rounds", ["rounds", "events"], "synchronous cycles, or everybody at its own times"),
  start: word(
    "random",
    ["random", "lattice", "growing"],
    "who is known at first: any, the nearest of a ring, or only the first node, by newcomers",
  ),
  joinsPerCycle: whole(100, "newcomers in a cycle of a growing network", { least: 1 }),
  settleCycles: whole(50, "cycles before anything is measured"),
  killShare: share(0, "part of all nodes that die at once then"),
  healCycles: whole(0, "cycles after that"),
  pathStarts: whole(100, "nodes from which paths are measured; 0 is all"),
  ...SAMPLING_OPTIONS,
  ...NETWORK_OPTIONS,
};

type Parameters = ParametersOf<typeof OPTIONS>;

const VIEWS = experiment(OPTIONS, {
  name: "views",
  story: "nodes exchange parts of their views; the graph of all views is looked at, then some die",
  measures: {
    inDegree: "views that a node is in",
    deviation: "standard deviation of that",
    clustering: "clustering coefficient, links taken both ways",
    path: "mean hops between two nodes, links taken both ways",
    parts: "connected parts, links taken both ways",
    strong: "share of nodes in the largest part whose members reach each other as links point",
    entries: "entries of a view",
    messages: "messages of a node in a cycle",
    cycle: "cycles after the deaths",
    dead: "dead entries of a view",
    halfAt: "cycles until dead entries are half as many; healCycles + 1 if they never are",
    cleanAt: "cycles until none is left; healCycles + 1 if some stay",
    largest: "share of the survivors in the largest connected part, at the end",
  },
  plots: [
    { kind: "histogram", title: "Views that a node is in", of: "inDegree" },
    { kind: "curve", title: "Healing", x: "cycle", y: "dead" },
  ],
  check: (parameters) => new SamplingLab({ ...parameters, n: 2 }, 1),
  run: (parameters, seed) => new SamplingLab(parameters, seed).run(),
});

class SamplingLab {
  readonly #crowd: Crowd;
  readonly #parameters: Parameters;
  readonly #rng: Sfc32;

  constructor(parameters: Parameters, seed: number) {
    const { n, start } = parameters;
    const config = samplingConfig(parameters);
    this.#parameters = parameters;
    this.#rng = new Sfc32(seed, 1);
    this.#crowd = new Crowd({
      seed,
      size: start === "growing" ? 1 : n,
      ...networkOf(parameters),
      tenants: ({ self, name, peers }: CrowdContext): Tenant[] => [
        new PeerSampling({ self: { name, address: peers.addressOf(self) }, peers, config }),
      ],
    });
  }

  run(): Sample {
    const { n, settleCycles, killShare } = this.#parameters;
    this.#start();
    for (let i = 0; i < settleCycles; i++) this.#cycle();
    const before = this.#crowd.counts.sent;
    const settled = this.#graph();
    const measured = this.#measure(settled);
    killSome(this.#crowd, Math.round(killShare * n), this.#rng);
    const healed = this.#heal();
    const parts = components(this.#graph());
    return {
      ...measured,
      ...healed,
      messages: [before / n / Math.max(1, settleCycles)],
      largest: [(parts[0] ?? 0) / this.#crowd.live.length],
    };
  }

  #start(): void {
    const { n, start, joinsPerCycle, viewSize } = this.#parameters;
    const crowd = this.#crowd;
    const known = Math.min(viewSize, n - 1);
    if (start === "growing") {
      while (crowd.live.length < n) {
        const newcomers = Math.min(joinsPerCycle, n - crowd.live.length);
        for (let i = 0; i < newcomers; i++) this.#join(crowd.add(), [0 as PeerId]);
        this.#cycle();
      }
    } else if (start === "lattice") {
      const reach = Math.max(1, Math.min(Math.ceil(viewSize / 2), Math.floor((n - 1) / 2)));
      const lattice = n < 3 ? [[1], [0]] : ring(n, reach);
      for (const [node, nearest] of lattice.entries()) {
        this.#join(node as PeerId, nearest as readonly PeerId[]);
      }
    } else {
      for (let node = 0; node < n; node++) {
        const others = new Set<PeerId>();
        while (others.size < known) {
          const other = anyOf(crowd, this.#rng);
          if (other !== node) others.add(other);
        }
        this.#join(node as PeerId, [...others]);
      }
    }
  }

  #join(node: PeerId, others: readonly PeerId[]): void {
    const { peers } = this.#crowd;
    const contacts = others.map((peer) => {
      return { name: peers.nameOf(peer), address: peers.addressOf(peer) };
    });
    this.#crowd.command(node, PEER_SAMPLING, { type: "join", contacts } as never);
  }

  #cycle(): void {
    const { host, intervalMs } = this.#parameters;
    if (host === "rounds") this.#crowd.round(intervalMs);
    else this.#crowd.run(intervalMs);
  }

  #measure(views: Graph): Sample {
    const { pathStarts } = this.#parameters;
    const both = undirected(views);
    const count = both.length;
    const starts =
      pathStarts === 0 || pathStarts >= count
        ? Array.from(both.keys())
        : Array.from({ length: pathStarts }, () => this.#rng.below(count));
    const degrees = inDegrees(views);
    return {
      inDegree: [...degrees],
      deviation: [spread(degrees).deviation],
      clustering: [clustering(views)],
      path: [paths(both, starts).mean],
      parts: [components(views).length],
      strong: [(strongComponents(views)[0] ?? 0) / count],
      entries: views.map((view) => view.length),
    };
  }

  /** Goes on for some cycles and counts entries of the dead. */
  #heal(): Sample {
    const { healCycles } = this.#parameters;
    const dead = [deadLinks(this.#graph())];
    for (let i = 0; i < healCycles; i++) {
      this.#cycle();
      dead.push(deadLinks(this.#graph()));
    }
    const first = (limit: number): number => {
      const found = dead.findIndex((count) => count <= limit);
      return found < 0 ? healCycles + 1 : found;
    };
    return {
      cycle: Array.from(dead.keys()),
      dead,
      halfAt: [first((dead[0] as number) / 2)],
      cleanAt: [first(0)],
    };
  }

  /** Who has whom in its view, the living numbered as they stand in the crowd's list; the dead are -1. */
  #graph(): Graph {
    const crowd = this.#crowd;
    const places = new Map(crowd.live.map((node, place) => [node, place]));
    return crowd.live.map((node) => {
      return (crowd.tenant(node, 0) as PeerSampling).members.map((peer) => places.get(peer) ?? -1);
    });
  }
}

export const SAMPLING_EXPERIMENTS: readonly Experiment[] = [VIEWS];
