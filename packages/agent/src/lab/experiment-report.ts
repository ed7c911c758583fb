/**
 * What an experiment has come to: as text, as JSON, as a page with plots.
 *
 *     one set of parameters    a row for each measure, curves below
 *     a sweep                  a row for each measure, a column for each set
 *
 * @module
 */
import { columns } from "../tables.ts";
import type { Cell } from "./arguments.ts";
import { curveOf, valuesOf } from "./experiment.ts";
import type { CurveSpec, Experiment, Sample } from "./experiment.ts";
import { figure, summary } from "./statistics.ts";

export interface ExperimentReport {
  readonly protocol: string;
  readonly experiment: Experiment;
  /** Of the first run of each cell. */
  readonly seed: number;
  readonly cells: readonly MeasuredCell[];
}

export interface MeasuredCell extends Cell {
  /** Runs that were done. */
  readonly runs: number;
  readonly values: Sample;
}

/** Sets of parameters side by side. */
const SETS_ABREAST = 6;
/** Points of a curve that a terminal shows. */
const POINTS = 30;
const BAR = 32;

export function titleOf({ protocol, experiment, cells, seed }: ExperimentReport): string {
  const [{ runs = 0 } = {}] = cells;
  const each = cells.length > 1 ? " of each" : "";
  return `${protocol} ${experiment.name}: ${experiment.story}; ${runs} ${runs === 1 ? "run" : "runs"}${each} from seed ${seed} on`;
}

export function reportText(report: ExperimentReport): string {
  const { experiment, cells } = report;
  const [only] = cells;
  const body =
    cells.length > 1
      ? sweepText(experiment, cells)
      : [measuresText(experiment, only?.values ?? {}), ...curvesText(experiment, only)].join(
          "\n\n",
        );
  return `${titleOf(report)}\n\n${body}`;
}

export function reportJson({ protocol, experiment, seed, cells }: ExperimentReport): object {
  const head = { protocol, experiment: experiment.name, seed };
  const bodies = cells.map(({ parameters, swept, runs, values }) => ({
    parameters,
    ...(cells.length > 1 && { swept }),
    runs,
    measures: summaries(experiment, values),
    values,
  }));
  return cells.length === 1 ? { ...head, ...bodies[0] } : { ...head, cells: bodies };
}

/** Measures that stand for themselves: what a curve runs over is a place, not a value. */
export function ownMeasures({ measures, plots = [] }: Experiment): [string, string][] {
  const axes = new Set(plots.flatMap((plot) => (plot.kind === "curve" ? [plot.x, plot.y] : [])));
  return Object.entries(measures).filter(([name]) => !axes.has(name));
}

/** Names a cell by what was swept. */
export function cellName({ swept }: Pick<Cell, "swept">): string {
  return Object.entries(swept)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("..") : String(value)}`)
    .join(", ");
}

function summaries(experiment: Experiment, all: Sample): object {
  const names = ownMeasures(experiment).map(([name]) => name);
  return Object.fromEntries(names.map((name) => [name, summary(valuesOf(all, name))]));
}

function measuresText(experiment: Experiment, all: Sample): string {
  const rows = ownMeasures(experiment).map(([name, meaning]) => {
    const { count, mean, deviation, p50, p99, max } = summary(valuesOf(all, name));
    const figures = [mean, deviation, p50, p99, max].map((value) => figure(value));
    return [name, String(count)].concat(figures, meaning);
  });
  return columns(["MEASURE", "VALUES", "MEAN", "SD", "P50", "P99", "MAX", "MEANING"], rows);
}

function curvesText(experiment: Experiment, cell: MeasuredCell | undefined): string[] {
  if (cell === undefined) return [];
  const curves = (experiment.plots ?? []).filter((plot) => plot.kind === "curve");
  return curves.map((spec) => curveText(spec, experiment, cell));
}

function curveText(spec: CurveSpec, { measures }: Experiment, cell: MeasuredCell): string {
  const { x, y } = curveOf(spec, cell.values);
  const title = `${spec.title}: ${measures[spec.y] ?? ""}, by ${measures[spec.x] ?? spec.x}`;
  if (new Set(y).size === 1) return `${title}: always ${figure(y[0] as number)}`;
  const theory = spec.theory?.at(cell.parameters, x);
  const most = Math.max(...y, 0);
  const every = Math.ceil(x.length / POINTS);
  const rows = x.flatMap((at, index) => {
    if (index % every !== 0) return [];
    const value = y[index] as number;
    const bar = "#".repeat(most === 0 ? 0 : Math.round((BAR * value) / most));
    const expected = theory === undefined ? [] : [figure(theory[index] as number)];
    return [[figure(at, 6), figure(value), ...expected, bar]];
  });
  const head = [spec.x.toUpperCase(), spec.y.toUpperCase()];
  if (spec.theory !== undefined) head.push(spec.theory.name.toUpperCase());
  return `${title}\n\n${columns(head, rows)}`;
}

function sweepText(experiment: Experiment, cells: readonly MeasuredCell[]): string {
  const blocks: string[] = [];
  for (let i = 0; i < cells.length; i += SETS_ABREAST) {
    const some = cells.slice(i, i + SETS_ABREAST);
    const rows = ownMeasures(experiment).map(([name, meaning]) => {
      const means = some.map(({ values }) => meanText(valuesOf(values, name)));
      return [name].concat(means, meaning);
    });
    blocks.push(columns(["MEAN (SD)", ...some.map(cellName), "MEANING"], rows));
  }
  return blocks.join("\n\n");
}

export function meanText(values: readonly number[]): string {
  const { mean, deviation } = summary(values);
  return Number.isNaN(deviation) ? figure(mean) : `${figure(mean)} (${figure(deviation)})`;
}
