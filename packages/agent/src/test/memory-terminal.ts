/**
 * A terminal that keeps what is written.
 * @module
 */
import type { Environment, Terminal } from "../terminal.ts";

export class MemoryTerminal implements Terminal {
  readonly env: Environment;
  readonly stdin = { isTTY: false };
  readonly stdout: Sink = new Sink();
  readonly stderr: Sink = new Sink();

  constructor(env: Environment = {}) {
    this.env = env;
  }
}

class Sink {
  readonly isTTY = false;
  text = "";

  write(chunk: string | Uint8Array): boolean {
    this.text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  }
}
