/**
 * The command line: which commands there are, and what each prints and ends with.
 * @module
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { runAgent } from "./agent.ts";
import { addClientCommands } from "./client-commands.ts";
import { addOptions } from "./command-options.ts";
import { runDemo } from "./demo/run.ts";
import { addLabCommands } from "./lab-commands.ts";
import { addOfflineCommands } from "./offline-commands.ts";
import { AGENT_OPTIONS, DEMO_OPTIONS } from "./options.ts";
import { addSimCommands } from "./sim-commands.ts";
import { addRecordingCommands } from "./recording/commands.ts";
import { demoSettings } from "./settings.ts";
import type { Flags } from "./settings.ts";
import { CommandError, EXIT, hasColour, UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const EXIT_HELP = `
Exit status:
  0  done
  1  the operation failed: nobody answered, an address is in use, no agent runs, a packet does not decode
  2  the command line, the environment or a file that was given is wrong

A flag wins over its environment variable; lists in variables are separated by commas.
NO_COLOR turns colours off.`;

/**
 * Runs one command to its end.
 * @param args without the program's own name
 * @returns the exit status; never rejects for what a user did
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const say = (message: string): void => void terminal.stderr.write(`hearsay: ${message}\n`);
  let status: number = EXIT.ok;
  const program = createProgram(terminal, (code) => {
    status = code;
  });
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof UsageError) return (say(error.message), EXIT.usage);
    if (error instanceof CommandError) return (say(error.message), EXIT.failed);
    throw error;
  }
  return status;
}

function createProgram(terminal: Terminal, end: (status: number) => void): Command {
  const program = new Command("hearsay")
    .description("Run, watch and debug a gossip cluster.")
    .version(packageVersion(), "-V, --version")
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(`hearsay: ${oneLine(text)}\n`),
      getOutHasColors: () => hasColour(terminal.env, terminal.stdout),
    })
    .addHelpText("after", EXIT_HELP);
  addAgent(program, terminal, end);
  addClientCommands(program, terminal);
  addOfflineCommands(program, terminal, end);
  addSimCommands(program, terminal, end);
  addLabCommands(program, terminal, end);
  addRecordingCommands(program, terminal, end);
  addDemo(program, terminal, end);
  return program;
}

function addAgent(program: Command, terminal: Terminal, end: (status: number) => void): void {
  const command = program
    .command("agent")
    .description("run a member of a cluster until SIGINT or SIGTERM, then leave")
    .addHelpText("after", EXIT_HELP);
  addOptions(command, AGENT_OPTIONS).action(async (flags: Flags) => {
    end(await runAgent(flags, terminal));
  });
}

function addDemo(program: Command, terminal: Terminal, end: (status: number) => void): void {
  const command = program
    .command("demo")
    .description("run a small cluster on this machine and break it");
  addOptions(command, DEMO_OPTIONS).action(async (flags: Flags) => {
    end(await runDemo(demoSettings(flags, terminal.env), terminal));
  });
}

function packageVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** commander's errors may have a second line with a guess at what was meant. */
function oneLine(text: string): string {
  return text
    .replace(/^error: /u, "")
    .trim()
    .replaceAll(/\s*\n\s*/gu, " ");
}
