/**
 * An experiment as a page with plots.
 * @module
 */
import { experimentPlots } from "./experiment-plots.ts";
import { cellName, meanText, ownMeasures, reportJson, titleOf } from "./experiment-report.ts";
import type { ExperimentReport } from "./experiment-report.ts";
import { valuesOf } from "./experiment.ts";
import { htmlPage, thisMachine } from "./page/html.ts";
import type { PageTable } from "./page/html.ts";
import { COLOURS } from "./page/plot.ts";
import { figure, summary } from "./statistics.ts";

export function experimentPage(report: ExperimentReport, command: string): string {
  const { protocol, experiment, cells } = report;
  const isSweep = cells.length > 1;
  return htmlPage({
    title: `${protocol} ${experiment.name}`,
    about: `${titleOf(report)}. The machines are those that run in production, in virtual time.`,
    command,
    machine: thisMachine(),
    legend: isSweep ? cells.slice(0, COLOURS).map((cell) => cellName(cell)) : ["measured"],
    plots: experimentPlots(report),
    tables: [isSweep ? sweepTable(report) : measuresTable(report), parametersTable(report)],
    data: reportJson(report),
  });
}

function measuresTable({ experiment, cells }: ExperimentReport): PageTable {
  const rows = ownMeasures(experiment).map(([name, meaning]) => {
    const { count, mean, deviation, p50, p99, max } = summary(
      valuesOf(cells[0]?.values ?? {}, name),
    );
    const figures = [mean, deviation, p50, p99, max].map((value) => figure(value));
    return [`${name}: ${meaning}`, String(count)].concat(figures);
  });
  const head = ["measure", "values", "mean", "sd", "p50", "p99", "max"];
  return { title: "Measures", note: "Over the values of all runs.", head, rows };
}

function sweepTable({ experiment, cells }: ExperimentReport): PageTable {
  const rows = ownMeasures(experiment).map(([name, meaning]) =>
    [`${name}: ${meaning}`].concat(cells.map(({ values }) => meanText(valuesOf(values, name)))),
  );
  const note = "Mean and standard deviation over the values of all runs.";
  return { title: "Measures", note, head: ["measure", ...cells.map(cellName)], rows };
}

function parametersTable({ experiment, cells }: ExperimentReport): PageTable {
  const swept = cells[0]?.swept ?? {};
  const rows = Object.entries(cells[0]?.parameters ?? {})
    .filter(([name]) => !(name in swept))
    .map(([name, value]) => [name, JSON.stringify(value), experiment.options?.[name]?.doc ?? ""]);
  return {
    title: "Parameters",
    note: "The same in all runs.",
    head: ["option", "value", ""],
    rows,
  };
}
