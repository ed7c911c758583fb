/**
 * Which plots a report has: each a picture of one measure, a line for each configuration.
 * @module
 */
import { titleOf } from "../configurations.ts";
import type { Plot } from "../page/plot.ts";
import type { Cell, Report, Trouble } from "./report.ts";

const GROUPS = {
  full: ["A crash: until all have heard", "s, median"],
  loss: ["Loss alone: false positives", "per node-hour"],
  news: ["News: until all have heard", "s, p99"],
  join: ["A join: until all know", "s, median"],
  bytes: ["Traffic of a member", "bytes in a second"],
} as const;

const KINDS: Readonly<Record<Trouble, string>> = {
  cut: "cut off for 1–20 s",
  stop: "stopped for 1–20 s",
  slow: "120 ms an input",
};

export function reportPlots(report: Report): Plot[] {
  const { axes, life, trouble } = report;
  const plots: Plot[] = [];
  const byLoss = (key: keyof typeof GROUPS, measure: string, wide = false): void => {
    for (const n of axes.n) {
      plots.push({
        ...labels(key, wide),
        title: `${n} nodes`,
        xLabel: "packets lost, %",
        x: axes.loss.map((_, index) => index),
        xNames: axes.loss.map((loss) => String(Math.round(1000 * loss) / 10)),
        series: lines(report, axes.loss, (config, loss) =>
          valueOf(life, { config, n, loss }, measure),
        ),
      });
    }
  };
  const traffic = (title: string, measure: string): void => {
    const [loss = 0] = axes.loss;
    plots.push({
      ...labels("bytes", false),
      title,
      xLabel: `nodes; ${Math.round(100 * loss)} % lost`,
      x: axes.n.map((_, index) => index),
      xNames: axes.n.map(String),
      series: lines(report, axes.n, (config, n) => valueOf(life, { config, n, loss }, measure)),
    });
  };
  if (life.length > 0) {
    byLoss("full", "fullP50");
    byLoss("loss", "falsePositives", true);
    byLoss("news", "newsP99");
    byLoss("join", "joinP50");
    traffic("at rest", "restBytes");
    traffic("while others come and go", "churnBytes");
  }
  for (const kind of trouble.length > 0 ? axes.trouble : []) {
    for (const [measure, where] of [
      ["atHealthy", "told at the healthy"],
      ["atSick", "told at the troubled"],
    ] as const) {
      plots.push({
        group: `Nodes in trouble: false positives ${where}`,
        title: KINDS[kind],
        xLabel: `troubled of ${axes.of}`,
        yLabel: "per node-hour",
        wide: true,
        x: axes.troubled.map((_, index) => index),
        xNames: axes.troubled.map(String),
        series: lines(report, axes.troubled, (config, troubled) =>
          valueOf(
            trouble,
            troubled === 0 ? { config, troubled } : { config, trouble: kind, troubled },
            measure,
          ),
        ),
      });
    }
  }
  // The plots of one group stand side by side.
  const groups = [...new Set(plots.map(({ group }) => group))];
  return groups.flatMap((group) => plots.filter((plot) => plot.group === group));
}

function labels(key: keyof typeof GROUPS, wide: boolean): Pick<Plot, "group" | "yLabel" | "wide"> {
  const [group, yLabel] = GROUPS[key];
  return { group, yLabel, wide };
}

function lines<X>(
  { axes }: Report,
  xs: readonly X[],
  value: (config: Cell["config"], x: X) => number | null,
): Plot["series"] {
  return axes.configs.map((config) => ({
    name: titleOf(config),
    y: xs.map((x) => value(config, x)),
  }));
}

function valueOf(cells: readonly Cell[], place: Partial<Cell>, measure: string): number | null {
  const wanted = Object.entries(place);
  const cell = cells.find((one) =>
    wanted.every(([key, value]) => one[key as keyof Cell] === value),
  );
  const value = cell?.values[measure];
  return value === undefined || !Number.isFinite(value) ? null : value;
}
