/**
 * `hearsay sim measure`: the tables and plots of a cluster's quality.
 * @module
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { CommandError, EXIT } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { expected, parseNumber, parseWhole } from "./arguments.ts";
import { CONFIGURATION_NAMES, DETECTOR_NAMES } from "./configurations.ts";
import type { ColumnName } from "./configurations.ts";
import { finite } from "./json.ts";
import { asHtml } from "./measure/html.ts";
import { measureAll } from "./measure/report.ts";
import type { Axes, Trouble } from "./measure/report.ts";
import { asMarkdown, asText, reportTables } from "./measure/tables.ts";
import { withProgress } from "./progress.ts";

/** As commander gives them: lists are still one word. */
export interface MeasureFlags {
  readonly n: string;
  readonly loss: string;
  readonly configs: string;
  /** Instead of `configs`: what finds out who has crashed. */
  readonly detector?: string;
  readonly trouble: string;
  readonly troubled: string;
  readonly of: number;
  readonly seeds: number;
  readonly seed: number;
  readonly crashes: number;
  readonly seconds: number;
  readonly workers?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly html?: string;
}

const TROUBLES: readonly Trouble[] = ["cut", "stop", "slow"];

export async function runMeasureCommand(
  flags: MeasureFlags,
  terminal: Terminal,
  args: readonly string[],
): Promise<number> {
  const axes = axesOf(flags);
  const { workers, json, markdown, html } = flags;
  // Found out now rather than after an hour.
  if (html !== undefined) inFile(html, () => appendFileSync(html, ""));
  const report = await withProgress(terminal, "runs", ({ signal, step, expect }) =>
    measureAll(axes, { workers, signal, onRun: step, onPlan: expect }),
  );
  const tables = reportTables(report);
  if (json === true) terminal.stdout.write(`${JSON.stringify(report, finite, 2)}\n`);
  else if (markdown === true) terminal.stdout.write(`${tables.map(asMarkdown).join("\n\n")}\n`);
  else terminal.stdout.write(`${tables.map(asText).join("\n\n")}\n`);
  const page = asHtml(report, `hearsay ${args.join(" ")}`);
  if (html !== undefined) inFile(html, () => writeFileSync(html, page));
  if (report.missing > 0)
    terminal.stderr.write(`hearsay: stopped; ${report.missing} cells are missing\n`);
  return report.missing === 0 ? EXIT.ok : EXIT.failed;
}

function axesOf(flags: MeasureFlags): Axes {
  const { of, seeds, seed, crashes, seconds } = flags;
  const loss = list(flags.loss, (text) => {
    const value = parseNumber(text, "--loss");
    // "5" can only be meant in per cent, as the table heads are.
    const share = text.endsWith("%") ? value : value / 100;
    if (share < 1) return share;
    throw expected("--loss", "per cent below 100", text);
  });
  const troubled = list(flags.troubled, (text) => parseWhole(0)(text, "--troubled"));
  const tooMany = troubled.find((count) => count >= of);
  if (tooMany !== undefined) throw expected("--troubled", `less than --of (${of})`, tooMany);
  return {
    configs: columnsOf(flags),
    n: list(flags.n, (text) => parseWhole(2)(text, "--n")),
    loss,
    trouble: list(flags.trouble, (word) => {
      const kind = TROUBLES.find((one) => one === word);
      if (kind === undefined)
        throw expected("--trouble", `some of ${TROUBLES.join(",")} or none`, word);
      return kind;
    }),
    troubled,
    of,
    seeds,
    seed,
    crashes,
    seconds,
  };
}

function columnsOf({ configs, detector }: MeasureFlags): ColumnName[] {
  const [option, text, choices] =
    detector === undefined
      ? (["--configs", configs, [...CONFIGURATION_NAMES, ...DETECTOR_NAMES]] as const)
      : (["--detector", detector, ["swim", ...DETECTOR_NAMES]] as const);
  return list(text, (word) => {
    const name = choices.find((one) => one === word);
    if (name === undefined) throw expected(option, `some of ${choices.join(", ")}`, word);
    return name as ColumnName;
  });
}

/** Parts between commas; the word "none" is an empty list. */
function list<T>(text: string, parse: (part: string) => T): T[] {
  return text === "none" ? [] : text.split(",").map((part) => parse(part.trim()));
}

function inFile(file: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new CommandError(`--html: cannot write ${file}: ${(error as Error).message}`);
  }
}
