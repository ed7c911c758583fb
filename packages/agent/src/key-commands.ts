/**
 * `hearsay keys`: the cluster's keys on one agent, for rotation.
 * @module
 */
import type { Command } from "commander";
import type { AgentClient } from "./client.ts";
import { fingerprintOf, isFingerprint, isKey, KEY_RULE } from "./keys/key-text.ts";
import type { KeysJson } from "./http/key-routes.ts";
import { readLines } from "./lines.ts";
import { columns } from "./tables.ts";
import type { Flags } from "./settings.ts";
import { UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
A key is told by its fingerprint, the first 16 hex digits of its SHA-256. Without KEY it is read from standard input,
so that others on this machine do not see it.

To rotate, do each step on every agent before the next:
  hearsay keygen > new.key
  hearsay keys install < new.key
  hearsay keys use < new.key
  hearsay keys remove FINGERPRINT-OF-THE-OLD`;

const MAX_KEY_LINE_CHARS = 256;

type Act = (agent: AgentClient, key: string) => Promise<KeysJson>;

/** `declare` gives a command the options that say where the agent is. */
export function addKeyCommands(
  program: Command,
  terminal: Terminal,
  client: (flags: Flags) => AgentClient,
  declare: (command: Command) => Command,
): void {
  const keys = program
    .command("keys")
    .description("show and change the keys of the agent, for rotation while the cluster runs")
    .addHelpText("after", HELP);
  const print = ({ keys: list }: KeysJson, flags: Flags): void => {
    const text =
      flags["json"] === true ? JSON.stringify({ keys: list }, undefined, 2) : keysTable(list);
    terminal.stdout.write(`${text}\n`);
  };
  const command = (usage: string, description: string, isDefault = false): Command => {
    return declare(keys.command(usage, { isDefault }).description(description)).option(
      "--json",
      "print JSON",
    );
  };

  command("list", "fingerprints of the keys; the primary encrypts", true).action(
    async (flags: Flags) => print(await client(flags).keys(), flags),
  );
  const changes: [string, string, Act][] = [
    ["install [key]", "add a key that can be read from now on", install],
    ["use [key]", "encrypt with this key, or fingerprint, from now on", use],
    ["remove [key]", "read this key, or fingerprint, no longer", remove],
  ];
  for (const [usage, description, act] of changes) {
    command(usage, description).action(async (given: string | undefined, flags: Flags) => {
      const key = given ?? (await firstLine(terminal));
      print(await act(client(flags), key), flags);
    });
  }
}

const install: Act = (agent, key) => {
  if (!isKey(key)) throw new UsageError(`key: expected ${KEY_RULE}`);
  return agent.installKey(key);
};

const use: Act = (agent, key) => agent.useKey(asFingerprint(key));

const remove: Act = (agent, key) => agent.removeKey(asFingerprint(key));

/** The agent knows its keys: the secret need not travel again. */
function asFingerprint(text: string): string {
  if (isFingerprint(text)) return text;
  if (isKey(text)) return fingerprintOf(text);
  throw new UsageError("key: expected a fingerprint, 16 hex digits, or the key itself");
}

async function firstLine({ stdin }: Terminal): Promise<string> {
  for await (const line of readLines(stdin, MAX_KEY_LINE_CHARS)) {
    if (line !== undefined && line.trim() !== "") return line.trim();
  }
  throw new UsageError("key: expected one as an argument or on standard input, got none");
}

function keysTable(keys: KeysJson["keys"]): string {
  if (keys.length === 0) return "the agent does not encrypt";
  return columns(
    ["FINGERPRINT", "BITS", "USE"],
    keys.map(({ fingerprint, bytes, primary }) => {
      return [fingerprint, String(8 * bytes), primary ? "encrypts and reads" : "reads"];
    }),
  );
}
