/**
 * All experiments by protocol, and how their runs are done: this module is also what worker threads load.
 * @module
 */
import { HearsayError } from "hearsay/kernel";
import { CommandError } from "../terminal.ts";
import { runJobs } from "../workers/pool.ts";
import type { Work } from "../workers/pool.ts";
import type { Experiment, Sample } from "./experiment.ts";
import { AVERAGING } from "./aggregation/averaging.ts";
import { PUSH_SUM } from "./aggregation/push-sum.ts";
import { CERTIFICATES } from "./anti-entropy/certificates.ts";
import { RECONCILE_EXPERIMENTS } from "./anti-entropy/reconcile.ts";
import { SPREAD } from "./anti-entropy/spread.ts";
import { DETECTOR_ANOMALIES, DETECTOR_LIFE } from "./detection/life.ts";
import { PHI_EXPERIMENTS } from "./detection/phi.ts";
import { ROUNDS } from "./detection/rounds.ts";
import { FLOOD_EXPERIMENTS } from "./flood/flood.ts";
import { HYPARVIEW_EXPERIMENTS } from "./hyparview/hyparview.ts";
import { PLUMTREE_EXPERIMENTS } from "./plumtree/plumtree.ts";
import { SAMPLING_EXPERIMENTS } from "./sampling/sampling.ts";
import { MAIL_EXPERIMENTS } from "./rumor/mail.ts";
import { RUMOR_EXPERIMENTS } from "./rumor/rumor.ts";
import { SCUTTLEBUTT } from "./state/scuttlebutt.ts";
import { TARGETS } from "./state/targets.ts";
import { SWIM_EXPERIMENTS } from "./swim/index.ts";

/** The first of each is what is run if none is named. */
export const EXPERIMENTS: Readonly<Record<string, readonly Experiment[]>> = {
  swim: SWIM_EXPERIMENTS,
  hyparview: HYPARVIEW_EXPERIMENTS,
  plumtree: PLUMTREE_EXPERIMENTS,
  flood: FLOOD_EXPERIMENTS,
  sampling: SAMPLING_EXPERIMENTS,
  rumor: RUMOR_EXPERIMENTS,
  mail: MAIL_EXPERIMENTS,
  aggregate: [AVERAGING, PUSH_SUM] as never,
  "anti-entropy": [SPREAD, CERTIFICATES] as never,
  reconcile: RECONCILE_EXPERIMENTS,
  scuttlebutt: [SCUTTLEBUTT, TARGETS] as never,
  phi: PHI_EXPERIMENTS,
  detection: [ROUNDS, DETECTOR_LIFE, DETECTOR_ANOMALIES] as never,
};

/** One run, as a thread is told. */
export interface Run {
  readonly protocol: string;
  readonly experiment: string;
  /** All of them, those left out are the defaults. */
  readonly parameters: object;
  readonly seed: number;
}

export interface RunOptions {
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRun?: ((run: Run, sample: Sample) => void) | undefined;
}

export function findExperiment(protocol: string, name: string): Experiment | undefined {
  return EXPERIMENTS[protocol]?.find((experiment) => experiment.name === name);
}

/** Does the runs, over threads; the samples come in the order of the runs, `undefined` where an abort came first. */
export async function doRuns(
  runs: readonly Run[],
  options: RunOptions = {},
): Promise<(Sample | undefined)[]> {
  const { workers, signal, onRun } = options;
  const outcomes = await runJobs(WORK, runs, {
    workers,
    signal,
    onResult: (outcome, run) => {
      if ("failure" in outcome) throw new CommandError(outcome.failure);
      onRun?.(run, outcome.sample);
    },
  });
  return outcomes.map((outcome) =>
    outcome !== undefined && "sample" in outcome ? outcome.sample : undefined,
  );
}

/** Runs with the seeds from `seed` on. */
export function seededRuns(run: Omit<Run, "seed">, count: number, seed: number): Run[] {
  return Array.from({ length: count }, (_, i) => ({ ...run, seed: seed + i }));
}

/** What a thread answers: errors lose their class on the way, so that those of the user's doing are told as data. */
type Outcome = { readonly sample: Sample } | { readonly failure: string };

export default function doRun({ protocol, experiment: name, parameters, seed }: Run): Outcome {
  const experiment = findExperiment(protocol, name);
  if (experiment === undefined) throw new Error(`BUG: no experiment ${protocol} ${name}`);
  try {
    return { sample: experiment.run({ ...experiment.defaults, ...parameters }, seed) };
  } catch (error) {
    if (error instanceof CommandError || error instanceof HearsayError) {
      return { failure: error.message };
    }
    throw error;
  }
}

const WORK: Work<Run, Outcome> = { module: import.meta.url, run: doRun };
