/**
 * A report as a page.
 * @module
 */
import { titleOf } from "../configurations.ts";
import { htmlPage } from "../page/html.ts";
import { reportPlots } from "./plots.ts";
import type { Report } from "./report.ts";
import { reportTables } from "./tables.ts";

export function asHtml(report: Report, command: string): string {
  const { axes, machine } = report;
  const seeds = `${axes.seeds} ${axes.seeds === 1 ? "seed" : "seeds"}`;
  return htmlPage({
    title: "hearsay, measured",
    about:
      "SWIM alone, each part of Lifeguard alone, all of Lifeguard, and what a hearsay node does by default, in virtual time. " +
      `The machines are those that run in production. Preset lan, latency 1–10 ms, ${seeds} a cell from ${axes.seed} on.`,
    command,
    machine,
    legend: axes.configs.map(titleOf),
    plots: reportPlots(report),
    tables: reportTables(report),
    data: report,
  });
}
