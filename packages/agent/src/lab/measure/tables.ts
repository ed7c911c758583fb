/**
 * A report as tables: a row for each size and loss, a column for each configuration.
 * @module
 */
import { columns } from "../../tables.ts";
import { titleOf } from "../configurations.ts";
import type { PageTable } from "../page/html.ts";
import { figure } from "../statistics.ts";
import type { Cell, Report, Trouble } from "./report.ts";

const TROUBLES: Readonly<Record<Trouble, string>> = {
  cut: "cut off 1–20 s",
  stop: "stopped 1–20 s",
  slow: "120 ms an input",
};

export function reportTables(report: Report): PageTable[] {
  const { life, trouble } = report;
  const crashes = life[0]?.values["crashes"] ?? 0;
  const tables = [
    byLoss(
      report,
      "Crash: first declaration, s",
      `Median / p99 of ${crashes} crashes.`,
      ({ values }) => pair(values, "firstP50", "firstP99"),
    ),
    byLoss(
      report,
      "Crash: all have heard, s",
      "Median / p99; in brackets crashes that somebody had not heard of after half a minute, or two minutes without SWIM.",
      ({ values }) => pair(values, "fullP50", "fullP99", "incomplete"),
    ),
    byLoss(
      report,
      "False positives per node-hour, by loss alone",
      "Everybody is well; each `fail` or `failed` told at any node counts.",
      ({ values }) => figure(values["falsePositives"] ?? NaN),
    ),
    byLoss(
      report,
      "News: all have heard, s",
      "A change of tags; median / p99; in brackets those that did not reach all in half a minute.",
      ({ values }) => pair(values, "newsP50", "newsP99", "newsMissed"),
    ),
    byLoss(
      report,
      "Join: all know the newcomer, and it knows all, s",
      "Median / worst; in brackets joins of which somebody had not heard after half a minute.",
      ({ values }) => pair(values, "joinP50", "joinP99", "joinsMissed"),
    ),
    byLoss(
      report,
      "Start of all at once: all know all, s",
      "Without loss.",
      ({ values }) => figure(values["formed"] ?? NaN),
      true,
    ),
    byLoss(
      report,
      "Datagrams that a member sends in a second",
      "At rest / while every 5 s somebody crashes and somebody returns.",
      ({ values }) => pair(values, "restMessages", "churnMessages"),
    ),
    byLoss(
      report,
      "Bytes that a member sends in a second",
      "The same; state exchanges on streams included, headers of IP, UDP and TCP not.",
      ({ values }) => pair(values, "restBytes", "churnBytes"),
    ),
  ];
  return [...(life.length > 0 ? tables : []), ...(trouble.length > 0 ? troubleTables(report) : [])];
}

export function asText(table: PageTable): string {
  return `${table.title}\n${table.note}\n\n${columns(table.head, table.rows)}`;
}

export function asMarkdown(table: PageTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const aligned = table.head.map((_, index) => (index === 0 ? "---" : "---:"));
  const lines = [line(table.head), line(aligned), ...table.rows.map(line)];
  return `### ${table.title}\n\n${table.note}\n\n${lines.join("\n")}`;
}

function byLoss(
  { life, axes }: Report,
  title: string,
  note: string,
  cellOf: (cell: Cell) => string,
  onlyWithoutLoss = false,
): PageTable {
  const losses = onlyWithoutLoss ? axes.loss.slice(0, 1) : axes.loss;
  const head = [onlyWithoutLoss ? "n" : "n, loss", ...titles(axes.configs)];
  const rows = axes.n.flatMap((n) =>
    losses.map((loss) => {
      const name = onlyWithoutLoss ? String(n) : `${n}, ${figure(100 * loss)} %`;
      return [name].concat(
        axes.configs.map((config) => {
          const cell = life.find(
            (one) => one.config === config && one.n === n && one.loss === loss,
          );
          return cell === undefined ? "" : cellOf(cell);
        }),
      );
    }),
  );
  return { title, note, head, rows };
}

function troubleTables({ trouble, axes }: Report): PageTable[] {
  const table = (title: string, note: string, cellOf: (cell: Cell) => string): PageTable => {
    const rows = axes.trouble.flatMap((kind, index) =>
      axes.troubled
        .filter((troubled) => troubled > 0 || index === 0)
        .map((troubled) => {
          const name =
            troubled === 0 ? `none of ${axes.of}` : `${troubled} of ${axes.of} ${TROUBLES[kind]}`;
          return [name].concat(
            axes.configs.map((config) => {
              const cell = trouble.find(
                (one) => one.config === config && one.trouble === kind && one.troubled === troubled,
              );
              return cell === undefined ? "" : cellOf(cell);
            }),
          );
        }),
    );
    return { title, note, head: ["troubled", ...titles(axes.configs)], rows };
  };
  return [
    table(
      "False positives per node-hour, some nodes in trouble",
      "Told at healthy nodes / told at the troubled ones; of nodes that nothing ails. The troubled are well for 1–5 s in between.",
      ({ values }) => pair(values, "atHealthy", "atSick"),
    ),
    table(
      "A healthy node crashes, some nodes in trouble: s",
      "First declaration / all healthy nodes have heard, medians of a few crashes; in brackets crashes that some had not heard of in the end.",
      ({ values }) => pair(values, "firstP50", "fullP50", "incomplete"),
    ),
  ];
}

function titles(configs: Report["axes"]["configs"]): string[] {
  return configs.map((config) => titleOf(config));
}

function pair(
  values: Readonly<Record<string, number>>,
  a: string,
  b: string,
  missed?: string,
): string {
  const lost = missed === undefined ? 0 : (values[missed] ?? 0);
  const text = `${figure(values[a] ?? NaN)} / ${figure(values[b] ?? NaN)}`;
  return lost === 0 ? text : `${text} (${lost})`;
}
