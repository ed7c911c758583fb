/**
 * Real processes of the built command, and whether they are gone.
 *
 * They run what `npm run build` has made; `npm test` builds first.
 * @module
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const PROGRAM: string = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

/** Bound of a test that starts processes: other tests keep the machine busy. */
export const PROCESS_TEST_MS = 120_000;

export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
  stdout = "";
  stderr = "";
  #hasEnded = false;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    if (!existsSync(PROGRAM)) throw new Error(`no ${PROGRAM}: run \`npm run build\` first`);
    this.child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (status, signal) => {
        this.#hasEnded = true;
        resolve({ status, signal });
      });
    });
  }

  /** Waits until stdout shows the pattern; a process that has ended will show nothing more. */
  async shows(pattern: RegExp, boundMs = 60_000): Promise<void> {
    await until(() => {
      if (!pattern.test(this.stdout) && !this.#hasEnded) throw this.#missing(pattern);
    }, boundMs);
    if (!pattern.test(this.stdout)) throw this.#missing(pattern);
  }

  #missing(pattern: RegExp): Error {
    return new Error(`no ${pattern} in stdout: ${this.stdout}\nstderr: ${this.stderr}`);
  }
}

/** Tries again until it no longer throws. */
export async function until(check: () => void | Promise<void>, boundMs = 30_000): Promise<void> {
  const end = Date.now() + boundMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process is there; one that has ended and was not yet asked for is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return true;
  return !/\) Z /u.test(readFileSync(stat, "utf8"));
}

/** The process ids that the demo has told. */
export function toldPids(text: string): number[] {
  return [...text.matchAll(/\(pid (\d+)\)/gu)].map((match) => Number(match[1]));
}
