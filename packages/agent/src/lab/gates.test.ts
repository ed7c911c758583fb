/**
 * Gates: what must not get worse unnoticed. The bounds have room for chance, and the seeds are fixed; what was measured
 * is in docs/quality.md.
 * @module
 */
import { suspicionTimeout } from "hearsay/membership";
import { expect, test, vi } from "vitest";
import { CONFIGURATIONS } from "./configurations.ts";
import { doRuns } from "./experiments.ts";
import type { Sample } from "./experiment.ts";
import { sum, summary } from "./statistics.ts";

// Clusters in virtual time need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

async function run(experiment: string, parameters: object, seed = 1): Promise<Sample> {
  const [sample] = await doRuns([{ protocol: "swim", experiment, parameters, seed }]);
  if (sample === undefined) throw new Error("the run was not done");
  return sample;
}

test.each([
  [16, 0],
  [64, 0],
  [16, 0.1],
  [64, 0.1],
])(
  "of %i nodes with loss %d, all hear of a crash soon after the suspicion's time, and nobody else is called dead",
  async (n, loss) => {
    const life = await run("life", {
      n,
      loss,
      crashes: 6,
      together: 2,
      seconds: 20,
      news: 5,
      joins: 2,
    });
    const first = summary(life["firstMs"] ?? []);
    const least = suspicionTimeout(4, n, 1000);
    // A probe begins after a period in the mean and takes one; confirmations come within a second.
    expect(first.p50).toBeGreaterThan(least + 1000);
    expect(first.p50).toBeLessThan(least + 4000);
    expect(summary(life["fullMs"] ?? []).max).toBeLessThan(least + 14_000);
    expect(sum(life["crashMissed"] ?? [])).toBe(0);
    expect(sum(life["falsePositives"] ?? [])).toBe(0);
    expect(summary(life["newsMs"] ?? []).p50).toBeLessThan(1500);
    expect(summary(life["joinMs"] ?? []).p50).toBeLessThan(3000);
  },
);

test("a quarter of all packets may be lost: SWIM calls the living dead, we do not, and a crash is known in 15 s all the same", async () => {
  const parameters = { n: 32, loss: 0.25, crashes: 4, together: 2, seconds: 30, news: 1, joins: 1 };
  const life = async (name: keyof typeof CONFIGURATIONS): Promise<Sample> =>
    run("life", { ...parameters, membership: CONFIGURATIONS[name].membership });
  const [swim, hearsay] = [await life("swim"), await life("hearsay")];
  expect(sum(swim["falsePositives"] ?? [])).toBeGreaterThan(5);
  expect(sum(hearsay["falsePositives"] ?? [])).toBe(0);
  expect(sum(hearsay["crashMissed"] ?? [])).toBe(0);
  expect(summary(hearsay["fullMs"] ?? []).p50).toBeLessThan(15_000);
  // What chitchat's tests allow is an upper bound that anyone can check.
  expect(sum(hearsay["restBytes"] ?? [])).toBeLessThan(120_000);
  expect(sum(hearsay["restBytes"] ?? [])).toBeLessThan(sum(swim["restBytes"] ?? []));
});

test("a member at rest sends two datagrams a second, and some hundred bytes", async () => {
  const rest = await run("rest", { n: 64, seconds: 60 });
  expect(rest["sentPerPeriod"]?.[0]).toBeCloseTo(2, 2);
  expect(rest["bytesPerSecond"]?.[0]).toBeLessThan(120);
  expect(rest["streamBytesPerSecond"]?.[0]).toBeLessThan(250);
});

test("where nodes are cut off again and again, we call far fewer healthy ones dead than SWIM, and than Lifeguard", async () => {
  const parameters = { n: 32, troubled: 3, seconds: 90 };
  const falsePositives = async (name: keyof typeof CONFIGURATIONS): Promise<number> => {
    const { membership } = CONFIGURATIONS[name];
    const sample = await run("anomalies", { ...parameters, membership });
    return sum(sample["atHealthy"] ?? []) + sum(sample["atSick"] ?? []);
  };
  const [swim, lifeguard, hearsay] = [
    await falsePositives("swim"),
    await falsePositives("lifeguard"),
    await falsePositives("hearsay"),
  ];
  expect(swim).toBeGreaterThan(200);
  expect(lifeguard).toBeLessThan(swim / 3);
  expect(hearsay).toBeLessThan(swim / 20);
  expect(hearsay).toBeLessThan(lifeguard);
});

test("nodes that are stopped and go on call nobody dead, whatever is switched on", async () => {
  const sample = await run("anomalies", { n: 32, troubled: 4, trouble: "stop", seconds: 60 });
  expect(sum(sample["atHealthy"] ?? [])).toBe(0);
  expect(sum(sample["atSick"] ?? [])).toBe(0);
});
