/**
 * Experiments with HyParView: what its overlay looks like.
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { Tenant } from "hearsay/kernel";
import { asymmetry, clustering, components, inDegrees, paths } from "hearsay/overlay";
import { Crowd } from "hearsay/sim";
import type { CrowdContext } from "hearsay/sim";
import { anyOf, killSome, NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import {
  HYPARVIEW_OPTIONS,
  hyparviewTenants,
  JOIN_OPTIONS,
  joinAll,
  viewsOf,
} from "../crowd/overlays.ts";
import { experiment } from "../experiment.ts";
import type { Experiment } from "../experiment.ts";
import { share, whole } from "../option-table.ts";
import type { ParametersOf } from "../option-table.ts";

const OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 16_000_000 }),
  killShare: share(0, "part of all nodes that die at once when the overlay has settled"),
  healCycles: whole(0, "cycles after that"),
  pathStarts: whole(100, "nodes from which paths are measured; 0 is all"),
  ...HYPARVIEW_OPTIONS,
  ...JOIN_OPTIONS,
  ...NETWORK_OPTIONS,
};

/** Of one node; the others are to join. */
function crowdOf(parameters: ParametersOf<typeof OPTIONS>, seed: number): Crowd {
  const tenant = hyparviewTenants(parameters);
  const tenants = (context: CrowdContext): Tenant[] => [tenant(context)];
  return new Crowd({ seed, size: 1, ...networkOf(parameters), tenants });
}

const VIEWS = experiment(OPTIONS, {
  name: "views",
  story: "nodes join one after the other and shuffle; then the overlay is looked at as a graph",
  measures: {
    path: "mean hops between two nodes",
    maxHops: "hops from a node to the farthest, mean",
    clustering: "clustering coefficient",
    full: "share of active views that are full",
    asymmetric: "share of links that only one side has",
    parts: "connected parts",
    largest: "share of the living in the largest part",
    activeDegree: "neighbours of a node",
    passiveDegree: "passive views that a node is in",
    deadSpares: "spares of a node that are dead",
    messages: "messages of a node in a cycle, at rest",
  },
  plots: [
    { kind: "histogram", title: "Neighbours of a node", of: "activeDegree" },
    { kind: "histogram", title: "Passive views that a node is in", of: "passiveDegree" },
  ],
  check: (parameters) => crowdOf(parameters, 1),
  run(parameters, seed) {
    const { n, killShare, healCycles, pathStarts, activeSize, shuffleIntervalMs } = parameters;
    const rng = new Sfc32(seed, 1);
    const crowd = crowdOf(parameters, seed);
    joinAll(crowd, parameters, () => anyOf(crowd, rng));
    const before = crowd.counts.sent;
    crowd.run(shuffleIntervalMs);
    const messages = (crowd.counts.sent - before) / n;
    killSome(crowd, Math.round(killShare * n), rng);
    crowd.run(healCycles * shuffleIntervalMs);

    const active = viewsOf(crowd, "active");
    const passive = viewsOf(crowd, "passive");
    const live = active.length;
    const starts =
      pathStarts === 0 || pathStarts >= live
        ? active.map((_, index) => index)
        : Array.from({ length: pathStarts }, () => rng.below(live));
    const { mean, farthest } = paths(active, starts);
    const parts = components(active);
    return {
      path: [mean],
      maxHops: [farthest],
      clustering: [clustering(active)],
      full: [active.filter((view) => view.length >= activeSize).length / live],
      asymmetric: [asymmetry(active)],
      parts: [parts.length],
      largest: [(parts[0] ?? 0) / live],
      activeDegree: active.map((view) => view.length),
      passiveDegree: [...inDegrees(passive)],
      deadSpares: [passive.reduce((sum, view) => sum + view.filter((p) => p < 0).length, 0) / live],
      messages: [messages],
    };
  },
});

export const HYPARVIEW_EXPERIMENTS: readonly Experiment[] = [VIEWS];
