/**
 * `hearsay sim measure` as data: which cells, what was measured in them, and on what machine.
 *
 *     life      configurations × sizes × loss       one cluster's whole life: detection, news, joins, traffic
 *     trouble   configurations × kinds × how many   false positives while some nodes are cut off, stopped or slow
 *
 * @module
 */
import { CONFIGURATIONS, isDetector } from "../configurations.ts";
import type { ColumnName } from "../configurations.ts";
import { merge, valuesOf } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { doRuns, seededRuns } from "../experiments.ts";
import type { Run, RunOptions } from "../experiments.ts";
import { thisMachine } from "../page/html.ts";
import type { Machine } from "../page/html.ts";
import { sum, summary } from "../statistics.ts";

export type Trouble = "cut" | "stop" | "slow";

export interface Axes {
  readonly configs: readonly ColumnName[];
  readonly n: readonly number[];
  readonly loss: readonly number[];
  readonly trouble: readonly Trouble[];
  readonly troubled: readonly number[];
  /** Members of the clusters with troubled ones among them. */
  readonly of: number;
  readonly seeds: number;
  readonly seed: number;
  /** Crashes wanted in each cell of life; each seed has its part. */
  readonly crashes: number;
  /** Time at rest, and with trouble. */
  readonly seconds: number;
}

