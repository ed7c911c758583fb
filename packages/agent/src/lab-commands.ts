/**
 * The commands that measure: loaded when they are asked for, so that the others start fast.
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const PAPERS_HELP = `
Papers: swim, lifeguard, hyparview, plumtree, sampling, demers, aggregation, state, laws. Each value is shown with the paper's, what
is expected, and the tolerance: the paper's rounding or four standard errors of what was measured. A star marks a value that cannot be the paper's; the reason is below it.
The exit status is 1 if a value is not what is expected.

Example:
  hearsay papers swim S1 S4 --quick`;

export function addLabCommands(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  program
    .command("papers")
    .description("reproduce what a paper says with the machines that run in production")
    .argument("[paper]", "swim, lifeguard, hyparview, plumtree, sampling…; by default all")
    .argument("[cases...]", "some of its cases, such as S1")
    .option("--quick", "fewer runs: seconds instead of minutes")
    .option("--seed <number>", "of the first run", wholeNumber("--seed", 0), 1)
    .option(
      "--workers <number>",
      "threads; by default one for each core",
      wholeNumber("--workers", 1),
    )
    .option("--markdown", "print a Markdown table")
    .option("--json", "print JSON")
    .addHelpText("after", PAPERS_HELP)
    .action(async (paper: string | undefined, cases: string[], flags) => {
      const { runPapersCommand } = await import("./lab/papers-command.ts");
      end(await runPapersCommand(paper, cases, flags, terminal));
    });

  program
    .command("experiment")
    .description("run one experiment in virtual time, with any parameters")
    .usage("PROTOCOL [EXPERIMENT] [options]")
    .argument("[args...]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { runExperimentCommand } = await import("./lab/experiment-command.ts");
      const configure = (command: Command): Command => command.copyInheritedSettings(program);
      end(await runExperimentCommand(args.length === 0 ? ["--help"] : args, terminal, configure));
    });
}

/** A whole number of the command line, from `least` on. */
export function wholeNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= 0xffff_ffff) {
      return value;
    }
    const rule = `a whole number in ${least}..4294967295`;
    throw new UsageError(`${flag}: expected ${rule}, got ${JSON.stringify(text)}`);
  };
}
