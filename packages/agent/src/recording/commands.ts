/**
 * The commands about recordings: loaded when they are asked for, so that the others start fast.
 * @module
 */
import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";

const REPLAY_HELP = `
FILE is what "hearsay agent --record" has written, or a trace of a simulated world, which is printed.
CONDITION is a change of a member: join, suspect, alive, update, leave, fail or conflict; b=fail for one member, b=* for
any change of it; or the number of an input. At a stop, "?" tells what can be asked.
The exit status is 1 if a packet or an event came out differently from what was recorded.

Examples:
  hearsay replay a.recording
  hearsay replay a.recording --break b=suspect`;

export function addRecordingCommands(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  program
    .command("replay")
    .description("run a recorded node again, in no time, and compare what it does")
    .argument("<file>", "the recording")
    .option("--step", "stop at every input")
    .option("--break <condition>", "stop where this comes true; repeatable", collect)
    .option("--verbose", "show every input and output, not only what the node tells")
    .option("--node <name>", "of a trace, this node alone")
    .option("--json", "print a line of JSON for each input")
    .addHelpText("after", REPLAY_HELP)
    .action(async (file: string, flags) => {
      const { runReplay } = await import("./replay-command.ts");
      end(await runReplay(file, flags, terminal));
    });
}

function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
