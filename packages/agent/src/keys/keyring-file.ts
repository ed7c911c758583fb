/**
 * Keys in files: the keyring, which the agent keeps up to date, and plain lists of keys, which it only reads.
 *
 *     ["bmV3…", "b2xk…"]      a keyring, as Serf writes it: the primary first
 *     bmV3…                   a list: one key a line, the primary first, "#" begins a comment
 *     b2xk…
 *
 * Nothing that is thrown here shows what is in the file.
 * @module
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { MAX_KEYS } from "hearsay/codec";
import * as z from "zod";
import { readSmallFile } from "../small-file.ts";
import { UsageError } from "../terminal.ts";
import { isKey, KEY_RULE } from "./key-text.ts";

const OWNER_ALONE = 0o600;

const keyringSchema = z.array(z.string().refine(isKey)).min(1).max(MAX_KEYS);

export interface KeyFile {
  readonly keys: readonly string[];
  /** Whether others than its owner may read it; never on Windows, whose modes say nothing. */
  readonly isExposed: boolean;
}

/**
 * @returns `undefined` if there is no such file
 * @throws UsageError
 */
export function readKeyring(file: string): KeyFile | undefined {
  const content = readSmallFile("--keyring", file);
  if (content === undefined) return undefined;
  const result = keyringSchema.safeParse(parseJson(content.text));
  if (result.success) return { keys: result.data, isExposed: content.isExposed };
  const rule = `a JSON array of 1 to ${MAX_KEYS} keys, each ${KEY_RULE}`;
  throw new UsageError(`--keyring: expected ${rule}, in ${file}`);
}

/** @throws UsageError */
export function readKeyList(file: string): KeyFile {
  const content = readSmallFile("--encrypt-file", file);
  if (content === undefined) throw new UsageError(`--encrypt-file: there is no ${file}`);
  const keys = content.text.split("\n").flatMap((line, i) => {
    const key = line.replace(/#.*/u, "").trim();
    if (key === "" || isKey(key)) return key === "" ? [] : [key];
    throw new UsageError(`--encrypt-file: expected ${KEY_RULE}, in line ${i + 1} of ${file}`);
  });
  if (keys.length > 0) return { keys, isExposed: content.isExposed };
  throw new UsageError(`--encrypt-file: expected one key a line, got none in ${file}`);
}

/**
 * Replaces the file as a whole or not at all, readable by its owner alone.
 * @throws what the file system says
 */
export function writeKeyring(file: string, keys: readonly string[]): void {
  const draft = `${file}.${process.pid}.tmp`;
  // One that a crash has left behind would keep its mode.
  rmSync(draft, { force: true });
  try {
    const descriptor = openSync(draft, "wx", OWNER_ALONE);
    try {
      writeFileSync(descriptor, `${JSON.stringify(keys, undefined, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the text.
    return undefined;
  }
}
