/**
 * `hearsay experiment`: runs one experiment with any parameters, or with many, and shows what was measured.
 * @module
 */
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { columns } from "../tables.ts";
import { CommandError, EXIT, UsageError } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { cellsOf, expected, parameterOptions, parseWhole } from "./arguments.ts";
import { experimentPage } from "./experiment-page.ts";
import { reportJson, reportText } from "./experiment-report.ts";
import type { ExperimentReport } from "./experiment-report.ts";
import { merge } from "./experiment.ts";
import type { Experiment, Sample } from "./experiment.ts";
import { doRuns, EXPERIMENTS, seededRuns } from "./experiments.ts";
import { finite } from "./json.ts";
import { withProgress } from "./progress.ts";

interface CommonFlags {
  readonly runs: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: boolean;
  readonly html?: string;
}

/** @param args the protocol, the experiment or nothing, and their options */
export async function runExperimentCommand(
  args: readonly string[],
  terminal: Terminal,
  configure: (command: Command) => Command,
): Promise<number> {
  const [protocol = "", ...rest] = args;
  const names = Object.keys(EXPERIMENTS);
  const isHelp = protocol === "--help" || protocol === "-h";
  if (!isHelp && !Object.hasOwn(EXPERIMENTS, protocol)) {
    throw expected("PROTOCOL", `one of ${names.join(", ")}`, protocol);
  }
  const [name] = rest;
  const known = (EXPERIMENTS[protocol] ?? []).map((experiment) => experiment.name);
  if (name !== undefined && !name.startsWith("-") && !known.includes(name)) {
    throw expected("EXPERIMENT", `one of ${known.join(", ")}`, name);
  }
  let status: number = EXIT.ok;
  const program = configure(new Command("hearsay experiment"));
  for (const group of isHelp ? names : [protocol]) {
    const experiments = EXPERIMENTS[group] ?? [];
    const command = configure(program.command(group)).description(
      `experiments with ${group}; without a name, ${experiments[0]?.name}`,
    );
    for (const [index, experiment] of experiments.entries()) {
      addExperiment(
        configure(command.command(experiment.name, { isDefault: index === 0 })),
        experiment,
      ).action(async (flags: CommonFlags) => {
        status = await run(group, experiment, flags, terminal, args);
      });
    }
  }
  await program.parseAsync(isHelp ? [protocol] : [protocol, ...rest], { from: "user" });
  return status;
}

function addExperiment(command: Command, experiment: Experiment): Command {
  const measures = Object.entries(experiment.measures).map(([name, text]) => [`  ${name}`, text]);
  command
    .description(experiment.story)
    .addHelpText("after", `\nMeasures:\n${columns([], measures)}${SWEEP_HELP}`)
    .addOption(
      new Option("--runs <number>", "runs, each with a seed of its own")
        .default(5)
        .argParser(whole("--runs", 1)),
    )
    .addOption(
      new Option("--seed <number>", "of the first run").default(1).argParser(whole("--seed", 0)),
    )
    .addOption(
      new Option("--workers <number>", "threads; by default one for each core").argParser(
        whole("--workers", 1),
      ),
    )
    .option("--json", "print JSON, every value in it")
    .option("--html <file>", "write a page with plots, too");
  for (const option of parameterOptions(experiment)) command.addOption(option);
  return command;
}

const SWEEP_HELP = `
Several values of an option are a sweep, and of several options all combinations: --n 100,1000 --loss 0..0.4:0.1`;

async function run(
  protocol: string,
  experiment: Experiment,
  flags: CommonFlags,
  terminal: Terminal,
  args: readonly string[],
): Promise<number> {
  const { runs, seed, workers, json, html } = flags;
  const cells = cellsOf(experiment, flags as unknown as Record<string, unknown>);
  const list = cells.flatMap(({ parameters }) =>
    seededRuns({ protocol, experiment: experiment.name, parameters }, runs, seed),
  );
  const samples = await withProgress(terminal, "runs", ({ signal, step, expect }) => {
    expect(list.length);
    return doRuns(list, { workers, signal, onRun: step });
  });
  const measured = cells.map((cell, index) => {
    const own = samples.slice(index * runs, (index + 1) * runs);
    const done = own.filter((sample): sample is Sample => sample !== undefined);
    return Object.assign({ runs: done.length, values: merge(done) }, cell);
  });
  const report: ExperimentReport = { protocol, experiment, seed, cells: measured };
  if (html !== undefined)
    write(html, experimentPage(report, `hearsay experiment ${args.join(" ")}`));
  const text = json === true ? JSON.stringify(reportJson(report), finite, 2) : reportText(report);
  terminal.stdout.write(`${text}\n`);
  return samples.includes(undefined) ? EXIT.failed : EXIT.ok;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`--html: cannot write ${file}: ${(error as Error).message}`);
  }
}

function whole(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = parseWhole(least)(text, flag);
    if (value > 0xffff_ffff)
      throw new UsageError(`${flag}: expected at most 4294967295, got ${value}`);
    return value;
  };
}
