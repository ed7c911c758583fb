/**
 * `hearsay agent`.
 * @module
 */
import type { Command } from "commander";
import { runAgent } from "./agent.ts";
import { addOptions } from "./command-options.ts";
import { AGENT_OPTIONS } from "./options.ts";
import type { Flags } from "./settings.ts";
import { EXIT_HELP } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export function addAgent(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  const command = program
    .command("agent")
    .description("run a member of a cluster until SIGINT or SIGTERM, then leave")
    .addHelpText("after", EXIT_HELP);
  addOptions(command, AGENT_OPTIONS).action(async (flags: Flags) => {
    end(await runAgent(flags, terminal));
  });
}
