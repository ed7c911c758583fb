/**
 * A deletion, and a node that was away with an old copy: whether what was deleted comes back.
 *
 *     set ─ all have it ─ one goes away ─ delete ─ … awayCycles … ─ it comes back ─ … ─ who has it now?
 *
 * @see Demers et al. 1987, section 2
 * @module
 */
import type { PeerId } from "hearsay/kernel";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { flag, whole } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { Replicas } from "./replicas.ts";
import { STRATEGY_OPTIONS, strategyOf } from "./strategy-options.ts";

const OPTIONS = {
  n: whole(30, "nodes", { least: 3, most: 100_000 }),
  activeCycles: whole(30, "cycles for which all remember a deletion", { least: 1, most: 1e6 }),
  dormantCycles: whole(60, "cycles for which its sites remember it after that", {
    least: 0,
    most: 1e6,
  }),
  retentionSites: whole(4, "nodes that do", { least: 0, most: 16 }),
  awayCycles: whole(50, "cycles that the old copy is away", { least: 0, most: 1e6 }),
  settleCycles: whole(25, "cycles from there to the end", { least: 1, most: 1e6 }),
  reinstate: flag(false, "somebody writes the key anew before the old copy comes back"),
  cycleMs: whole(1000, "ms of a cycle", { least: 1, most: 600_000 }),
  newsFanout: whole(0, "peers told of a change at once", { least: 0, most: 1_000_000 }),
  ...STRATEGY_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

const KEY = "k";
/** Until all have what was set. */
const FIRST_CYCLES = 20;
const AWAY = 0 as PeerId;

function replicasOf(parameters: Parameters, seed: number): Replicas {
  const { n, cycleMs, newsFanout, retentionSites, activeCycles, dormantCycles } = parameters;
  return new Replicas({
    n,
    seed,
    cycleMs,
    newsFanout,
    newsHops: 8,
    comparison: strategyOf(parameters),
    store: {
      retentionSites,
      activeMs: activeCycles * cycleMs,
      dormantMs: dormantCycles * cycleMs,
    },
  });
}

function run(parameters: Parameters, seed: number): Sample {
  const { cycleMs, awayCycles, settleCycles, reinstate } = parameters;
  const replicas = replicasOf(parameters, seed);
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) replicas.crowd.round(cycleMs);
  };
  replicas.open(true);
  replicas.mutate(1, { type: "set", key: KEY, value: "old" });
  rounds(FIRST_CYCLES);
  const had = replicas.having(KEY);
  replicas.away.add(AWAY);
  replicas.mutate(1, { type: "delete", key: KEY });
  const late = reinstate ? Math.floor(awayCycles / 2) : awayCycles;
  rounds(late);
  const remembered = replicas.having(KEY, "old");
  if (reinstate) {
    replicas.mutate(2, { type: "set", key: KEY, value: "new" });
    rounds(awayCycles - late);
  }
  const certificates = (kind: "active" | "dormant"): number =>
    replicas.crowd.live.filter((node) => replicas.store(node).certificates[kind] > 0).length;
  const dormant = certificates("dormant");
  replicas.away.delete(AWAY);
  rounds(settleCycles);
  return {
    had: [had],
    hidden: [remembered],
    dormant: [dormant],
    back: [replicas.having(KEY, "old")],
    reinstated: [replicas.having(KEY, "new")],
    active: [certificates("active")],
  };
}

export const CERTIFICATES = experiment(OPTIONS, {
  name: "certificates",
  story: "something is deleted while one node is away with an old copy, and then comes back",
  measures: {
    had: "nodes that have it before",
    hidden: "nodes that have it while the one is away",
    dormant: "nodes with a certificate asleep when it comes back",
    back: "nodes that have the old copy in the end",
    reinstated: "nodes that have what was written after the deletion",
    active: "nodes with a young certificate in the end",
  },
  check: (parameters) => replicasOf({ ...parameters, n: 3 }, 1),
  run,
});
