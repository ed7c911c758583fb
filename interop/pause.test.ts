/**
 * Processes that are really stopped and go on, among others on real sockets. What virtual time cannot show: that the
 * platform's timers, sockets and clock behave after SIGCONT as the driver expects them to, and that Serf's do too.
 *
 * A member that is silent for longer than a suspicion may be called dead, by ours as by Serf: nobody can know better.
 * Asserted is that nobody else is, and that it is alive again everywhere soon after it goes on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { missingSerf, SerfAgent } from "./test/serf.ts";
import { TellingProcess } from "./test/telling-process.ts";
import type { Told } from "./test/telling-process.ts";
import { until } from "./test/until.ts";

if (missingSerf !== undefined) console.warn(`interop with Serf ${missingSerf}`);

/**
 * From SIGCONT until all see all alive. Who is called dead learns it from its next state exchange, which is due at
 * once after such a pause and 15 s later if it meets one who knows nothing of it; then it refutes, by gossip.
 */
const BACK_MS = 20_000;

/** For so long nobody changes their mind afterwards: a round of probes among four, and the longest answer. */
const AFTERMATH_MS = 4000;

type Running = TellingProcess | SerfAgent;

const everybody: Running[] = [];

afterAll(() => {
  for (const process of everybody) process.kill("SIGKILL");
});

async function startOurs(name: string, ...seeds: string[]): Promise<TellingProcess> {
  const process = new TellingProcess(name, { seeds });
  everybody.push(process);
  await until(`${name} has started`, 10_000, () => process.address !== undefined);
  return process;
}

async function startSerf(name: string, seed: string): Promise<SerfAgent> {
  const agent = await SerfAgent.start(name, {}, `-join=${seed}`);
  everybody.push(agent);
  return agent;
}

/** Two of each kind, all joined to the first. */
async function startMixed(): Promise<{
  readonly ours: readonly [TellingProcess, TellingProcess];
  readonly agents: readonly [SerfAgent, SerfAgent];
}> {
  const first = await startOurs("ours-1");
  const seed = first.address as string;
  const ours = [first, await startOurs("ours-2", seed)] as const;
  return { ours, agents: [await startSerf("serf-1", seed), await startSerf("serf-2", seed)] };
}

/** Whom it sees alive. */
async function alive(process: Running): Promise<string> {
  if (process instanceof TellingProcess) return (await process.look()).about;
  const members = (await process.members()).filter(({ status }) => status === "alive");
  return members
    .map(({ name }) => name)
    .toSorted()
    .join(" ");
}

/** Waits until everybody sees everybody. */
function agreed(cluster: readonly Running[], boundMs: number): Promise<number> {
  const names = cluster.map(({ name }) => name).toSorted();
  return until(`all see ${names.join(" ")} alive`, boundMs, async () => {
    const seen = await Promise.all(cluster.map(alive));
    return seen.every((list) => list === names.join(" "));
  });
}

/** Stops `sleeper` for a while; returns whom each of ours has suspected or called dead since, on its own or others' word. */
async function pause(
  cluster: readonly Running[],
  sleeper: Running,
  stoppedMs: number,
): Promise<Map<string, Told[]>> {
  await agreed(cluster, BACK_MS);
  const ours = cluster.filter((process) => process instanceof TellingProcess);
  const since = ours.map(({ told }) => told.length);

  sleeper.kill("SIGSTOP");
  await sleep(stoppedMs);
  sleeper.kill("SIGCONT");
  const ms = await agreed(cluster, BACK_MS);
  console.log(`${sleeper.name} was back everywhere ${(ms / 1000).toFixed(1)} s after SIGCONT`);
  await sleep(AFTERMATH_MS);
  await agreed(cluster, BACK_MS);

  return new Map(ours.map((process, i) => [process.name, process.accusations(since[i])]));
}

/** That it has missed the sleeper, and nobody else; what it says of others is shown whole, for it tells why. */
function expectOnly(sleeper: string, told: readonly Told[] = []): void {
  expect(told.filter(({ about }) => about !== sleeper)).toEqual([]);
  expect(told.map(({ about }) => about)).toContain(sleeper);
}

/**
 * Whom one of ours has suspected by a probe of its own, or held for dead on anybody's word. Not whom Serf alone has
 * suspected, as it may on a busy machine or after a pause: ours hear of that, and of the refutation.
 */
function blamed(told: readonly Told[] = []): Told[] {
  return told.filter(({ type, reason }) => type === "fail" || reason === "probeFailed");
}

describe.concurrent("stopped and going on", () => {
  test("one of ours among ours, for ten seconds: it accuses nobody, and nobody stays dead", async () => {
    const a = await startOurs("a");
    const seed = a.address as string;
    const sleeper = await startOurs("d", seed);
    const cluster = [a, await startOurs("b", seed), await startOurs("c", seed), sleeper];
    const accused = await pause(cluster, sleeper, 10_000);
    // The others have missed the sleeper, as they should. It has missed nobody, and nobody else was missed.
    expect(accused.get("d")).toEqual([]);
    for (const name of ["a", "b", "c"]) expectOnly("d", accused.get(name));
    expect((await sleeper.look()).drops?.["lateWakeUp"]).toBeGreaterThan(0);
  });

  test.skipIf(missingSerf !== undefined)(
    "one of ours among two of each kind, for half a minute: ours blame nobody else, and all are alive again",
    async () => {
      const { ours, agents } = await startMixed();
      const [first, sleeper] = ours;
      const accused = await pause([...ours, ...agents], sleeper, 30_000);
      expectOnly(sleeper.name, blamed(accused.get(first.name)));
      expect(blamed(accused.get(sleeper.name))).toEqual([]);
      expect((await sleeper.look()).drops?.["lateWakeUp"]).toBeGreaterThan(0);
    },
  );

  test.skipIf(missingSerf !== undefined)(
    "a Serf agent among two of each kind, for half a minute: ours blame nobody else, and all are alive again",
    async () => {
      const { ours, agents } = await startMixed();
      const sleeper = agents[1];
      const accused = await pause([...ours, ...agents], sleeper, 30_000);
      for (const { name } of ours) {
        expectOnly(sleeper.name, blamed(accused.get(name)));
      }
    },
  );
});
