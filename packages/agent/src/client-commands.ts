/**
 * The commands that ask a running agent, over its HTTP API.
 * @module
 */
import type { Command } from "commander";
import { AgentClient } from "./client.ts";
import { addOptions } from "./command-options.ts";
import { CLIENT_OPTIONS } from "./options.ts";
import { clientSettings, formatHostPort } from "./settings.ts";
import type { Flags } from "./settings.ts";
import { membersTable, statsTable } from "./tables.ts";
import { CommandError, hasColour } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export function addClientCommands(program: Command, terminal: Terminal): void {
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
