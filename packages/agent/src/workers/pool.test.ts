import { threadId } from "node:worker_threads";
import { expect, test } from "vitest";
import { orderOf, runJobs } from "./pool.ts";
import type { Work } from "./pool.ts";
import square from "./test/square.mjs";

interface Squared {
  readonly square: number;
  readonly thread: number;
}

const work: Work<number, Squared> = {
  module: new URL("test/square.mjs", import.meta.url).href,
  run: square,
};
const JOBS = [1, 2, 3, 4, 5, 6, 7, 8];

test("jobs run on other threads, and their results come in the order of the jobs", async () => {
  const results = await runJobs(work, JOBS, { workers: 2 });
  expect(results.map((result) => result?.square)).toEqual([1, 4, 9, 16, 25, 36, 49, 64]);
  for (const result of results) expect(result?.thread).not.toBe(threadId);
});

test("one worker is this thread, and gives the same results", async () => {
  const results = await runJobs(work, JOBS, { workers: 1 });
  expect(results.map((result) => result?.square)).toEqual([1, 4, 9, 16, 25, 36, 49, 64]);
  for (const result of results) expect(result?.thread).toBe(threadId);
});

test("of the last jobs the dearest begin first, so that nobody waits for a long one at the end", async () => {
  const costOf = (job: number): number => job % 5;
  expect(orderOf(JOBS, undefined)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(orderOf(JOBS, costOf).map((i) => JOBS[i])).toEqual([4, 3, 8, 2, 7, 1, 6, 5]);
  const many = Array.from({ length: 1000 }, (_, i) => i);
  const order = orderOf(many, (job) => job);
  expect(order.slice(0, 744)).toEqual(many.slice(0, 744));
  expect(order.slice(744)).toEqual(many.slice(744).toReversed());
  const results = await runJobs(work, JOBS, { workers: 2, costOf });
  expect(results.map((result) => result?.square)).toEqual([1, 4, 9, 16, 25, 36, 49, 64]);
});

test("a job that throws fails the whole, with its error", async () => {
  await expect(runJobs(work, [1, -2], { workers: 2 })).rejects.toThrow("no negative jobs");
  await expect(runJobs(work, [1, -2], { workers: 1 })).rejects.toThrow("no negative jobs");
});

test.each([1, 2])("an abort keeps what was done so far (%i workers)", async (workers) => {
  const controller = new AbortController();
  const results = await runJobs(
    work,
    Array.from({ length: 2000 }, (_, i) => i),
    {
      workers,
      signal: controller.signal,
      onResult: () => controller.abort(),
    },
  );
  const done = results.filter((result) => result !== undefined).length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(2000);
});
