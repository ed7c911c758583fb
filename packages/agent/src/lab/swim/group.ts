/**
 * Processes join one after the other on a lossy network: how large is the group that they see?
 * @see SWIM §5.3, figure 4
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";

export interface GroupParameters extends ClusterParameters {
  readonly joinEverySeconds: number;
  /** From the first start to the count. */
  readonly seconds: number;
}

export const GROUP: Experiment<GroupParameters> = {
  name: "group",
  story: "processes join one after the other on a lossy network",
  measures: { size: "members that a node sees in the end, itself among them; of each node" },
  defaults: { ...CLUSTER_DEFAULTS, n: 17, loss: 0.1, joinEverySeconds: 5, seconds: 175 },

  run(parameters, seed) {
    const { n, loss, joinEverySeconds, seconds } = parameters;
    const lab = new LabCluster({ ...parameters, seed });
    const { cluster, world } = lab;
    world.network.setLoss(loss);
    const names = Array.from({ length: n }, (_, i) => `n${i}`);
    for (const [index, name] of names.entries()) {
      cluster.add(name);
      if (index > 0) cluster.join(name, ["n0"]);
      world.run(joinEverySeconds * 1000);
    }
    world.run(Math.max(0, seconds * 1000 - world.now));
    return { size: names.map((name) => lab.view(name).size + 1) };
  },
};
