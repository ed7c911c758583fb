/**
 * Somebody comes: how long until all know it, and it knows all?
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";

export interface JoinParameters extends ClusterParameters {
  /** Nodes that join, one after the other. */
  readonly joins: number;
  readonly maxMs: number;
}

export const JOIN: Experiment<JoinParameters> = {
  name: "join",
  story: "a cluster starts all at once; then nodes join, one after the other",
  measures: {
    formedMs: "from the start of all nodes at once until all know all, without loss, ms",
    joinMs: "from one node's join until all know it and it knows all, ms",
    unknown: "members that did not know it when the time was up",
  },
  defaults: { ...CLUSTER_DEFAULTS, joins: 10, maxMs: 120_000 },

  run(parameters, seed) {
    const lab = new LabCluster({ ...parameters, seed });
    lab.form();
    return { formedMs: [lab.formedMs], ...joinMembers(lab, parameters) };
  },
};

export function joinMembers(
  lab: LabCluster,
  { joins, maxMs }: Pick<JoinParameters, "joins" | "maxMs">,
): { joinMs: number[]; unknown: number[] } {
  const { cluster, world, rng } = lab;
  const joinMs: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < joins; i++) {
    const { live } = cluster;
    const name = `late${i}`;
    const missing = new Set(live);
    lab.listen(({ node, about, event }) => {
      if (about === name && event.type === "join") missing.delete(node);
    });
    const began = world.now;
    cluster.add(name);
    cluster.join(name, [live[rng.below(live.length)] as string]);
    const isKnown = (): boolean => missing.size === 0 && lab.view(name).size >= live.length;
    if (world.runUntil(isKnown, maxMs)) joinMs.push(world.now - began);
    unknown.push(missing.size);
    lab.listen(undefined);
    world.run(1000 + rng.unit() * 1000);
  }
  return { joinMs, unknown };
}
