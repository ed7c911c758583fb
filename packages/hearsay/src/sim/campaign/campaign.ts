/**
 * One seed of a campaign: planned, run under all checkers, told in a report.
 * @module
 */
import { planOf } from "./plan.ts";
import type { Plan, PlanOptions } from "./plan.ts";
import type { StoryWire } from "../scenario-runner.ts";
import { checkStory } from "./story.ts";
import type { StoryReport } from "./story.ts";

export interface CampaignOptions extends Pick<
  PlanOptions,
  "nodes" | "topics" | "maps" | "state" | "detector" | "aggregates"
> {
  /** @default "objects"; "bytes" for one seed in eight, "sealed" for another */
  readonly wire?: StoryWire;
}

export interface SeedReport extends StoryReport {
  readonly seed: number;
  readonly nodes: number;
  /** Classes of faults that were played. */
  readonly faults: readonly string[];
  readonly wire: StoryWire;
  /** The scenario: run it again, and the same will happen. */
  readonly scenario: string;
}

/** One seed in so many travels as bytes, through the codec. */
const BYTES_EVERY = 8;

/** A plan, and how its packets travel. */
export interface SeedPlan extends Plan {
  readonly wire: StoryWire;
}

/** @throws HearsayError `ERR_OPTION` */
export function planSeed(seed: number, { nodes, wire, ...parts }: CampaignOptions = {}): SeedPlan {
  const sealed = wire === undefined ? undefined : wire === "sealed";
  const plan = planOf(seed, { ...(nodes !== undefined && { nodes }), sealed, ...parts });
  const otherwise = seed % BYTES_EVERY === 0 ? "bytes" : "objects";
  return { ...plan, wire: plan.isSealed ? "sealed" : (wire ?? otherwise) };
}

/**
 * Plans and runs one seed. The same seed and options give the same report, in every engine.
 * @throws HearsayError `ERR_OPTION`
 */
export function runCampaignSeed(seed: number, options: CampaignOptions = {}): SeedReport {
  const { text, nodes, faults, wire } = planSeed(seed, options);
  return { ...checkStory(text, { wire }), seed, nodes, faults, wire, scenario: text };
}
