/**
 * One seed of a campaign: planned, run under all checkers, told in a report.
 * @module
 */
import type { WireMode } from "../udp.ts";
import { planOf } from "./plan.ts";
import type { PlanOptions } from "./plan.ts";
import { checkStory } from "./story.ts";
import type { StoryReport } from "./story.ts";

export interface CampaignOptions extends PlanOptions {
  /** @default "objects", and "bytes" for one seed in eight */
  readonly wire?: WireMode;
}

export interface SeedReport extends StoryReport {
  readonly seed: number;
  readonly nodes: number;
  /** Classes of faults that were played. */
  readonly faults: readonly string[];
  readonly wire: WireMode;
  /** The scenario: run it again, and the same will happen. */
  readonly scenario: string;
}

/** One seed in so many travels as bytes, through the codec. */
const BYTES_EVERY = 8;

/**
 * Plans and runs one seed. The same seed and options give the same report, in every engine.
 * @throws HearsayError `ERR_OPTION`
 */
export function runCampaignSeed(seed: number, options: CampaignOptions = {}): SeedReport {
  const { text, nodes, faults } = planOf(seed, options);
  const wire = options.wire ?? (seed % BYTES_EVERY === 0 ? "bytes" : "objects");
  return { ...checkStory(text, { wire }), seed, nodes, faults, wire, scenario: text };
}
