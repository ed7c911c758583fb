/**
 * In which order members are probed: how long until somebody's turn comes, and until anybody's.
 *
 *     one prober       … b d a c │ a c b d │ …      between two turns of one member 2n − 1 rounds at most
 *     all probers                                   somebody's round on it begins within 1 / (1 − 1/e) periods
 *
 * @see SWIM §4.3, §3.1
 * @module
 */
import { resolveMembershipConfig } from "hearsay/membership";
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import { watchedCluster } from "./probe-watch.ts";

export interface OrderParameters extends ClusterParameters {
  /** Rounds of each prober. */
  readonly rounds: number;
  /** Instants, for each member, from which the time to the next round on it is taken. */
  readonly instants: number;
}

export const ORDER: Experiment<OrderParameters> = {
  name: "order",
  story: "nothing happens; whom does each node probe, and when?",
  measures: {
    gap: "rounds of one prober from one turn of a member to its next",
    firstMs: "from a random instant until somebody's round on a given member begins, ms",
    firstPeriods: "the same in whole periods, the one under way counted",
  },
  defaults: { ...CLUSTER_DEFAULTS, rounds: 400, instants: 8 },

  run(parameters, seed) {
    const { membership, rounds, instants } = parameters;
    const { probeIntervalMs } = resolveMembershipConfig(membership);
    const turns = new Map<string, number[]>();
    const lab = watchedCluster(parameters, seed, probeIntervalMs, ({ target, node, at }) => {
      const key = `${node} ${target}`;
      const times = turns.get(key) ?? [];
      if (times.length === 0) turns.set(key, times);
      times.push(at);
    });
    lab.form();
    const began = lab.world.now;
    for (const times of turns.values()) times.length = 0;
    lab.world.run(rounds * probeIntervalMs);
    const gap: number[] = [];
    const atTarget = new Map<string, number[]>();
    for (const [key, times] of turns) {
      const target = key.slice(key.indexOf(" ") + 1);
      atTarget.set(target, [...(atTarget.get(target) ?? []), ...times]);
      for (const [index, at] of times.entries()) {
        if (index > 0) gap.push(Math.round((at - (times[index - 1] as number)) / probeIntervalMs));
      }
    }
    const firstMs = [...atTarget.values()].flatMap((times) => {
      const sorted = Float64Array.from(times).sort();
      // Up to its last turn: what comes after that is unknown, and the same for all instants before it.
      const span = (sorted.at(-1) ?? began) - began;
      return Array.from({ length: instants }, () => {
        const instant = began + lab.rng.unit() * span;
        return (sorted.find((at) => at >= instant) as number) - instant;
      });
    });
    return { gap, firstMs, firstPeriods: firstMs.map((ms) => Math.ceil(ms / probeIntervalMs)) };
  },
};
