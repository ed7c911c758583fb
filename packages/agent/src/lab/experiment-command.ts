/**
 * `hearsay experiment`: runs one experiment with any parameters and shows what was measured.
 * @module
 */
import { Command, Option } from "commander";
import { columns } from "../tables.ts";
import { EXIT, UsageError } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { expected, parameterOptions, parametersOf, parseWhole } from "./arguments.ts";
import { merge, valuesOf } from "./experiment.ts";
import type { Experiment, Sample } from "./experiment.ts";
import { doRuns, EXPERIMENTS, seededRuns } from "./experiments.ts";
import { withProgress } from "./progress.ts";
import { figure, summary } from "./statistics.ts";

interface CommonFlags {
  readonly runs: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: boolean;
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
        status = await run(group, experiment, flags, terminal);
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
    .addHelpText("after", `\nMeasures:\n${columns([], measures)}`)
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
    .option("--json", "print JSON, every value in it");
  for (const option of parameterOptions(experiment.defaults)) command.addOption(option);
  return command;
}

async function run(
  protocol: string,
  experiment: Experiment,
  flags: CommonFlags,
  terminal: Terminal,
): Promise<number> {
  const { runs, seed, workers, json } = flags;
  const parameters = parametersOf(experiment, flags as unknown as Record<string, unknown>);
  const list = seededRuns({ protocol, experiment: experiment.name, parameters }, runs, seed);
  const samples = await withProgress(terminal, "runs", ({ signal, step, expect }) => {
    expect(runs);
    return doRuns(list, { workers, signal, onRun: step });
  });
  const done = samples.filter((sample): sample is Sample => sample !== undefined);
  const all = merge(done);
  const text =
    json === true
      ? JSON.stringify(
          {
            protocol,
            experiment: experiment.name,
            parameters,
            seed,
            runs: done.length,
            measures: summaries(experiment, all),
            values: all,
          },
          finite,
          2,
        )
      : table(
          experiment,
          all,
          `${protocol} ${experiment.name}: ${experiment.story}; ${done.length} runs from seed ${seed} on`,
        );
  terminal.stdout.write(`${text}\n`);
  return done.length === runs ? EXIT.ok : EXIT.failed;
}

function summaries(experiment: Experiment, all: Sample): object {
  const names = Object.keys(experiment.measures);
  return Object.fromEntries(names.map((name) => [name, summary(valuesOf(all, name))]));
}

function table(experiment: Experiment, all: Sample, title: string): string {
  const rows = Object.entries(experiment.measures).map(([name, meaning]) => {
    const { count, mean, deviation, p50, p99, max } = summary(valuesOf(all, name));
    return [name, String(count)].concat(
      [mean, deviation, p50, p99, max].map((value) => figure(value)),
      meaning,
    );
  });
  return `${title}\n\n${columns(["MEASURE", "VALUES", "MEAN", "SD", "P50", "P99", "MAX", "MEANING"], rows)}`;
}

/** JSON has no NaN: what there is no value of is null. */
export function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

function whole(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = parseWhole(least)(text, flag);
    if (value > 0xffff_ffff)
      throw new UsageError(`${flag}: expected at most 4294967295, got ${value}`);
    return value;
  };
}
