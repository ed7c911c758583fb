/**
 * All commands, in the order of the help.
 * @module
 */
import type { Command } from "commander";
import { addAgent } from "./agent-command.ts";
import { addClientCommands } from "./client-commands.ts";
import { addOptions } from "./command-options.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addLabCommands } from "./lab-commands.ts";
import { addOfflineCommands } from "./offline-commands.ts";
import { DEMO_OPTIONS } from "./options.ts";
import { addRecordingCommands } from "./recording/commands.ts";
import { demoSettings } from "./settings.ts";
import type { Flags } from "./settings.ts";
import { addSimCommands } from "./sim-commands.ts";
import type { Terminal } from "./terminal.ts";

export function addCommands(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  addAgent(program, terminal, end);
  addClientCommands(program, terminal);
  addDoctorCommand(program, terminal, end);
  addOfflineCommands(program, terminal, end);
  addSimCommands(program, terminal, end);
  addLabCommands(program, terminal, end);
  addRecordingCommands(program, terminal, end);
  addDemo(program, terminal, end);
}

function addDemo(program: Command, terminal: Terminal, end: (status: number) => void): void {
  const command = program
    .command("demo")
    .description("run a small cluster on this machine and break it");
  addOptions(command, DEMO_OPTIONS).action(async (flags: Flags) => {
    const { runDemo } = await import("./demo/run.ts");
    end(await runDemo(demoSettings(flags, terminal.env), terminal));
  });
}
