/**
 * Changes at some of many replicas, and how long it takes, and costs, until all have all of them.
 * @see Demers et al. 1987, sections 1.2 and 1.3
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import { NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { Replicas } from "./replicas.ts";
import { STRATEGY_OPTIONS, strategyOf } from "./strategy-options.ts";

const OPTIONS = {
  n: whole(100, "nodes", { least: 2, most: 1_000_000 }),
  changes: whole(10, "keys that are written, each at any node", { least: 1, most: 100_000 }),
  keys: whole(0, "keys that all have from the beginning", { least: 0, most: 100_000 }),
  cycles: whole(200, "cycles at most", { least: 1, most: 100_000 }),
  hosting: word(
    "rounds",
    ["rounds", "events"],
    "rounds in a fresh random order, or nodes in phases of their own",
  ),
  cycleMs: whole(1000, "ms between two comparisons of a node", { least: 1, most: 600_000 }),
  newsFanout: whole(0, "peers told of a change at once", { least: 0, most: 1_000_000 }),
  newsHops: whole(8, "how often that is passed on", { least: 0, most: 64 }),
  ...STRATEGY_OPTIONS,
  ...NETWORK_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

function replicasOf(parameters: Parameters, seed: number): Replicas {
  const { n, cycleMs, newsFanout, newsHops } = parameters;
  const comparison = strategyOf(parameters);
  const network = networkOf(parameters);
  return new Replicas({ n, seed, cycleMs, newsFanout, newsHops, comparison, network });
}

function run(parameters: Parameters, seed: number): Sample {
  const { n, changes, keys, cycles, hosting, cycleMs } = parameters;
  const replicas = replicasOf(parameters, seed);
  const { crowd } = replicas;
  const rng = new Sfc32(seed, 6);
  replicas.open(hosting === "rounds");
  for (let i = 0; i < keys; i++) {
    const entry = replicas.store(0).set(`old-${i}`, "v", 1);
    for (let node = 1; node < n; node++) replicas.store(node).table.put(entry);
  }
  for (let i = 0; i < changes; i++) {
    replicas.mutate(rng.below(n), { type: "set", key: `key-${i}`, value: "v" });
  }
  const shares: number[] = [];
  const before = crowd.counts.sent;
  const look = (): number => {
    let there = 0;
    for (const node of crowd.live) there += replicas.store(node).table.size - keys;
    shares.push(there / (n * changes));
    return shares.at(-1) as number;
  };
  let cycle = 0;
  while (look() < 1 && cycle++ < cycles) {
    if (hosting === "rounds") crowd.round(cycleMs);
    else crowd.run(cycleMs);
  }
  const passed = Math.max(1, shares.length - 1);
  return {
    lastCycles: [shares.at(-1) === 1 ? shares.length - 1 : -1],
    residue: [1 - (shares.at(-1) as number)],
    sent: [(crowd.counts.sent - before) / n / passed],
    cycle: shares.map((_, index) => index),
    share: shares,
  };
}

export const SPREAD = experiment(OPTIONS, {
  name: "spread",
  story: "changes at some of many replicas, until all have all of them",
  measures: {
    lastCycles: "cycles until all have all; -1 is never",
    residue: "share of changes and nodes that do not meet in the end",
    sent: "messages, a node and cycle",
    cycle: "cycle",
    share: "share of changes and nodes that have met",
  },
  plots: [{ kind: "curve", title: "Spread", x: "cycle", y: "share" }],
  check: (parameters) => replicasOf({ ...parameters, n: 2 }, 1),
  run,
});
