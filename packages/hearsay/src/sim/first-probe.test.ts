/** The first probes of nodes that start together: at once after their join, and from then on each at turns of its own. */
import { expect, test } from "vitest";
import type { ProbedEvent } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";

const INTERVAL_MS = 1000;

/** When each node's rounds began; all join the first at one instant. */
function roundsOf(count: number, seed: number): Map<string, number[]> {
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  const rounds = new Map(names.map((name) => [name, [] as number[]]));
  const cluster = new Cluster({
    seed,
    network: { latencyMs: [1, 5] },
    membership: { probeEvents: true },
    onEvent: ({ node, event }) => {
      if (event.type !== "probed") return;
      const { at, rttMs } = event as ProbedEvent;
      rounds.get(node)?.push(at - rttMs);
    },
  });
  cluster.form(names);
  cluster.world.run(5 * INTERVAL_MS);
  return rounds;
}

test("a hundred nodes that join at one instant have each probed somebody a moment later", () => {
  const [, ...joined] = [...roundsOf(100, 1).values()];
  const first = joined.map(([at]) => at as number).toSorted((a, b) => a - b);
  expect(first.at(-1)).toBeLessThan(200);
});

test("their later probes are spread over the interval, and keep their turns", () => {
  const perTenth = Array<number>(10).fill(0);
  for (const [, second, third, fourth] of roundsOf(100, 2).values()) {
    expect((third as number) - (second as number)).toBeCloseTo(INTERVAL_MS, 6);
    expect((fourth as number) - (third as number)).toBeCloseTo(INTERVAL_MS, 6);
    const tenth = Math.floor(((third as number) % INTERVAL_MS) / (INTERVAL_MS / 10));
    perTenth[tenth] = (perTenth[tenth] as number) + 1;
  }
  expect(Math.min(...perTenth)).toBeGreaterThan(2);
  expect(Math.max(...perTenth)).toBeLessThan(25);
});
