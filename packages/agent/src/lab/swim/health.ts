/**
 * A member loses everybody for a while and knows that it may be its own fault: how far does it slow down, and how soon
 * does it trust itself again?
 *
 *     local health  0 ──every probe fails──▶ the most ──every probe succeeds──▶ 0
 *     round         T'                       T' × (1 + the most)
 *
 * @see Lifeguard §III.A
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";

export interface HealthParameters extends ClusterParameters {
  /** For how long nothing reaches the member, nor anybody from it. */
  readonly cutSeconds: number;
}

/** Longest wait until the member trusts itself again. */
const MAX_RECOVERY_MS = 600_000;

export const HEALTH: Experiment<HealthParameters> = {
  name: "health",
  story: "one member is cut off from all others, and connected again",
  measures: {
    worst: "local health at its worst; 0 is well",
    firstFailure: "local health after the first failed probe",
    intervalMs: "longest round, ms",
    timeoutMs: "longest wait for a direct answer, ms",
    stepsBack: "how many steps local health took back to 0",
    largestStepBack: "the largest of them",
  },
  defaults: { ...CLUSTER_DEFAULTS, n: 64, cutSeconds: 60 },

  run(parameters, seed) {
    const lab = new LabCluster({ ...parameters, seed });
    lab.form();
    const { cluster, world } = lab;
    const [victim = "", ...others] = cluster.live;
    const membership = cluster.membership(victim);
    const scores: number[] = [];
    const rounds: { intervalMs: number; timeoutMs: number }[] = [];
    lab.listen(({ node, event }) => {
      if (node === victim && event.reason.type === "probeFailed") rounds.push(event.reason);
    });
    const watch = (): false => {
      if (membership.localHealth !== (scores.at(-1) ?? 0)) scores.push(membership.localHealth);
      return false;
    };
    world.partition([[victim], others]);
    world.runUntil(watch, parameters.cutSeconds * 1000);
    const worst = Math.max(0, ...scores);
    world.repair();
    const fall = scores.length;
    world.runUntil(() => watch() || membership.localHealth === 0, MAX_RECOVERY_MS);
    const back = [worst, ...scores.slice(fall)];
    const steps = back.slice(1).map((score, index) => (back[index] as number) - score);
    return {
      worst: [worst],
      firstFailure: scores.slice(0, 1),
      intervalMs: [Math.max(...rounds.map(({ intervalMs }) => intervalMs))],
      timeoutMs: [Math.max(...rounds.map(({ timeoutMs }) => timeoutMs))],
      stepsBack: [steps.filter((step) => step > 0).length],
      largestStepBack: [Math.max(...steps)],
    };
  },
};
