/**
 * The pictures of an experiment.
 *
 *     curve        one measure over another, and what a formula says        a line for each set of parameters
 *     histogram    how often a measure has which value                      the same
 *     sweep        the mean of each measure over what was swept             one line
 *
 * @module
 */
import type { Cell } from "./arguments.ts";
import { cellName, ownMeasures } from "./experiment-report.ts";
import type { ExperimentReport, MeasuredCell } from "./experiment-report.ts";
import { curveOf, valuesOf } from "./experiment.ts";
import type { CurveSpec } from "./experiment.ts";
import { COLOURS } from "./page/plot.ts";
import type { Plot, Series } from "./page/plot.ts";
import { figure, summary } from "./statistics.ts";

/** Whole numbers that get a column each, and columns of everything else. */
const MOST_COLUMNS = 64;
const COLUMNS = 32;
/** With fewer values than that a distribution shows nothing. */
const FEW = 8;

export function experimentPlots({ experiment, cells }: ExperimentReport): Plot[] {
  const shown = cells.slice(0, COLOURS);
  const specs = experiment.plots ?? [];
  const curves = specs.filter((spec) => spec.kind === "curve");
  const named = specs.filter((spec) => spec.kind === "histogram");
  const others = ownMeasures(experiment).filter(([name]) => !named.some(({ of }) => of === name));
  return [
    ...curves.map((spec) => curvePlot(spec, experiment.measures, shown)),
    ...named.map(({ title, of }) => histogram(title, of, shown)),
    ...(cells.length > 1 ? sweepPlots(ownMeasures(experiment), cells) : []),
    ...others
      .filter(([name]) => shown.every(({ values }) => isSpread(valuesOf(values, name))))
      .map(([name, meaning]) => histogram(meaning, name, shown)),
  ];
}

function curvePlot(
  spec: CurveSpec,
  measures: Readonly<Record<string, string>>,
  cells: readonly MeasuredCell[],
): Plot {
  const curves = cells.map(({ values }) => curveOf(spec, values));
  const x = [...new Set(curves.flatMap((curve) => curve.x))].toSorted((a, b) => a - b);
  const series = cells.flatMap((cell, index): Series[] => {
    const curve = curves[index] as { x: number[]; y: number[] };
    const at = new Map(curve.x.map((place, i) => [place, curve.y[i] as number]));
    const name = seriesName(cell);
    const own = { name, y: x.map((place) => at.get(place) ?? null), colour: index };
    const { theory } = spec;
    if (theory === undefined) return [own];
    const wanted = theory.at(cell.parameters, x).map((value) => finiteOrNone(value));
    return [own, { name: `${name}, ${theory.name}`, y: wanted, dashed: true, colour: index }];
  });
  return {
    title: spec.title,
    group: "Curves",
    xLabel: spec.x,
    yLabel: measures[spec.y] ?? spec.y,
    x: x.map((_, index) => index),
    xNames: x.map((place) => figure(place, 6)),
    series,
    wide: false,
  };
}

function histogram(title: string, of: string, cells: readonly MeasuredCell[]): Plot {
  const all = cells.map(({ values }) => valuesOf(values, of).filter((one) => Number.isFinite(one)));
  const flat = all.flat();
  const [least, most] = flat.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  ) as [number, number];
  const areWhole = flat.every((value) => Number.isInteger(value));
  const isNarrow = areWhole && most - least < MOST_COLUMNS;
  const width = isNarrow ? 1 : (most - least) / COLUMNS || 1;
  const count = isNarrow ? most - least + 1 : COLUMNS;
  const series = cells.map((cell, index) => {
    const counts = Array.from({ length: count }, () => 0);
    const values = all[index] as number[];
    for (const value of values) {
      const at = Math.min(count - 1, Math.floor((value - least) / width));
      counts[at] = (counts[at] as number) + 1;
    }
    return { name: seriesName(cell), y: counts.map((one) => one / values.length), colour: index };
  });
  return {
    title,
    group: "Distributions",
    xLabel: of,
    yLabel: "share",
    x: Array.from({ length: count }, (_, index) => index),
    xNames: Array.from({ length: count }, (_, index) => figure(least + index * width)),
    series,
    wide: false,
    bars: cells.length === 1,
  };
}

/** Each measure over the option that was swept; with several, the first is the axis and the others are lines. */
function sweepPlots(measures: readonly [string, string][], cells: readonly MeasuredCell[]): Plot[] {
  const [axis = ""] = Object.keys(cells[0]?.swept ?? {});
  const places = [...new Set(cells.map(({ swept }) => String(swept[axis])))];
  const rest = ({ swept }: Cell): string => {
    const { [axis]: _, ...others } = swept;
    return cellName({ swept: others });
  };
  const lines = [...new Set(cells.map(rest))].slice(0, COLOURS);
  return measures.map(([name, meaning]) => ({
    title: meaning,
    group: `By ${axis}`,
    xLabel: axis,
    yLabel: `mean ${name}`,
    x: places.map((_, index) => index),
    xNames: places,
    series: lines.map((line, colour) => ({
      name: line === "" ? name : line,
      colour,
      y: places.map((place) => {
        const cell = cells.find((one) => String(one.swept[axis]) === place && rest(one) === line);
        return finiteOrNone(summary(valuesOf(cell?.values ?? {}, name)).mean);
      }),
    })),
    wide: false,
  }));
}

function seriesName(cell: Cell): string {
  const name = cellName(cell);
  return name === "" ? "measured" : name;
}

function isSpread(values: readonly number[]): boolean {
  return values.length >= FEW && new Set(values).size > 2;
}

function finiteOrNone(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
