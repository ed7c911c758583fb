/**
 * A terminal that keeps what is written.
 * @module
 */
import { Readable } from "node:stream";
import type { Environment, Input, Terminal } from "../terminal.ts";

export class MemoryTerminal implements Terminal {
  readonly env: Environment;
  readonly stdin: Input;
  readonly stdout: Sink = new Sink();
  readonly stderr: Sink = new Sink();

  /** `input` comes on stdin, in these pieces. */
  constructor(env: Environment = {}, input: readonly (string | Uint8Array)[] = []) {
    this.env = env;
    this.stdin = Readable.from(input);
  }
}

class Sink {
  readonly isTTY = false;
  text = "";

  write(chunk: string | Uint8Array, ...more: unknown[]): boolean {
    this.text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const done = more.at(-1);
    if (typeof done === "function") done();
    return true;
  }
}
