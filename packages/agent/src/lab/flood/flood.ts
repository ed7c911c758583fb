/**
 * Experiments with flooding over an overlay: the baseline of trees.
 * @module
 */
import { Flood } from "hearsay/broadcast";
import type { FloodOptions } from "hearsay/broadcast";
import { broadcastExperiment } from "../crowd/broadcast.ts";
import type { Experiment } from "../experiment.ts";
import { whole } from "../option-table.ts";
import type { OptionSpec } from "../option-table.ts";

const OPTIONS = {
  maxOrigins: whole(4096, "origins whose publications are remembered"),
} satisfies Record<keyof Omit<FloodOptions, "name" | "epoch" | "overlay">, OptionSpec>;

const SPREAD = broadcastExperiment({
  name: "spread",
  story: "broadcasts flood the links of an overlay, one a cycle",
  options: OPTIONS,
  payloads: ["flood"],
  tenants:
    ({ maxOrigins }, overlay) =>
    ({ name }) =>
      new Flood({ name, epoch: 1, overlay, maxOrigins }),
});

export const FLOOD_EXPERIMENTS: readonly Experiment[] = [SPREAD];
