/**
 * One seed of a campaign, as a thread does it: plain data in, plain data out.
 * @module
 */
import { checkStory, runCampaignSeed, shrinkScenario } from "hearsay/sim";
import type { SeedReport, WireMode } from "hearsay/sim";

export interface SeedJob {
  readonly seed: number;
  readonly nodes: readonly [least: number, most: number];
  readonly wire?: WireMode | undefined;
  /** Whether a failing story is made small. */
  readonly shrinks: boolean;
}

export interface SeedResult extends SeedReport {
  /** The small story, where there was something to shrink. */
  readonly shrunk?: string;
}

/** Small ones take no time; that of sixty-four nodes a second each. */
const MAX_TRIES = 150;

export default function runSeed({ seed, nodes, wire, shrinks }: SeedJob): SeedResult {
  const report = runCampaignSeed(seed, { nodes, ...(wire !== undefined && { wire }) });
  const { violation, scenario } = report;
  if (violation === undefined || !shrinks) return report;
  const isSame = (text: string): boolean =>
    checkStory(text, { wire: wire ?? "objects" }).violation?.checker === violation.checker;
  return { ...report, shrunk: shrinkScenario(scenario, isSame, { maxTries: MAX_TRIES }) };
}
