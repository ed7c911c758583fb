/**
 * One seed of a campaign, as a thread does it: plain data in, plain data out.
 * @module
 */
import type { Instant } from "hearsay/kernel";
import { checkStory, planSeed, runCampaignSeed, shrinkScenario } from "hearsay/sim";
import type { CampaignOptions, SeedReport, StoryWire } from "hearsay/sim";
import type { Parts } from "./parts-option.ts";

export interface SeedJob {
  readonly seed: number;
  readonly nodes: readonly [least: number, most: number];
  readonly wire?: StoryWire | undefined;
  /** What nodes carry; the others as the seed has it. */
  readonly parts?: Partial<Parts>;
  /** Whether a failing story is made small. */
  readonly shrinks: boolean;
}

export interface SeedResult extends SeedReport {
  /** The small story, where there was something to shrink. */
  readonly shrunk?: string;
}

/** Small ones take no time; that of sixty-four nodes a second each. */
const MAX_TRIES = 150;

/** Stands where a checker does when the run itself has broken. */
const BROKEN = "run";

export default function runSeed(job: SeedJob): SeedResult {
  return attempt(job, runCampaignSeed);
}

/** Runs the seed of a job with `run`; whatever that throws is the seed's failure. */
export function attempt(
  { seed, nodes, wire, parts, shrinks }: SeedJob,
  run: typeof runCampaignSeed,
): SeedResult {
  const options = { nodes, ...(wire !== undefined && { wire }), ...parts };
  try {
    const report = run(seed, options);
    const { violation, scenario } = report;
    if (violation === undefined || !shrinks) return report;
    const isSame = (text: string): boolean =>
      checkStory(text, { wire: report.wire }).violation?.checker === violation.checker;
    return { ...report, shrunk: shrinkScenario(scenario, isSame, { maxTries: MAX_TRIES }) };
  } catch (error) {
    return brokenSeed(seed, options, error as Error);
  }
}

/** An assertion has failed, or a plan cannot be carried out: this seed's failure, and no other's. */
function brokenSeed(seed: number, options: CampaignOptions, error: Error): SeedResult {
  const { text, nodes, faults, wire } = planSeed(seed, options);
  const violation = { checker: BROKEN, at: 0 as Instant, node: "somebody", message: error.message };
  const nothing = { steps: 0, virtualMs: 0, fired: {}, looks: {} };
  return { ...nothing, seed, nodes, faults, wire, scenario: text, violation };
}
