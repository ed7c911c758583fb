/**
 * Where an agent's keys come from when it starts.
 *
 *     --keyring FILE, if it is there ─┐
 *     --encrypt KEY                   ├─▶ the first that there is
 *     --encrypt-file FILE            ─┘
 *
 * A keyring that is there knows of rotations that options do not, so it wins, as with Consul and Nomad. One that is
 * not there is written from the options.
 * @module
 */
import type { AgentSettings } from "../settings.ts";
import { exposure } from "../small-file.ts";
import { CommandError, UsageError } from "../terminal.ts";
import { readKeyList, readKeyring, writeKeyring } from "./keyring-file.ts";
import type { KeyFile } from "./keyring-file.ts";

export interface KeySource {
  /** The primary first; none for an agent that does not encrypt. */
  readonly keys: readonly string[];
  /** What to tell whoever runs the agent; never with a key in it. */
  readonly warnings: readonly string[];
}

type KeySettings = Pick<AgentSettings, "encrypt" | "encryptFile" | "keyring">;

/** @throws UsageError, CommandError */
export function readKeys({ encrypt, encryptFile, keyring }: KeySettings): KeySource {
  if (encrypt.length > 0 && encryptFile !== undefined) {
    throw new UsageError("--encrypt-file: expected no --encrypt beside it, got both");
  }
  const kept = keyring === undefined ? undefined : readKeyring(keyring);
  if (kept !== undefined) {
    const isIgnored = encrypt.length > 0 || encryptFile !== undefined;
    const ignored = `${keyring} is there and is used; keys given by options are ignored`;
    return {
      keys: kept.keys,
      warnings: [...(isIgnored ? [ignored] : []), ...exposed(keyring, kept)],
    };
  }
  const list = encryptFile === undefined ? undefined : readKeyList(encryptFile);
  const keys = list?.keys ?? encrypt;
  if (keyring !== undefined) {
    if (keys.length === 0) {
      const advice = "give the first key with --encrypt or --encrypt-file";
      throw new UsageError(`--keyring: there is no ${keyring}; ${advice}`);
    }
    writeFirst(keyring, keys);
  }
  return { keys, warnings: exposed(encryptFile, list) };
}

function exposed(file: string | undefined, content: KeyFile | undefined): string[] {
  return file === undefined || content === undefined ? [] : exposure(file, "keys", content);
}

function writeFirst(keyring: string, keys: readonly string[]): void {
  try {
    writeKeyring(keyring, keys);
  } catch (error) {
    throw new CommandError(`--keyring: cannot write ${keyring}: ${(error as Error).message}`);
  }
}
