/**
 * Loss alone, and everybody is well: how often does a round end with a verdict against its target?
 *
 *     a round fails:  ping or ack lost   and   each of k relays loses one of its four packets
 *                     1 − q²                   (1 − q⁴)^k                         q = 1 − loss
 *
 * Rounds count in which the target was alive for the prober all the time: of a suspect nothing new can be said, and
 * one who hears of a suspicion has formed no verdict of his own.
 * @see SWIM §3.1, expected rate of false positives
 * @module
 */
import { resolveMembershipConfig } from "hearsay/membership";
import type { MembershipOptions, MemberView } from "hearsay/membership";
import type { Cluster } from "hearsay/sim";
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import { watchedCluster } from "./probe-watch.ts";

export interface VerdictParameters extends ClusterParameters {
  /** Rounds of each prober. */
  readonly rounds: number;
}

interface Round {
  readonly target: string;
  readonly at: number;
  readonly incarnation: number;
  verdict: boolean;
  spoilt: boolean;
}

/** A suspicion outlasts every refutation, and news is rare, so that most rounds begin with a target that is alive. */
const PATIENT: MembershipOptions = { suspicionMult: 64, retransmitMult: 4 };

export const VERDICTS: Experiment<VerdictParameters> = {
  name: "verdicts",
  story: "packets are lost at random, and everybody is well",
  measures: {
    failed:
      "1 for each round that ended with a verdict against its target, 0 for each that did not",
  },
  defaults: {
    ...CLUSTER_DEFAULTS,
    n: 32,
    loss: 0.1,
    latencyMs: [1, 1],
    rounds: 400,
    membership: PATIENT,
  },

  run(parameters, seed) {
    const { probeIntervalMs } = resolveMembershipConfig(parameters.membership);
    const failed: number[] = [];
    /** The round of each prober that is under way. */
    const open = new Map<string, Round>();
    const lab = watchedCluster(
      parameters,
      seed,
      probeIntervalMs,
      ({ node, target, at }, { cluster }) => {
        const { state, incarnation } = memberOf(cluster, node, target);
        const previous = open.get(node);
        // A verdict on an incarnation that has passed meanwhile counts for nothing.
        const isWhole =
          previous !== undefined &&
          !previous.spoilt &&
          memberOf(cluster, node, previous.target).incarnation === previous.incarnation;
        if (isWhole) failed.push(previous.verdict ? 1 : 0);
        open.set(node, { target, at, incarnation, verdict: false, spoilt: state !== "alive" });
      },
    );
    lab.form();
    lab.listen(({ node, about, event }) => {
      const round = open.get(node);
      if (round === undefined || round.target !== about || event.type === "alive") return;
      const { reason } = event;
      if (reason.type === "probeFailed" && reason.startedAt === round.at) round.verdict = true;
      else round.spoilt = true;
    });
    failed.length = 0;
    lab.world.run(parameters.rounds * probeIntervalMs);
    return { failed };
  },
};

function memberOf(cluster: Cluster, node: string, name: string): MemberView {
  const member = cluster.membership(node).member(name);
  if (member === undefined) throw new Error(`BUG: ${node} probes ${name}, whom it does not know`);
  return member;
}