/** Values of one cell: of each measure the statistics that make sense. */
export interface Cell {
  readonly config: ColumnName;
  readonly n: number;
  readonly loss: number;
  /** `none` in a cluster's life. */
  readonly trouble: Trouble | "none";
  readonly troubled: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Report {
  readonly axes: Axes;
  readonly machine: Machine;
  readonly life: readonly Cell[];
  readonly trouble: readonly Cell[];
  /** Cells that an interruption has left out. */
  readonly missing: number;
}

/** Crashes of healthy nodes in a run with trouble. */
const TROUBLED_CRASHES = 4;

type Place = Omit<Cell, "values">;

/** Measures all cells, over threads. */
export async function measureAll(
  axes: Axes,
  options: RunOptions & { onPlan?: (runs: number) => void },
): Promise<Report> {
  const life = places(axes, "life");
  const trouble = places(axes, "trouble");
  const planned = [
    ...life.map((place) => ({ place, runs: lifeRuns(axes, place) })),
    ...trouble.map((place) => ({ place, runs: troubleRuns(axes, place) })),
  ];
  const runs = planned.flatMap((cell) => cell.runs);
  options.onPlan?.(runs.length);
  // The longest first, so that no thread is left with one of them at the end.
  const order = runs.toSorted((a, b) => weight(b) - weight(a));
  const samples = await doRuns(order, options);
  const byRun = new Map<Run, Sample | undefined>(order.map((run, index) => [run, samples[index]]));
  const cells = planned.flatMap(({ place, runs: own }) => {
    const done = own
      .map((run) => byRun.get(run))
      .filter((sample): sample is Sample => sample !== undefined);
    if (done.length < own.length) return [];
    const all = merge(done);
    const values = place.trouble === "none" ? lifeValues(all) : troubleValues(all);
    return [{ ...place, values }];
  });
  return {
    axes,
    machine: thisMachine(),
    life: cells.filter(({ trouble: kind }) => kind === "none"),
    trouble: cells.filter(({ trouble: kind }) => kind !== "none"),
    missing: planned.length - cells.length,
  };
}

function places(axes: Axes, part: "life" | "trouble"): Place[] {
  const { configs, n: sizes, loss: losses, trouble: kinds, troubled: counts, of: n } = axes;
  if (part === "life") {
    return sizes.flatMap((size) =>
      losses.flatMap((loss) =>
        configs.map((config) => ({ config, n: size, loss, trouble: "none" as const, troubled: 0 })),
      ),
    );
  }
  return kinds.flatMap((trouble, index) =>
    // Without anybody in trouble it is all the same which.
    counts
      .filter((troubled) => troubled > 0 || index === 0)
      .flatMap((troubled) => configs.map((config) => ({ config, n, loss: 0, trouble, troubled }))),
  );
}

function lifeRuns(axes: Axes, { config, n, loss }: Place): Run[] {
  const { seeds, seed, crashes, seconds } = axes;
  const together = Math.max(1, Math.floor(n / 32));
  const own = { crashes: Math.ceil(crashes / seeds), together, seconds };
  const parameters = { n, loss, ...whatOf(config), ...own };
  return seededRuns({ protocol: protocolOf(config), experiment: "life", parameters }, seeds, seed);
}

function troubleRuns(axes: Axes, { config, n, trouble, troubled }: Place): Run[] {
  const { seeds, seed, seconds } = axes;
  const crashes = Math.min(TROUBLED_CRASHES, n - troubled - 1);
  const own = { trouble, troubled, crashes, seconds: 2 * seconds, afterSeconds: 0 };
  const parameters = { n, ...whatOf(config), ...own };
  const experiment = "anomalies";
  return seededRuns({ protocol: protocolOf(config), experiment, parameters }, seeds, seed);
}

/** SWIM's experiments have namesakes that ask detectors the same. */
function protocolOf(config: ColumnName): "detection" | "swim" {
  return isDetector(config) ? "detection" : "swim";
}

function whatOf(config: ColumnName): object {
  if (isDetector(config)) return { detector: config };
  return { membership: CONFIGURATIONS[config].membership };
}

function weight({ parameters }: Run): number {
  const { n, loss = 0 } = parameters as { n: number; loss?: number };
  return n * n * (1 + 10 * loss);
}

function lifeValues(all: Sample): Record<string, number> {
  const of = (measure: string): ReturnType<typeof summary> => summary(valuesOf(all, measure));
  const total = (...measures: readonly string[]): number =>
    sum(measures.flatMap((measure) => valuesOf(all, measure)));
  const runs = valuesOf(all, "restBytes").length;
  const [first, full, news, join] = [of("firstMs"), of("fullMs"), of("newsMs"), of("joinMs")];
  return {
    crashes: valuesOf(all, "crashMissed").length,
    firstP50: first.p50 / 1000,
    firstP99: first.p99 / 1000,
    fullP50: full.p50 / 1000,
    fullP99: full.p99 / 1000,
    /** Crashes that some member had not heard of in the end. */
    incomplete: valuesOf(all, "crashMissed").filter((missed) => missed > 0).length,
    falsePositives: total("falsePositives") / total("nodeHours"),
    newsP50: news.p50 / 1000,
    newsP99: news.p99 / 1000,
    newsMissed: total("newsMissed"),
    joinP50: join.p50 / 1000,
    joinP99: join.p99 / 1000,
    joinsMissed: valuesOf(all, "joinMissed").filter((missed) => missed > 0).length,
    formed: of("formedMs").mean / 1000,
    restMessages: of("restMessages").mean,
    restBytes: total("restBytes", "restStreamBytes") / runs,
    churnMessages: of("churnMessages").mean,
    churnBytes: total("churnBytes", "churnStreamBytes") / runs,
  };
}

function troubleValues(all: Sample): Record<string, number> {
  const total = (measure: string): number => sum(valuesOf(all, measure));
  const sick = total("sickHours");
  const [first, full] = [summary(valuesOf(all, "firstMs")), summary(valuesOf(all, "fullMs"))];
  return {
    firstP50: first.p50 / 1000,
    fullP50: full.p50 / 1000,
    fullMost: full.max / 1000,
    incomplete: valuesOf(all, "missed").filter((missed) => missed > 0).length,
    atHealthy: total("atHealthy") / total("healthyHours"),
    atSick: sick === 0 ? NaN : total("atSick") / sick,
    ofSick: sick === 0 ? NaN : total("ofSick") / sick,
    messages: total("messages") / (3600 * (total("healthyHours") + sick)),
  };
}
