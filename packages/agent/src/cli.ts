/**
 * The command line: how a command is found, and what it ends with.
 *
 *     hearsay agent …       the agent alone is loaded: it runs for months, and is to be small
 *     hearsay anything …    commands.ts declares them all; what they do is loaded when it is asked for
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandError, EXIT, EXIT_HELP, hasColour, UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command to its end.
 * @param args without the program's own name
 * @returns the exit status; never rejects for what a user did
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const say = (message: string): void => void terminal.stderr.write(`hearsay: ${message}\n`);
  let status: number = EXIT.ok;
  const end = (code: number): void => void (status = code);
  const program = createProgram(terminal);
  if (args[0] === "agent") (await import("./agent-command.ts")).addAgent(program, terminal, end);
  else (await import("./commands.ts")).addCommands(program, terminal, end);
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

function createProgram(terminal: Terminal): Command {
  return new Command("hearsay")
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
}

function packageVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** commander's errors may have a second line with a guess at what was meant; where it has none, help does. */
function oneLine(text: string): string {
  const line = text
    .replace(/^error: /u, "")
    .trim()
    .replaceAll(/\s*\n\s*/gu, " ");
  return /^unknown (?:command|option) '[^']*'$/u.test(line) ? `${line}; --help has them all` : line;
}
