/**
 * Where a command reads and writes, and how it ends.
 * @module
 */
import type { ReadStream, WriteStream } from "node:tty";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The streams and variables of a process, handed in so that tests can bring their own. */
export interface Terminal {
  readonly env: Environment;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What comes in is text or bytes, in pieces of any size. */
export type Input = AsyncIterable<string | Uint8Array> & Partial<Pick<ReadStream, "isTTY">>;

export type Output = Pick<NodeJS.WritableStream, "write"> & Partial<Pick<WriteStream, "isTTY">>;

/** What a process of ours ends with; the last is what a shell says of a command that Ctrl-C has ended. */
export const EXIT = { ok: 0, failed: 1, usage: 2, found: 3, interrupted: 130 } as const;

/** The same for people, below what a command's help says. */
export const EXIT_HELP = `
Exit status:
  0  done
  1  the operation failed: nobody answered, an address is in use, no agent runs, a packet does not decode
  2  the command line, the environment or a file that was given is wrong
  3  hearsay doctor has found something

A flag wins over its environment variable; lists in variables are separated by commas.
NO_COLOR turns colours off.`;

/** The operation was understood and did not succeed: one line on stderr, exit status 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The command, or a file that it was given, was not understood: one line on stderr, exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Writes, and waits until the reader has room for more; `false` when there is no reader any more. */
export function written(output: Output, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    output.write(text, (error?: Error | null) => resolve(error === undefined || error === null));
  });
}

/** Whether to colour what goes to this stream: https://no-color.org, FORCE_COLOR, else a terminal. */
export function hasColour(env: Environment, stream: Output): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Whether symbols beyond ASCII will be shown as one column each; terminals follow the locale. */
export function hasUnicode(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (platform === "win32")
    return env["WT_SESSION"] !== undefined || env["TERM_PROGRAM"] === "vscode";
  const locale =
    env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || (platform === "darwin" ? "UTF-8" : "");
  return /utf-?8/iu.test(locale) && env["TERM"] !== "linux";
}
