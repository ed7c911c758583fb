/**
 * The command line: which commands there are, and what each prints and ends with.
 * @module
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { runAgent } from "./agent.ts";
import { AgentClient } from "./client.ts";
import { runDemo } from "./demo/run.ts";
import {
  AGENT_OPTIONS,
  CLIENT_OPTIONS,
  clientSettings,
  DEMO_OPTIONS,
  demoSettings,
  formatHostPort,
} from "./settings.ts";
import type { Flags, OptionSpelling } from "./settings.ts";
import { membersTable, statsTable } from "./tables.ts";
import { CommandError, EXIT, hasColour, UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const EXIT_HELP = `
Exit status:
  0  done
  1  the operation failed: nobody answered, an address is in use, no agent runs
  2  the command line or the environment is wrong

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
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(`hearsay: ${oneLine(text)}\n`),
      getOutHasColors: () => hasColour(terminal.env, terminal.stdout),
    })
    .addHelpText("after", EXIT_HELP);
  addAgent(program, terminal, end);
  addClients(program, terminal);
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

function addClients(program: Command, terminal: Terminal): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));
  const client = (flags: Flags): AgentClient => {
    return new AgentClient(formatHostPort(clientSettings(flags, terminal.env).http));
  };
  const command = (usage: string, description: string): Command => {
    return addOptions(program.command(usage).description(description), CLIENT_OPTIONS);
  };

  command("members", "list the members that the agent knows, and why each is what it is")
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const members = await client(flags).members();
      if (flags["json"] === true) return printJson({ members });
      print(membersTable(members, hasColour(terminal.env, terminal.stdout), Date.now()));
    });

  command("join", "make the agent join the cluster of a running member")
    .argument("<address...>", "host[:port] of a member")
    .action(async (addresses: string[], flags: Flags) => {
      const { contacted, failed } = await client(flags).join(addresses);
      for (const address of contacted) print(`joined ${address}`);
      for (const { address, reason, detail } of failed) {
        print(`no answer from ${address}: ${detail ?? reason}`);
      }
    });

  command("leave", "make the agent say goodbye and end").action(async (flags: Flags) => {
    const agent = client(flags);
    const { name } = await agent.self();
    const { told } = await agent.leave();
    if (told) return print(`${name} has left`);
    throw new CommandError(`${name} has ended, but could not tell anybody in time that it leaves`);
  });

  command("info", "show the agent itself and its counters")
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const agent = client(flags);
      const [self, stats] = [await agent.self(), await agent.stats()];
      if (flags["json"] === true) return printJson({ self, stats });
      print(membersTable([self], hasColour(terminal.env, terminal.stdout), Date.now()));
      print(`\n${statsTable(stats)}`);
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

function addOptions(command: Command, options: readonly OptionSpelling[]): Command {
  for (const { flags, description, variable, list } of options) {
    const option = new Option(flags, `${description} [${variable}]`);
    if (list === true)
      option.argParser((text: string, previous: string[] = []) => [...previous, text]);
    command.addOption(option);
  }
  return command;
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
