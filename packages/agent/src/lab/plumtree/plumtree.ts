/**
 * Experiments with Plumtree over HyParView and other overlays.
 * @module
 */
import { Plumtree, PLUMTREE_DEFAULTS, resolvePlumtreeConfig } from "hearsay/broadcast";
import type { PlumtreeConfig } from "hearsay/broadcast";
import { broadcastExperiment } from "../crowd/broadcast.ts";
import type { Experiment } from "../experiment.ts";
import { flag, number, whole } from "../option-table.ts";
import type { OptionSpec } from "../option-table.ts";

const D = PLUMTREE_DEFAULTS;

const OPTIONS = {
  graftAfterMs: number(D.graftAfterMs, "ms from announcement to graft (timeout 1)"),
  graftAgainMs: number(D.graftAgainMs, "ms until the next announcer is asked (timeout 2)"),
  announceEveryMs: number(D.announceEveryMs, "ms that announcements to a peer wait for each other"),
  optimizeHops: whole(D.optimizeHops, "hops nearer at which a link replaces the parent; 0 never"),
  replaceParent: flag(D.replaceParent, "graft the last announcer at once when the parent is lost"),
  maxKept: whole(D.maxKept, "payloads kept for those who ask"),
  maxKeptBytes: whole(D.maxKeptBytes, "the same by bytes"),
  maxMissing: whole(D.maxMissing, "announced payloads that are waited for"),
  maxOrigins: whole(D.maxOrigins, "origins whose publications are remembered"),
} satisfies Record<keyof PlumtreeConfig, OptionSpec>;

const SPREAD = broadcastExperiment({
  name: "spread",
  story: "broadcasts on Plumtree's tree over an overlay, one a cycle",
  options: OPTIONS,
  payloads: ["gossip"],
  tenants: (parameters, overlay) => {
    const names = Object.keys(OPTIONS) as (keyof PlumtreeConfig)[];
    const given = Object.fromEntries(names.map((option) => [option, parameters[option]]));
    const config = resolvePlumtreeConfig(given);
    return ({ name }) => new Plumtree({ name, epoch: 1, overlay, config });
  },
});

export const PLUMTREE_EXPERIMENTS: readonly Experiment[] = [SPREAD];
