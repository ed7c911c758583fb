/**
 * Jobs spread over worker threads.
 *
 *     jobs ──▶ thread 1  job ─▶ result ┐
 *              thread 2  job ─▶ result ├──▶ onResult, as they come; at the end all, in the order of the jobs
 *              …                       ┘
 *
 * A job is plain data, and so is its result. Each job is a pure function of what it is given, so that the results
 * do not depend on how many threads there are. Threads need compiled modules: from TypeScript sources, as in tests,
 * jobs run one after the other in this thread.
 * @module
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";

/** What is done with each job. */
export interface Work<Job, Result> {
  /** The `import.meta.url` of a module whose default export is `run`. */
  readonly module: string;
  readonly run: (job: Job) => Result;
}

export interface PoolOptions<Job, Result> {
  /** Threads; 1 is this one. @default as many as the machine has cores */
  readonly workers?: number | undefined;
  /** Once aborted, no further job begins and those that run are given up. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What a job costs, in any unit: of the last ones (256) the dearest begin first, so that no thread is left alone with a long
   * one at the end. @default all the same
   */
  readonly costOf?: ((job: Job) => number) | undefined;
  readonly onResult?: ((result: Result, job: Job, index: number) => void) | undefined;
}

/** So many of the last jobs are put in order: to look at all would take its time, too. */
const SORTED_JOBS = 256;

/**
 * Does all jobs.
 * @returns the results in the order of the jobs; `undefined` for those that an abort has left undone
 * @throws what the first job to fail has thrown
 */
export async function runJobs<Job, Result>(
  work: Work<Job, Result>,
  jobs: readonly Job[],
  options: PoolOptions<Job, Result> = {},
): Promise<(Result | undefined)[]> {
  const { workers = availableParallelism(), signal, costOf, onResult } = options;
  const results: (Result | undefined)[] = jobs.map(() => undefined);
  const done = (result: Result, index: number): void => {
    results[index] = result;
    onResult?.(result, jobs[index] as Job, index);
  };
  const threads = work.module.endsWith(".ts") ? 1 : Math.min(workers, jobs.length);
  if (threads > 1) await runOnThreads(work, jobs, orderOf(jobs, costOf), threads, signal, done);
  else await runHere(work, jobs, signal, done);
  return results;
}

async function runHere<Job, Result>(
  work: Work<Job, Result>,
  jobs: readonly Job[],
  signal: AbortSignal | undefined,
  done: (result: Result, index: number) => void,
): Promise<void> {
  for (const [index, job] of jobs.entries()) {
    if (signal?.aborted === true) return;
    done(work.run(job), index);
    // Signals and output have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Indices of the jobs, in the order in which they begin. */
export function orderOf<Job>(
  jobs: readonly Job[],
  costOf: ((job: Job) => number) | undefined,
): number[] {
  const order = jobs.map((_, index) => index);
  if (costOf === undefined) return order;
  const first = Math.max(0, jobs.length - SORTED_JOBS);
  const last = order.slice(first).map((index) => ({ index, cost: costOf(jobs[index] as Job) }));
  last.sort((a, b) => b.cost - a.cost || a.index - b.index);
  return [...order.slice(0, first), ...last.map(({ index }) => index)];
}

async function runOnThreads<Job, Result>(
  work: Work<Job, Result>,
  jobs: readonly Job[],
  order: readonly number[],
  threads: number,
  signal: AbortSignal | undefined,
  done: (result: Result, index: number) => void,
): Promise<void> {
  const pool = new Piscina<Job, Result>({
    filename: fileURLToPath(work.module),
    minThreads: threads,
    maxThreads: threads,
  });
  let next = 0;
  const isAborted = (): boolean => signal?.aborted === true;
  // One lane for each thread, so that no more jobs are handed over than run: an abort has little to take back.
  const lane = async (): Promise<void> => {
    while (next < jobs.length && !isAborted()) {
      const index = order[next++] as number;
      try {
        done(await pool.run(jobs[index] as Job, signal === undefined ? {} : { signal }), index);
      } catch (error) {
        if (!isAborted()) throw error;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    await pool.destroy();
  }
}
