/**
 * The commands that need no agent.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { addOptions } from "./command-options.ts";
import { runDecode } from "./decode/run.ts";
import { fingerprintOf } from "./keys/key-text.ts";
import { DECODE_OPTIONS, KEYGEN_OPTIONS } from "./options.ts";
import { decodeSettings, keygenSettings } from "./settings.ts";
import type { Flags } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const DECODE_HELP = `
Packets are arguments, lines of a file, or lines on standard input; "#" begins a comment. Each gives one line of
JSON; what does not decode gives {"error":{"code","message"}}, and the exit status at the end is 1.

Example:
  hearsay decode 0082a44e6f6465a26e31a55365714e6f01`;

export function addOfflineCommands(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  addOptions(
    program
      .command("decode")
      .description("show what is in packets, layer by layer, as JSON")
      .argument("[hex...]", "packets in hex")
      .addHelpText("after", DECODE_HELP),
    DECODE_OPTIONS,
  ).action(async (packets: string[], flags: Flags) => {
    end(await runDecode(packets, decodeSettings(flags, terminal.env), terminal));
  });

  addOptions(
    program.command("keygen").description("print a new key for --encrypt, at random"),
    KEYGEN_OPTIONS,
  )
    .option("--json", "print JSON, with the key's fingerprint")
    .action((flags: Flags) => {
      const { bytes } = keygenSettings(flags, terminal.env);
      const key = randomBytes(bytes).toString("base64");
      const json = { key, bytes, fingerprint: fingerprintOf(key) };
      const text = flags["json"] === true ? JSON.stringify(json, undefined, 2) : key;
      terminal.stdout.write(`${text}\n`);
    });
}
