/**
 * `hearsay kv`: the maps that the cluster shares.
 * @module
 */
import type { Command } from "commander";
import type { AgentClient, WriteQuery } from "./client.ts";
import { printable } from "./printable.ts";
import type { Flags } from "./settings.ts";
import { columns } from "./tables.ts";
import { UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { runWatch } from "./watch.ts";

export interface MapCommandPorts {
  readonly client: (flags: Flags) => AgentClient;
  /** A command with the options of all that ask an agent. */
  readonly command: (parent: Command, usage: string, description: string) => Command;
  readonly untilSignal: (work: (stop: AbortSignal) => Promise<void>) => Promise<void>;
}

const CONFLICT =
  "last-writer-wins (default) or observed-remove: what the map must be, or becomes if nobody has it yet";
export const COPIES = "wait until so many other nodes have it";

export function addMapCommands(
  program: Command,
  terminal: Terminal,
  { client, command, untilSignal }: MapCommandPorts,
): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));
  const kv = program.command("kv").description("read and write the maps that the cluster shares");

  command(kv, "get", "print the value of a key")
    .argument("<map>", "name of the map")
    .argument("<key>")
    .option("--all", "print all values that were set at once, a line each, the latest first")
    .option("--conflict <kind>", CONFLICT)
    .option("--json", "print JSON")
    .action(async (map: string, key: string, flags: Flags) => {
      const result = await client(flags).key(map, key, conflictOf(flags));
      if (flags["json"] === true) return printJson(result);
      const { value, values = [value] } = result;
      print((flags["all"] === true ? values : [value]).map(shown).join("\n"));
    });

  command(kv, "set", "set a key, for every node that has the map open")
    .argument("<map>", "name of the map")
    .argument("<key>")
    .argument("<value>", "JSON, or a text that is none")
    .option("--copies <nodes>", COPIES)
    .option("--conflict <kind>", CONFLICT)
    .option("--json", "print JSON")
    .action(async (map: string, key: string, value: string, flags: Flags) => {
      const result = await client(flags).setKey(map, key, valueOf(value), howOf(flags));
      if (flags["json"] === true) printJson(result);
      else print(`${printable(map)} ${printable(key)} is set${copiesWords(result.copies)}`);
    });

  command(kv, "delete", "delete a key")
    .argument("<map>", "name of the map")
    .argument("<key>")
    .option("--copies <nodes>", COPIES)
    .option("--conflict <kind>", CONFLICT)
    .option("--json", "print JSON")
    .action(async (map: string, key: string, flags: Flags) => {
      const result = await client(flags).deleteKey(map, key, howOf(flags));
      if (flags["json"] === true) printJson(result);
      else print(`${printable(map)} ${printable(key)} is deleted${copiesWords(result.copies)}`);
    });

  command(kv, "list", "list the keys of a map with their values, or the maps that the agent holds")
    .argument("[map]", "name of the map")
    .option("--conflict <kind>", CONFLICT)
    .option("--json", "print JSON")
    .action(async (map: string | undefined, flags: Flags) => {
      if (map === undefined) {
        const { maps } = await client(flags).maps();
        if (flags["json"] === true) return printJson({ maps });
        const rows = maps.map(({ name, kind, keys, conflicts, deleted, holders }) => {
          const counts = [keys, conflicts, deleted].map(String);
          return [printable(name), kind].concat(counts, printable(holders.join(" ")));
        });
        const heads = ["MAP", "KIND", "KEYS", "CONFLICTS", "DELETED", "ALSO AT"];
        return print(columns(heads, rows));
      }
      const { entries } = await client(flags).mapEntries(map, conflictOf(flags));
      if (flags["json"] === true) return printJson({ map, entries });
      print(
        columns(
          ["KEY", "VALUE"],
          entries.map(({ key, value, values = [value] }) => {
            return [printable(key), values.map(shown).join(" | ")];
          }),
        ),
      );
    });

  command(kv, "watch", "show what changes in a map, a line a change, until Ctrl-C")
    .argument("<map>", "name of the map")
    .option("--conflict <kind>", CONFLICT)
    .option("--count <changes>", "end after so many")
    .option("--json", "print JSON, an object a line, as the API sends it")
    .action(async (map: string, flags: Flags) => {
      const count = flags["count"] === undefined ? undefined : wholeNumber(flags, "count", 1);
      const json = flags["json"] === true;
      const options = { map, conflict: conflictOf(flags), json, count };
      await untilSignal((stop) => runWatch(client(flags), options, terminal, stop));
    });
}

/** Texts as they are, all else in JSON. */
export function shown(value: unknown): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}

/** What reads as JSON is JSON: `true`, `7`, `"7"`, `{"on":true}`. */
export function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws UsageError */
function howOf(flags: Flags): WriteQuery {
  return { copies: copiesOf(flags), conflict: conflictOf(flags) };
}

/** @throws UsageError */
export function copiesOf(flags: Flags): number {
  return flags["copies"] === undefined ? 0 : wholeNumber(flags, "copies", 0);
}

/** @throws UsageError */
function conflictOf({ conflict }: Flags): string | undefined {
  if (conflict === undefined || conflict === "last-writer-wins" || conflict === "observed-remove") {
    return conflict;
  }
  const got = JSON.stringify(conflict);
  throw new UsageError(`--conflict: expected last-writer-wins or observed-remove, got ${got}`);
}

/** @throws UsageError */
export function wholeNumber(flags: Flags, key: string, least: number): number {
  const text = flags[key];
  const count = Number(text);
  if (Number.isInteger(count) && count >= least && text !== "") return count;
  const got = JSON.stringify(text);
  throw new UsageError(`--${key}: expected a whole number of ${least} or more, got ${got}`);
}

export function copiesWords(copies: number): string {
  if (copies === 0) return "";
  return copies === 1 ? ", and another node has it" : `, and ${copies} other nodes have it`;
}
