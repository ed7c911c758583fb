/**
 * One member has news: how long until all have heard it?
 *
 * The news is a change of tags. Without gossip of its own (`gossipNodes` 0) it rides on pings and acks alone.
 * @see SWIM §4.1
 * @module
 */
import { resolveMembershipConfig } from "hearsay/membership";
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";

export interface NewsParameters extends ClusterParameters {
  /** Pieces of news in one run, one after the other. */
  readonly news: number;
  readonly maxMs: number;
}

export const NEWS: Experiment<NewsParameters> = {
  name: "news",
  story: "a member changes its tags",
  measures: {
    halfMs: "until half of the others have heard, ms",
    allMs: "until all have, ms",
    allPeriods: "the same in probe intervals",
    reachedAll: "1 if all have heard before the time was up",
  },
  defaults: { ...CLUSTER_DEFAULTS, news: 10, maxMs: 60_000 },

  run(parameters, seed) {
    const lab = new LabCluster({ ...parameters, seed });
    lab.form();
    return spreadNews(lab, parameters);
  },
};

export function spreadNews(
  lab: LabCluster,
  { news, maxMs, membership }: Pick<NewsParameters, "news" | "maxMs" | "membership">,
): Record<"halfMs" | "allMs" | "allPeriods" | "reachedAll", number[]> {
  const { cluster, world, rng } = lab;
  const { probeIntervalMs } = resolveMembershipConfig(membership);
  const sample = {
    halfMs: [] as number[],
    allMs: [] as number[],
    allPeriods: [] as number[],
    reachedAll: [] as number[],
  };
  for (let i = 0; i < news; i++) {
    world.run(rng.unit() * probeIntervalMs);
    const { live } = cluster;
    const teller = live[rng.below(live.length)] as string;
    const began = world.now;
    const heard: number[] = [];
    lab.listen(({ at, node, about, event }) => {
      if (about === teller && node !== teller && event.type === "update") heard.push(at - began);
    });
    cluster.setTags(teller, new Map([["news", String(i)]]));
    const others = live.length - 1;
    const all = world.runUntil(() => heard.length >= others, maxMs);
    lab.listen(undefined);
    sample.reachedAll.push(all ? 1 : 0);
    const half = heard[Math.ceil(others / 2) - 1];
    if (half !== undefined) sample.halfMs.push(half);
    const last = heard.at(-1);
    if (all && last !== undefined) {
      sample.allMs.push(last);
      sample.allPeriods.push(last / probeIntervalMs);
    }
    // What one piece of news has left in the queues shall not carry the next.
    world.run(10_000);
  }
  return sample;
}
