/**
 * The papers, their cases, and what becomes of them.
 * @module
 */
import { merge } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { doRuns, seededRuns } from "../experiments.ts";
import type { Run, RunOptions } from "../experiments.ts";
import { AGGREGATION_CASES } from "./aggregation-cases.ts";
import { ANTI_ENTROPY_CASES } from "./anti-entropy-cases.ts";
import { DEMERS_CASES } from "./demers-cases.ts";
import { DETECTION_CASES } from "./detection-cases.ts";
import { HYPARVIEW_CASES } from "./hyparview-cases.ts";
import { LAWS_CASES } from "./laws-cases.ts";
import { LIFEGUARD_CASES } from "./lifeguard-cases.ts";
import { judge, Results } from "./paper-case.ts";
import type { PaperCase, Verdict } from "./paper-case.ts";
import { PLUMTREE_CASES } from "./plumtree-cases.ts";
import { SAMPLING_CASES } from "./sampling-cases.ts";
import { STATE_CASES } from "./state-cases.ts";
import { SWIM_CASES } from "./swim-cases.ts";

export interface Paper {
  readonly title: string;
  /** Whose experiments its cases run. */
  readonly protocol: string;
  readonly cases: readonly PaperCase[];
}

export const PAPERS: Readonly<Record<string, Paper>> = {
  swim: {
    title: "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership (2002)",
    protocol: "swim",
    cases: SWIM_CASES,
  },
  lifeguard: {
    title: "Lifeguard: Local Health Awareness for More Accurate Failure Detection (2017)",
    protocol: "swim",
    cases: LIFEGUARD_CASES,
  },
  hyparview: {
    title:
      "HyParView: a Membership Protocol for Reliable Gossip-Based Broadcast (2007), with flooding",
    protocol: "hyparview",
    cases: HYPARVIEW_CASES,
  },
  plumtree: {
    title: "Epidemic Broadcast Trees (2007): Plumtree over HyParView",
    protocol: "plumtree",
    cases: PLUMTREE_CASES,
  },
  sampling: {
    title: "Gossip-based Peer Sampling (2007), and Cyclon",
    protocol: "sampling",
    cases: SAMPLING_CASES,
  },
  demers: {
    title: "Epidemic Algorithms for Replicated Database Maintenance (1987): rumors and mail",
    protocol: "rumor",
    cases: DEMERS_CASES,
  },
  aggregation: {
    title: "Gossip-based Aggregation in Large Dynamic Networks (2005), and push-sum (2003)",
    protocol: "aggregate",
    cases: AGGREGATION_CASES,
  },
  state: {
    title:
      "Shared state: phi accrual (2004), gossip-style failure detection (1998), death certificates (1987), reconciliation (2022), Scuttlebutt (2008)",
    protocol: "detection",
    cases: [...DETECTION_CASES, ...ANTI_ENTROPY_CASES, ...STATE_CASES],
  },
  laws: {
    title: "Laws of infect and die",
    protocol: "rumor",
    cases: LAWS_CASES,
  },
};

export interface PaperOptions extends RunOptions {
  readonly quick: boolean;
  readonly seed: number;
  /** Told of each case when it is judged. */
  readonly onCase?: (outcome: CaseOutcome) => void;
}

export interface CaseOutcome {
  readonly paperCase: PaperCase;
  readonly runs: number;
  readonly verdicts: readonly Verdict[];
}

/** Runs the cases, one after the other; the runs of each over threads. An abort leaves out what is not done. */
export async function runPaper(
  paper: Paper,
  cases: readonly PaperCase[],
  options: PaperOptions,
): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  /** Cases that ask for the same runs share them. */
  const done = new Map<string, Sample>();
  for (const paperCase of cases) {
    const results = await runCase(paper.protocol, paperCase, options, done);
    if (results === undefined) break;
    const verdicts = paperCase.values.map((value) =>
      judge(value, new Results(results), options.quick),
    );
    const outcome = { paperCase, runs: runsOf(paperCase, options.quick), verdicts };
    outcomes.push(outcome);
    options.onCase?.(outcome);
  }
  return outcomes;
}

async function runCase(
  ofPaper: string,
  paperCase: PaperCase,
  options: PaperOptions,
  done: Map<string, Sample>,
): Promise<Map<string, Sample> | undefined> {
  const { protocol = ofPaper, experiment, variants, quickVariants } = paperCase;
  const runs = runsOf(paperCase, options.quick);
  const wanted: { variant: string; run: Run }[] = [];
  const chosen = options.quick ? (quickVariants ?? variants) : variants;
  for (const [variant, parameters] of Object.entries(chosen)) {
    const sets: readonly object[] = Array.isArray(parameters) ? parameters : [parameters];
    for (const [index, set] of sets.entries()) {
      const seed = options.seed + index * runs;
      const several = seededRuns({ protocol, experiment, parameters: set }, runs, seed);
      wanted.push(...several.map((run) => ({ variant, run })));
    }
  }
  const missing = wanted.map(({ run }) => run).filter((run) => !done.has(keyOf(run)));
  const samples = await doRuns(missing, options);
  for (const [index, sample] of samples.entries()) {
    if (sample === undefined) return undefined;
    done.set(keyOf(missing[index] as Run), sample);
  }
  const results = new Map<string, Sample>();
  for (const variant of Object.keys(chosen)) {
    const own = wanted.filter((one) => one.variant === variant);
    results.set(variant, merge(own.map(({ run }) => done.get(keyOf(run)) as Sample)));
  }
  return results;
}

function runsOf({ runs, quickRuns }: PaperCase, quick: boolean): number {
  return quick ? quickRuns : runs;
}

function keyOf(run: Run): string {
  return JSON.stringify(run);
}
