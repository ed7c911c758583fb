/**
 * An input that has broken something: a file that says what, and how to see it again.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Finding {
  readonly target: string;
  readonly input: Uint8Array;
  /** The error with where it came from, or the limit that was passed. */
  readonly what: string;
}

interface Written {
  readonly replay: string;
  readonly target: string;
  readonly what: string;
  readonly hex: string;
}

/** @returns the path of its file */
export function writeFinding(folder: string, { target, input, what }: Finding): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${target}-${digestOf(input)}.json`);
  const written: Written = {
    replay: `npm run fuzz -- replay ${path}`,
    target,
    what,
    hex: Buffer.from(input).toString("hex"),
  };
  writeFileSync(path, `${JSON.stringify(written, undefined, 2)}\n`);
  return path;
}

export function readFinding(path: string): Finding {
  const { target, what, hex } = JSON.parse(readFileSync(path, "utf8")) as Written;
  return { target, what, input: new Uint8Array(Buffer.from(hex, "hex")) };
}

export function digestOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 16);
}
