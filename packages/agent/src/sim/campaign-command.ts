/**
 * `hearsay sim campaign`: many seeds of faults under all checkers, spread over threads.
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { HearsayError } from "hearsay/kernel";
import { planOf, planSeed } from "hearsay/sim";
import { expected } from "../lab/arguments.ts";
import { withProgress } from "../lab/progress.ts";
import type { Progress } from "../lab/progress.ts";
import { CommandError, EXIT } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { runJobs } from "../workers/pool.ts";
import type { Work } from "../workers/pool.ts";
import { campaignReport, campaignText } from "./campaign-report.ts";
import { partsOf } from "./parts-option.ts";
import runSeed from "./seed-work.ts";
import type { SeedJob, SeedResult } from "./seed-work.ts";
import { Stopwatch } from "./stopwatch.ts";
import { wireOf } from "./wire-option.ts";

export interface CampaignFlags {
  readonly seeds: number;
  readonly seed: number;
  /** `2..64` */
  readonly nodes: string;
  readonly workers?: number;
  /** Where workers are, instead of threads. */
  readonly queue?: string;
  readonly wire?: string;
  /** What nodes carry: `maps,state` */
  readonly with?: string;
  readonly shrink: boolean;
  readonly out?: string;
  readonly json?: boolean;
  /** Whether progress is shown where no terminal is. */
  readonly progress?: boolean;
}

const WORK: Work<SeedJob, SeedResult> = {
  module: import.meta.url.replace("campaign-command", "seed-work"),
  run: runSeed,
};
const LAST_SEED = 0xffff_ffff;

export async function runCampaignCommand(
  flags: CampaignFlags,
  terminal: Terminal,
): Promise<number> {
  const { workers, queue, json, out } = flags;
  const nodes = nodesOf(flags.nodes);
  const jobs = jobsOf(flags, nodes);
  // Found out now rather than after a night.
  if (out !== undefined) inFolder(out, () => mkdirSync(out, { recursive: true }));
  const watch = new Stopwatch();
  const work = async ({ signal, step, expect }: Progress): Promise<(SeedResult | undefined)[]> => {
    expect(jobs.length);
    if (queue === undefined)
      return runJobs(WORK, jobs, { workers, signal, costOf, onResult: step });
    const { runOnQueue } = await import("./seed-queue.ts");
    const troubles = new Set<string>();
    const onTrouble = (message: string): void => {
      if (!troubles.has(message))
        terminal.stderr.write(`hearsay: --queue: ${message}; trying on\n`);
      troubles.add(message);
    };
    return runOnQueue(queue, jobs, { signal, onResult: step, onTrouble });
  };
  const results = await withProgress(terminal, "seeds", work, flags.progress);
  const report = campaignReport(results, watch.read(queue === undefined));
  const text =
    json === true ? JSON.stringify(report, undefined, 2) : campaignText(report, nodes, flags.with);
  terminal.stdout.write(`${text}\n`);
  if (out !== undefined) writeStories(out, report.failures);
  // Whoever pressed Ctrl-C knows that it did not come to its end, whatever it had seen by then.
  if (report.missing > 0) return EXIT.interrupted;
  return report.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

export interface WorkerFlags {
  readonly queue: string;
  readonly workers?: number;
}

/** `hearsay sim worker`: does the seeds of other machines' campaigns. */
export async function runWorkerCommand(flags: WorkerFlags, terminal: Terminal): Promise<number> {
  const { queue, workers = availableParallelism() } = flags;
  const { placeOf, workOnQueue } = await import("./seed-queue.ts");
  const place = placeOf(queue);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  terminal.stderr.write(`hearsay: doing seeds of ${place} on ${workers} threads\n`);
  await workOnQueue(queue, workers, controller.signal);
  return EXIT.ok;
}

function jobsOf(flags: CampaignFlags, nodes: readonly [number, number]): SeedJob[] {
  const { seeds, seed, shrink: shrinks } = flags;
  if (seed + seeds - 1 > LAST_SEED) throw expected("--seed", `at most ${LAST_SEED}`, seed);
  const [wire, parts] = [wireOf(flags.wire), partsOf(flags.with)];
  return Array.from({ length: seeds }, (_, i) => ({ seed: seed + i, nodes, wire, parts, shrinks }));
}

/** What nodes carry, and how many times the time of a seed it takes: most of it for 200 s that are waited at the end. */
const LOADS: Readonly<Record<string, number>> = { state: 6, aggregates: 3, maps: 2, topics: 1 };

/** What a seed takes grows with its nodes, with what they carry, and packets in bytes take more. */
function costOf({ seed, nodes, wire, parts }: SeedJob): number {
  const plan = planSeed(seed, { nodes, ...(wire !== undefined && { wire }), ...parts });
  const load = plan.carried.reduce((sum, part) => sum + (LOADS[part] ?? 0), 1);
  return plan.nodes * load * (plan.wire === "objects" ? 1 : 2);
}

function nodesOf(text: string): readonly [least: number, most: number] {
  const [, least, most = least] = /^(\d+)(?:\.\.(\d+))?$/u.exec(text) ?? [];
  const nodes = [Number(least), Number(most)] as const;
  try {
    planOf(1, { nodes });
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    throw expected("--nodes", `${error.expected}, such as 2..64`, text);
  }
  return nodes;
}

/** Each failure as a file that `hearsay sim run` takes. */
export function writeStories(folder: string, failures: readonly SeedResult[]): void {
  inFolder(folder, () => {
    mkdirSync(folder, { recursive: true });
    for (const { seed, scenario, shrunk, violation } of failures) {
      const head = `# Seed ${seed}, ${violation?.checker}: ${violation?.node} ${violation?.message}\n`;
      writeFileSync(join(folder, `seed-${seed}.scenario`), head + (shrunk ?? scenario));
    }
  });
}

function inFolder(folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new CommandError(`--out: cannot write to ${folder}: ${(error as Error).message}`);
  }
}
