/**
 * `hearsay kv`: the maps that the cluster shares.
 * @module
 */
import type { Command } from "commander";
import type { AgentClient } from "./client.ts";
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

const COPIES = "wait until so many other nodes have it";

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
    .option("--json", "print JSON")
    .action(async (map: string, key: string, flags: Flags) => {
      const result = await client(flags).key(map, key);
      if (flags["json"] === true) printJson(result);
      else print(shown(result.value));
    });

  command(kv, "set", "set a key, for every node that has the map open")
    .argument("<map>", "name of the map")
    .argument("<key>")
    .argument("<value>", "JSON, or a text that is none")
    .option("--copies <nodes>", COPIES)
    .option("--json", "print JSON")
    .action(async (map: string, key: string, value: string, flags: Flags) => {
      const result = await client(flags).setKey(map, key, valueOf(value), copiesOf(flags));
      if (flags["json"] === true) printJson(result);
      else print(`${printable(map)} ${printable(key)} is set${copiesWords(result.copies)}`);
    });

  command(kv, "delete", "delete a key")
    .argument("<map>", "name of the map")
    .argument("<key>")
    .option("--copies <nodes>", COPIES)
    .option("--json", "print JSON")
    .action(async (map: string, key: string, flags: Flags) => {
      const result = await client(flags).deleteKey(map, key, copiesOf(flags));
      if (flags["json"] === true) printJson(result);
      else print(`${printable(map)} ${printable(key)} is deleted${copiesWords(result.copies)}`);
    });

  command(kv, "list", "list the keys of a map with their values, or the maps that the agent holds")
    .argument("[map]", "name of the map")
    .option("--json", "print JSON")
    .action(async (map: string | undefined, flags: Flags) => {
      if (map === undefined) {
        const { maps } = await client(flags).maps();
        if (flags["json"] === true) return printJson({ maps });
        const rows = maps.map(({ name, keys, deleted, holders }) => {
          return [printable(name), String(keys), String(deleted), printable(holders.join(" "))];
        });
        return print(columns(["MAP", "KEYS", "DELETED", "ALSO AT"], rows));
      }
      const { entries } = await client(flags).mapEntries(map);
      if (flags["json"] === true) return printJson({ map, entries });
      print(
        columns(
          ["KEY", "VALUE"],
          entries.map(({ key, value }) => [printable(key), shown(value)]),
        ),
      );
    });

  command(kv, "watch", "show what changes in a map, a line a change, until Ctrl-C")
    .argument("<map>", "name of the map")
    .option("--count <changes>", "end after so many")
    .option("--json", "print JSON, an object a line, as the API sends it")
    .action(async (map: string, flags: Flags) => {
      const count = flags["count"] === undefined ? undefined : wholeNumber(flags, "count", 1);
      const options = { map, json: flags["json"] === true, count };
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
function copiesOf(flags: Flags): number {
  return flags["copies"] === undefined ? 0 : wholeNumber(flags, "copies", 0);
}

/** @throws UsageError */
export function wholeNumber(flags: Flags, key: string, least: number): number {
  const text = flags[key];
  const count = Number(text);
  if (Number.isInteger(count) && count >= least && text !== "") return count;
  const got = JSON.stringify(text);
  throw new UsageError(`--${key}: expected a whole number of ${least} or more, got ${got}`);
}

function copiesWords(copies: number): string {
  if (copies === 0) return "";
  return copies === 1 ? ", and another node has it" : `, and ${copies} other nodes have it`;
}
