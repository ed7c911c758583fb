/**
 * Push-sum round by round: how fast all come to the mean, and whether sums and weights stay.
 * @see Kempe, Dobra, Gehrke 2003, section 2
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { Tenant } from "hearsay/kernel";
import { PushSum, resolvePushSumConfig } from "hearsay/aggregation";
import { Crowd } from "hearsay/sim";
import { NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

const OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 16_000_000 }),
  cycles: whole(60, "rounds that are run", { least: 1, most: 999 }),
  hosting: word(
    "rounds",
    ["rounds", "events"],
    "synchronous rounds, or nodes in phases of their own",
  ),
  of: word("mean", ["mean", "sum"], "weight 1 at all nodes, or at one alone"),
  cycleMs: whole(1000, "ms of a round", { least: 1, most: 600_000 }),
  ...NETWORK_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

/** Rounds over which the factor is taken: before the numbers' own precision ends it. */
const MEASURED = 40;

function machinesOf(parameters: Parameters, seed: number): Crowd {
  const rng = new Sfc32(seed, 4);
  const config = resolvePushSumConfig({ intervalMs: parameters.cycleMs, cycles: 1000 });
  return new Crowd({
    seed,
    size: parameters.n,
    ...networkOf(parameters),
    tenants: ({ self, oracle }) => {
      const weight = parameters.of === "mean" || self === 0 ? 1 : 0;
      const options = { aggregate: "x", value: rng.unit(), weight, sampler: oracle, config };
      return [new PushSum(options) as unknown as Tenant];
    },
  });
}

function run(parameters: Parameters, seed: number): Sample {
  const { cycles, hosting, cycleMs, n } = parameters;
  const crowd = machinesOf(parameters, seed);
  const machines = crowd.live.map((node) => crowd.tenant(node, 0) as unknown as PushSum);
  if (hosting === "rounds") crowd.round(0);
  const massOf = (): readonly [sum: number, weight: number] => {
    let [sum, weight] = [0, 0];
    for (const { mass } of machines) {
      sum += mass.sum;
      weight += mass.weight;
    }
    return [sum, weight];
  };
  const [sum, weight] = massOf();
  const truth = sum / weight;
  const variances: number[] = [];
  const worsts: number[] = [];
  const look = (): void => {
    let [squares, worst] = [0, 0];
    for (const machine of machines) {
      const off = (machine.estimate(crowd.now).value ?? Infinity) / truth - 1;
      squares += off * off;
      worst = Math.max(worst, Math.abs(off));
    }
    variances.push(squares / n);
    worsts.push(worst);
  };
  look();
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (hosting === "rounds") crowd.round(cycleMs);
    else crowd.run(cycleMs);
    look();
  }
  const measured = Math.min(cycles, MEASURED);
  const [sumNow, weightNow] = massOf();
  const until = (limit: number): number => worsts.findIndex((worst) => worst <= limit);
  return {
    factor: [((variances[measured] as number) / (variances[0] as number)) ** (1 / measured)],
    tenth: [until(0.1)],
    thousandth: [until(1e-3)],
    millionth: [until(1e-6)],
    sumDrift: [Math.abs(sumNow / sum - 1)],
    weightDrift: [Math.abs(weightNow / weight - 1)],
    cycle: variances.map((_, index) => index),
    variance: variances,
  };
}

export const PUSH_SUM = experiment(OPTIONS, {
  name: "push-sum",
  story: "every node gives half of what it holds to somebody, round by round",
  measures: {
    factor: "what the variance of estimates falls by in a round, over the first 40 at most",
    tenth: "rounds until no estimate is off by more than a tenth; -1 is never",
    thousandth: "the same for a thousandth",
    millionth: "the same for a millionth",
    sumDrift: "how far the sum over all nodes has moved, relative to it",
    weightDrift: "the same of the weights",
    cycle: "round",
    variance: "mean square of how far estimates are off, relative to the truth",
  },
  plots: [
    {
      kind: "curve",
      title: "Convergence",
      x: "cycle",
      y: "variance",
    },
  ],
  check: (parameters) => machinesOf({ ...parameters, n: 2 }, 1),
  run,
});
