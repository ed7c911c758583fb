/**
 * `hearsay sim`: clusters in virtual time. What the commands do is loaded when they are asked for.
 * @module
 */
import type { Command } from "commander";
import { wholeNumber } from "./lab-commands.ts";
import type { Terminal } from "./terminal.ts";

const MEASURE_HELP = `
Lists are separated by commas; "none" leaves a part out. One run of each cell and seed, spread over threads.

Examples:
  hearsay sim measure --n 16,64 --loss 0,10 --trouble none
  hearsay sim measure --detector swim,phi,heartbeat,gems --n 64
  hearsay sim measure --html report.html`;

const RUN_HELP = `
Exit status: 0 all came as the file says, 1 something else did, or a checker has seen something, 2 the command or the file
was not understood.

Examples:
  hearsay sim run story.scenario
  hearsay sim run story.scenario --update`;

const CAMPAIGN_HELP = `
Ctrl-C ends it with what was done so far. Exit status: 0 nothing was seen, 1 something was, 2 the command was not
understood, 130 stopped by Ctrl-C, whatever was seen by then.

Examples:
  hearsay sim campaign --seeds 64 --nodes 2..64 --seed 1
  hearsay sim campaign --seeds 4096 --out failures
  hearsay sim campaign --seeds 1000 --nodes 2..16 --with maps,state`;

export function addSimCommands(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  const sim = program
    .command("sim")
    .description("clusters in virtual time: tell stories, look for faults, measure, compare");
  sim
    .command("run")
    .argument("<file>", "a scenario: commands, and what they bring about")
    .description("carry out a scenario; ends with 1 if anything else happens than it says")
    .option("--update", "write into the file what has happened")
    .option("--trace <file>", "write every input and output of every node, for hearsay replay")
    .option("--wire <mode>", "objects, bytes or sealed", "bytes")
    .option("--json", "print JSON")
    .addHelpText("after", RUN_HELP)
    .action(async (file: string, flags) => {
      const { runScenarioCommand } = await import("./sim/run-command.ts");
      end(runScenarioCommand(file, flags, terminal));
    });
  sim
    .command("campaign")
    .description("many seeds of faults under all checkers; ends with 1 if one sees something")
    .option("--seeds <number>", "how many", wholeNumber("--seeds", 1), 64)
    .option("--seed <number>", "the first", wholeNumber("--seed", 0), 1)
    .option("--nodes <least..most>", "sizes of clusters; most have few", "2..64")
    .option(
      "--wire <mode>",
      "objects, bytes or sealed; by default one seed in eight is sealed, one in bytes",
    )
    .option(
      "--with <parts>",
      "what nodes carry: none, or some of topics,maps,state,detector,aggregates; by default each in one seed of eight",
    )
    .option(
      "--workers <number>",
      "threads; by default one for each core",
      wholeNumber("--workers", 1),
    )
    .option("--queue <url>", "hand the seeds to workers: redis://HOST:PORT")
    .option("--no-shrink", "leave failing stories as long as they are")
    .option("--out <folder>", "write failing stories as files for `hearsay sim run`")
    .option("--progress", "show how far it is where no terminal is, too")
    .option("--json", "print JSON")
    .addHelpText("after", CAMPAIGN_HELP)
    .action(async (flags) => {
      const { runCampaignCommand } = await import("./sim/campaign-command.ts");
      end(await runCampaignCommand(flags, terminal));
    });
  sim
    .command("worker")
    .description("do the seeds of campaigns on a queue, until stopped")
    .requiredOption("--queue <url>", "redis://HOST:PORT, as the campaign's")
    .option(
      "--workers <number>",
      "threads; by default one for each core",
      wholeNumber("--workers", 1),
    )
    .action(async (flags) => {
      const { runWorkerCommand } = await import("./sim/campaign-command.ts");
      end(await runWorkerCommand(flags, terminal));
    });
  sim
    .command("measure")
    .description(
      "detection, false positives, traffic and joins: SWIM, Lifeguard, hearsay; phi, GEMS",
    )
    .option("--n <list>", "sizes of clusters", "16,64,128,512")
    .option("--loss <list>", "packets lost, in per cent", "0,5,10,25,50")
    .option("--configs <list>", "what is compared", "swim,probe,suspicion,buddy,lifeguard,hearsay")
    .option("--detector <list>", "compare these instead: swim, phi, heartbeat, gems")
    .option("--trouble <list>", "what ails the troubled nodes: cut, stop, slow", "cut,stop,slow")
    .option("--troubled <list>", "how many are troubled", "0,1,4,16")
    .option("--of <number>", "members of a cluster with troubled ones", wholeNumber("--of", 2), 128)
    .option("--crashes <number>", "crashes in each cell", wholeNumber("--crashes", 1), 32)
    .option(
      "--seconds <number>",
      "at rest in each cell; twice that with trouble",
      wholeNumber("--seconds", 1),
      60,
    )
    .option("--seeds <number>", "runs of each cell", wholeNumber("--seeds", 1), 2)
    .option("--seed <number>", "of the first run", wholeNumber("--seed", 0), 1)
    .option(
      "--workers <number>",
      "threads; by default one for each core",
      wholeNumber("--workers", 1),
    )
    .option("--markdown", "print Markdown tables")
    .option("--json", "print JSON")
    .option("--html <file>", "also write a page with plots")
    .addHelpText("after", MEASURE_HELP)
    .action(async (flags, command: Command) => {
      const { runMeasureCommand } = await import("./lab/measure-command.ts");
      const given = command.args.concat(spelled(command));
      end(await runMeasureCommand(flags, terminal, ["sim", "measure", ...given]));
    });

  sim
    .command("compare")
    .description(
      "tell one story on loopback sockets and in the simulator, and compare what was sent",
    )
    .option("--n <number>", "nodes", wholeNumber("--n", 5), 24)
    .option("--seconds <number>", "that it takes, really", wholeNumber("--seconds", 20), 60)
    .option("--runs <number>", "of the simulator", wholeNumber("--runs", 2), 16)
    .option("--seed <number>", "of its first run", wholeNumber("--seed", 0), 1)
    .option("--markdown", "print a Markdown table")
    .option("--json", "print JSON")
    .action(async (flags) => {
      const { runCompareCommand } = await import("./lab/compare-command.ts");
      end(await runCompareCommand(flags, terminal));
    });
}

/** The options as they were given, for whoever wants to do the same again. */
function spelled(command: Command): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    const long = option.long ?? "";
    if (command.getOptionValueSource(name) !== "cli") return [];
    const value = command.getOptionValue(name) as unknown;
    return value === true ? [long] : [long, String(value)];
  });
}
