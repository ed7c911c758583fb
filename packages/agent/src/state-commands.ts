/**
 * `hearsay state`: what each member has told of itself.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { AgentClient, StateWatch } from "./client.ts";
import { readEvents } from "./http/event-source.ts";
import { stateChangeSchema } from "./http/state-routes.ts";
import { shown, valueOf, wholeNumber } from "./map-commands.ts";
import type { MapCommandPorts } from "./map-commands.ts";
import { printable } from "./printable.ts";
import type { Flags } from "./settings.ts";
import { columns } from "./tables.ts";
import { written } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** A stream that ended is opened again after this time. */
const RETRY_MS = 1000;

export function addStateCommands(
  program: Command,
  terminal: Terminal,
  { client, command, untilSignal }: MapCommandPorts,
): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));
  const state = program
    .command("state")
    .description("read what each member has told of itself, and tell of this agent's node");

  command(state, "get", "print the value of a key of a member")
    .argument("<member>", "name of the member")
    .argument("<key>")
    .option("--json", "print JSON")
    .action(async (member: string, key: string, flags: Flags) => {
      const result = await client(flags).memberKey(member, key);
      if (flags["json"] === true) printJson(result);
      else print(shown(result.value));
    });

  command(state, "set", "set a key of the agent's own node, for all to read")
    .argument("<key>")
    .argument("<value>", "JSON, or a text that is none")
    .option("--ttl-ms <ms>", "for so long; it is gone by itself then, everywhere")
    .option("--json", "print JSON")
    .action(async (key: string, value: string, flags: Flags) => {
      const ttlMs = flags["ttlMs"] === undefined ? undefined : wholeNumber(flags, "ttlMs", 1);
      const result = await client(flags).setStateKey(key, valueOf(value), ttlMs);
      if (flags["json"] === true) printJson(result);
      else print(`${printable(key)} of ${printable(result.member)} is set`);
    });

  command(state, "delete", "delete a key of the agent's own node")
    .argument("<key>")
    .option("--json", "print JSON")
    .action(async (key: string, flags: Flags) => {
      const result = await client(flags).deleteStateKey(key);
      if (flags["json"] === true) printJson(result);
      else print(`${printable(key)} of ${printable(result.member)} is deleted`);
    });

  command(state, "list", "list the members that have state, or the keys of one of them")
    .argument("[member]", "name of the member")
    .option("--json", "print JSON")
    .action(async (member: string | undefined, flags: Flags) => {
      if (member !== undefined) {
        const { keys } = await client(flags).memberState(member);
        if (flags["json"] === true) return printJson({ member, keys });
        const rows = keys.map(({ key, value }) => [printable(key), shown(value)]);
        return print(columns(["KEY", "VALUE"], rows));
      }
      const { members } = await client(flags).stateMembers();
      if (flags["json"] === true) return printJson({ members });
      const rows = members.map((one) => {
        return [printable(one.member), String(one.keys), String(one.bytes), String(one.version)];
      });
      print(columns(["MEMBER", "KEYS", "BYTES", "VERSION"], rows));
    });

  command(state, "watch", "show what changes in the state of members, until Ctrl-C")
    .argument("[member]", "name of the member; without it, of all")
    .option("--key <key>", "this key alone")
    .option("--count <changes>", "end after so many")
    .option("--json", "print JSON, an object a line, as the API sends it")
    .action(async (member: string | undefined, flags: Flags) => {
      const count = flags["count"] === undefined ? Infinity : wholeNumber(flags, "count", 1);
      const { key } = flags;
      const watch = {
        ...(member !== undefined && { member }),
        ...(typeof key === "string" && { key }),
      };
      const show = { watch, count, isJson: flags["json"] === true };
      await untilSignal((stop) => watchState(client(flags), show, terminal, stop));
    });
}

interface ShowOptions {
  readonly watch: StateWatch;
  /** Changes after which it ends. */
  readonly count: number;
  readonly isJson: boolean;
}

/** Ends when `stop` says so, after `count` changes, or when nobody reads what it prints. */
async function watchState(
  client: AgentClient,
  { watch, count, isJson }: ShowOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  let left = count;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const answer = await client.stateChanges(watch, stop).catch((error: unknown) => {
      if (isFirst && !stop.aborted) throw error;
    });
    if (answer !== undefined) {
      try {
        for await (const { data } of readEvents(answer)) {
          const line = readable(data);
          if (line === undefined) continue;
          if (!(await written(terminal.stdout, `${isJson ? data : line}\n`))) return;
          if (--left <= 0) return;
        }
      } catch {
        // The agent has gone in the middle of a line.
      }
      if (stop.aborted) return;
      terminal.stderr.write("hearsay: the agent is gone; waiting for one\n");
    }
    await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

const GONE = {
  deleted: "is deleted",
  expired: "has expired",
  restarted: "is gone: the member has started anew",
  memberGone: "is gone with the member",
};

function readable(data: string): string | undefined {
  const result = stateChangeSchema.safeParse(JSON.parse(data));
  if (!result.success || result.data.type === "open") return undefined;
  const change = result.data;
  if (change.type === "missed") return `${change.count} changes came too fast to be shown`;
  const head = `${printable(change.member)}  ${printable(change.key)}  `;
  return head + (change.type === "set" ? shown(change.value) : GONE[change.reason]);
}
