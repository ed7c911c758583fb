/** The built `hearsay` command as a process, anywhere: what it prints is kept. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Within } from "./within.ts";

const PROGRAM = fileURLToPath(new URL("../../packages/agent/bin/hearsay.js", import.meta.url));

export class HearsayCommand {
  stdout = "";
  /** What it ended with, once it has. */
  status: number | undefined;
  readonly #child: ChildProcess;

  constructor(within: Within, ...more: string[]) {
    // What is before the command are options of Node.
    const at = more.findIndex((word) => !word.startsWith("--"));
    const engine = more.slice(0, at);
    const line = more.slice(at);
    const [program, ...all] = within(process.execPath, ...engine, PROGRAM, ...line);
    this.#child = spawn(program, all, {
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.once("close", (status) => (this.status = status ?? 1));
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }
}
