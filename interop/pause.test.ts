/**
 * A process that is really stopped and goes on, among others on real sockets. What virtual time cannot show: that the
 * platform's timers, sockets and clock behave after SIGCONT as the driver expects them to.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { TellingProcess } from "./test/telling-process.ts";
import { until } from "./test/until.ts";

const NAMES = ["a", "b", "c", "d"];
const STOPPED_MS = 10_000;

const processes: TellingProcess[] = [];

afterAll(() => {
  for (const process of processes) process.kill("SIGKILL");
});

async function start(name: string): Promise<TellingProcess> {
  const seeds = processes.slice(0, 1).flatMap(({ address }) => address ?? []);
  const process = new TellingProcess(name, seeds);
  processes.push(process);
  await until(`${name} has started`, 10_000, () => process.address !== undefined);
  return process;
}

/** Waits until everybody sees everybody. */
function agreed(boundMs: number): Promise<number> {
  return until("all see each other alive", boundMs, () => {
    for (const process of processes) process.ask();
    return processes.every(({ seen }) => seen?.about === NAMES.join(" "));
  });
}

test("a process that was stopped for ten seconds accuses nobody, and nobody stays dead", async () => {
  for (const name of NAMES) await start(name);
  await agreed(20_000);
  const sleeper = processes[3] as TellingProcess;
  const since = processes.map(({ told }) => told.length);

  sleeper.kill("SIGSTOP");
  await sleep(STOPPED_MS);
  sleeper.kill("SIGCONT");
  await agreed(20_000);
  await sleep(5000);
  await agreed(5000);

  const accused = processes.map(({ told }, i) => {
    const accusations = told
      .slice(since[i])
      .filter(({ type }) => ["suspect", "fail"].includes(type));
    return accusations.map(({ about }) => about);
  });
  // The others have missed the sleeper, as they should. It has missed nobody, and nobody else was missed.
  expect(accused[3]).toEqual([]);
  for (const others of accused.slice(0, 3)) expect(new Set(others)).toEqual(new Set(["d"]));
  expect(sleeper.seen?.lateWakeUp).toBeGreaterThan(0);
});
