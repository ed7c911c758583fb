/**
 * `hearsay sim compare`: one story on loopback sockets and in the simulator.
 * @module
 */
import { EXIT } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { finite } from "./json.ts";
import { asMarkdown, asText } from "./measure/tables.ts";
import type { PageTable } from "./page/html.ts";
import { withProgress } from "./progress.ts";
import { figure } from "./statistics.ts";
import { compare } from "./worlds/compare.ts";
import type { Comparison, ComparisonRow } from "./worlds/compare.ts";
import { tellReally } from "./worlds/real.ts";
import { storyOf } from "./worlds/story.ts";
import { tellVirtually } from "./worlds/virtual.ts";

export interface CompareFlags {
  readonly n: number;
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export async function runCompareCommand(flags: CompareFlags, terminal: Terminal): Promise<number> {
  const { n, seconds, runs, seed, json, markdown } = flags;
  const story = storyOf(n, seconds);
  const simulated = Array.from({ length: runs }, (_, i) => tellVirtually(story, seed + i));
  const real = await withProgress(terminal, "tellings", ({ signal, expect }) => {
    expect(1);
    return tellReally(story, signal);
  });
  if (real === undefined) {
    terminal.stderr.write("hearsay: stopped before the end: there is nothing to compare\n");
    return EXIT.failed;
  }
  const comparison = compare(story, real, simulated);
  const table = tableOf(comparison);
  const text =
    json === true
      ? JSON.stringify(comparison, finite, 2)
      : markdown === true
        ? asMarkdown(table)
        : asText(table);
  terminal.stdout.write(`${text}\n`);
  return EXIT.ok;
}

function tableOf({ n, seconds, runs, lateMs, rows }: Comparison): PageTable {
  return {
    title: "The same story on sockets and in the simulator",
    note: `${n} nodes start, two crash, one leaves; ${seconds} s. The simulator's are means of ${runs} runs, and how much one run differs from the next. The process with the sockets was late by ${figure(lateMs)} ms at most in 99 of 100 looks.`,
    head: ["", "sockets", "simulator", "± one run", "sockets / simulator"],
    rows: rows.map(({ what, kind, real, simulated, deviation }) => [
      `${what}${UNITS[kind]}`,
      ...[real, simulated, deviation].map((value) => figure(value)),
      figure(real / simulated),
    ]),
  };
}

const UNITS: Readonly<Record<ComparisonRow["kind"], string>> = {
  count: "",
  bytes: " (a node and s)",
  seconds: ", s",
};
