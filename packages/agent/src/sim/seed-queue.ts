/**
 * Seeds handed to workers on any number of machines, through BullMQ on Redis.
 *
 *     campaign ── jobs ──▶ Redis ◀── worker · worker · worker …
 *              ◀─ results ─┘         one that dies leaves its seed to the others
 *
 * A job and its result are plain data, and a seed is a pure function of its job: done twice it is the same. So a
 * worker that stops renewing its lock loses the seed to another one, and nothing else happens. BullMQ is loaded
 * when somebody asks for a queue; it is not installed with the agent.
 * @module
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ConnectionOptions } from "bullmq";
import { Piscina } from "piscina";
import { CommandError, UsageError } from "../terminal.ts";
import type { SeedJob, SeedResult } from "./seed-work.ts";

const QUEUE = "hearsay-seeds";
/** A worker that has not renewed its lock for so long is taken for dead. */
const LOCK_MS = 5000;
const LOOK_FOR_DEAD_MS = 1000;
/** So many workers may die over one seed. */
const MAX_DEATHS = 100;
/** So long may it take to reach Redis. */
const CONNECT_MS = 5000;
/** And so long to take leave of it. */
const GOODBYE_MS = 2000;
/** Redis's own. */
const DEFAULT_PORT = 6379;
/** Results wait in Redis for a campaign that does not come back. */
const KEEP_SECONDS = 3600;

interface QueuedSeed {
  readonly campaign: string;
  readonly index: number;
  readonly job: SeedJob;
}

export interface QueueOptions {
  readonly signal: AbortSignal;
  readonly onResult: () => void;
  /** Redis is gone for now: what is said of it. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Has all jobs done by the workers of the queue.
 * @returns the results in the order of the jobs; `undefined` for those that an abort has left undone
 */
export async function runOnQueue(
  url: string,
  jobs: readonly SeedJob[],
  { signal, onResult, onTrouble }: QueueOptions,
): Promise<(SeedResult | undefined)[]> {
  const { Queue, QueueEvents } = await bullmq();
  const connection = connectionOf(url);
  await somebodyAnswers(url);
  const campaign = randomUUID();
  const queue = new Queue<QueuedSeed, SeedResult>(QUEUE, { connection });
  const events = new QueueEvents(QUEUE, { connection });
  queue.on("error", ({ message }) => onTrouble(message));
  events.on("error", ({ message }) => onTrouble(message));
  const results: (SeedResult | undefined)[] = jobs.map(() => undefined);
  let open = jobs.length;
  try {
    await events.waitUntilReady();
    const finished = new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => resolve());
      events.on("completed", ({ jobId, returnvalue }) => {
        const [owner, index] = jobId.split(".");
        if (owner !== campaign || results[Number(index)] !== undefined) return;
        const value: unknown = returnvalue;
        results[Number(index)] = (
          typeof value === "string" ? JSON.parse(value) : value
        ) as SeedResult;
        onResult();
        if (--open === 0) resolve();
      });
      events.on("failed", ({ jobId, failedReason }) => {
        if (jobId.startsWith(campaign)) reject(new CommandError(`--queue: ${failedReason}`));
      });
    });
    const keep = { age: KEEP_SECONDS };
    await queue.addBulk(
      jobs.map((job, index) => ({
        name: `seed ${job.seed}`,
        data: { campaign, index, job },
        opts: { jobId: `${campaign}.${index}`, removeOnComplete: keep, removeOnFail: keep },
      })),
    );
    await finished;
    if (signal.aborted) await atMost(GOODBYE_MS, takeBack(queue, jobs.length, campaign));
  } finally {
    await atMost(GOODBYE_MS, Promise.all([events.close(), queue.close()]));
  }
  return results;
}

/** Redis may be gone, and whoever has pressed Ctrl-C does not wait for it. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  const timer = delay(ms, undefined, { signal: late.signal }).catch(() => {});
  await Promise.race([work.catch(() => {}), timer]);
  late.abort();
}

/** Takes out what no worker has begun. */
async function takeBack(
  queue: { remove(id: string): Promise<number> },
  count: number,
  campaign: string,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    // One that a worker is at is locked and stays: nobody waits for it.
    await queue.remove(`${campaign}.${index}`).catch(() => 0);
  }
}

/** Does the seeds of whatever campaigns there are, until it is told to stop. */
export async function workOnQueue(
  url: string,
  threads: number,
  signal: AbortSignal,
): Promise<void> {
  const { Worker } = await bullmq();
  const connection = connectionOf(url);
  await somebodyAnswers(url);
  const filename = fileURLToPath(import.meta.url.replace("seed-queue", "seed-work"));
  // A seed takes a thread: this one has locks to renew.
  const pool = new Piscina<SeedJob, SeedResult>({ filename, maxThreads: threads });
  const worker = new Worker<QueuedSeed, SeedResult>(QUEUE, ({ data }) => pool.run(data.job), {
    connection,
    concurrency: threads,
    lockDuration: LOCK_MS,
    stalledInterval: LOOK_FOR_DEAD_MS,
    maxStalledCount: MAX_DEATHS,
  });
  const failed = new Promise<never>((_, reject) => {
    worker.on("error", ({ message }) => reject(new CommandError(`--queue: ${message}`)));
  });
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  try {
    await Promise.race([stopped, failed]);
  } finally {
    await atMost(GOODBYE_MS, worker.close());
    await pool.destroy();
  }
}

/** A client of Redis tries for ever; whoever has mistyped an address wants to hear of it. */
async function somebodyAnswers(url: string): Promise<void> {
  const { hostname, port } = urlOf(url);
  const host = hostname.replaceAll(/[[\]]/gu, "");
  const socket = connect({ host, port: Number(port || DEFAULT_PORT) });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_MS) });
  } catch (error) {
    const isLate = (error as Error).name === "AbortError";
    const why = isLate ? `no answer within ${CONNECT_MS / 1000} s` : (error as Error).message;
    throw new CommandError(`--queue: no Redis at ${placeOf(url)}: ${why}`);
  } finally {
    socket.destroy();
  }
}

async function bullmq(): Promise<typeof import("bullmq")> {
  try {
    return await import("bullmq");
  } catch {
    throw new CommandError("--queue needs BullMQ: npm install bullmq ioredis");
  }
}

function connectionOf(text: string): ConnectionOptions {
  urlOf(text);
  return { url: text, maxRetriesPerRequest: null };
}

/**
 * Where a queue is, as it may be shown: without the password.
 * @throws UsageError
 */
export function placeOf(text: string): string {
  return urlOf(text).host;
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^rediss?:$/u.test(url.protocol) && url.host !== "") return url;
  throw new UsageError(`--queue: expected redis://HOST:PORT, got ${JSON.stringify(text)}`);
}
