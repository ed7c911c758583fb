/**
 * The commands that ask a running agent, over its HTTP API.
 * @module
 */
import type { Command } from "commander";
import { addAggregateCommands } from "./aggregate-commands.ts";
import { AgentClient } from "./client.ts";
import { addOptions } from "./command-options.ts";
import { readToken } from "./http/token.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addMapCommands } from "./map-commands.ts";
import type { MapCommandPorts } from "./map-commands.ts";
import { runMonitor } from "./monitor.ts";
import { CLIENT_OPTIONS, TAGS_OPTIONS } from "./options.ts";
import { printable } from "./printable.ts";
import { clientSettings, formatHostPort, tagsSettings } from "./settings.ts";
import type { Flags } from "./settings.ts";
import { membersTable, statsTable } from "./tables.ts";
import { addSetCommands } from "./set-commands.ts";
import { addStateCommands } from "./state-commands.ts";
import { CommandError, hasColour } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { addTopicCommands } from "./topic-commands.ts";

export function addClientCommands(program: Command, terminal: Terminal): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));
  const client = (flags: Flags): AgentClient => {
    const settings = clientSettings(flags, terminal.env);
    return new AgentClient(formatHostPort(settings.http), readToken(settings).token);
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

  command("explain", "tell what happened to a member, and why it is what it is")
    .argument("<name>", "name of a member, also of one that is forgotten")
    .option("--json", "print JSON")
    .action(async (name: string, flags: Flags) => {
      const explanation = await client(flags).explain(name);
      if (flags["json"] === true) return printJson(explanation);
      for (const sentence of explanation.text) print(printable(sentence));
    });

  command("join", "make the agent join the cluster of a running member")
    .argument("<address...>", "host[:port] of a member")
    .option("--json", "print JSON")
    .action(async (addresses: string[], flags: Flags) => {
      const result = await client(flags).join(addresses);
      if (flags["json"] === true) return printJson(result);
      for (const address of result.contacted) print(`joined ${address}`);
      for (const { address, reason, detail } of result.failed) {
        print(`no answer from ${address}: ${detail ?? reason}`);
      }
    });

  command("leave", "make the agent say goodbye and end")
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const agent = client(flags);
      const { name } = await agent.self();
      const { told } = await agent.leave();
      if (flags["json"] === true) printJson({ name, told });
      else if (told) print(`${name} has left`);
      if (told) return;
      throw new CommandError(
        `${name} has ended, but could not tell anybody in time that it leaves`,
      );
    });

  command("force-leave", "declare a member gone that has failed and will not come back")
    .argument("<name>", "name of a suspect or dead member")
    .option("--json", "print JSON")
    .action(async (name: string, flags: Flags) => {
      const result = await client(flags).forceLeave(name);
      if (flags["json"] === true) printJson(result);
      else print(`${printable(name)} is declared gone`);
    });

  addOptions(
    command("tags", "show the tags of the agent, or change some while it runs"),
    TAGS_OPTIONS,
  )
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const agent = client(flags);
      const { set, delete: remove } = tagsSettings(flags, terminal.env);
      const isChange = Object.keys(set).length > 0 || remove.length > 0;
      const { tags } = await (isChange ? agent.changeTags(set, remove) : agent.self());
      if (flags["json"] === true) return printJson({ tags });
      for (const [key, value] of Object.entries(tags)) print(printable(`${key}=${value}`));
    });

  command("monitor", "show what the agent sees happen, a line an event, until Ctrl-C")
    .option("--json", "print JSON, an object a line, as the API sends it")
    .action(async (flags: Flags) => {
      const agent = client(flags);
      await untilSignal((stop) => runMonitor(agent, flags["json"] === true, terminal, stop));
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

  addTopicCommands(terminal, { client, command, untilSignal });
  addAggregateCommands(terminal, { client, command, untilSignal });
  const ports: MapCommandPorts = {
    client,
    command: (parent, usage, description) => {
      return addOptions(parent.command(usage).description(description), CLIENT_OPTIONS);
    },
    untilSignal,
  };
  addMapCommands(program, terminal, ports);
  addSetCommands(program, terminal, ports);
  addStateCommands(program, terminal, ports);
  addKeyCommands(program, terminal, client, (added) => addOptions(added, CLIENT_OPTIONS));
}

/** The first SIGINT or SIGTERM asks politely, the second ends the process as usual. */
async function untilSignal(work: (stop: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  try {
    await work(stop.signal);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}
