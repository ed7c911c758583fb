/**
 * One real agent: a process of its own with its own sockets, started, paused and ended by us.
 * @module
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ReadyLine } from "../agent.ts";
import type { Environment } from "../terminal.ts";

export interface AgentOptions {
  readonly name: string;
  /** Port 0 for a free one; a node that comes back takes its old address. */
  readonly bind: string;
  readonly join: readonly string[];
  readonly env: Environment;
}

/** How a process ended: on its own terms with a status, or by a signal. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last words on stderr. */
  readonly complaint: string;
}

/** From the start of a process to the line that says it is up. */
const READY_BOUND_MS = 20_000;
const COMPLAINT_CHARS = 2000;

const PROGRAM = fileURLToPath(new URL("../../bin/hearsay.js", import.meta.url));

export class AgentProcess {
  readonly pid: number | undefined;
  /** Resolves when the agent is up; rejects if it ends or takes too long. */
  readonly ready: Promise<ReadyLine>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #complaint = "";
  #isGone = false;

  constructor({ name, bind, join, env }: AgentOptions) {
    const seeds = join.flatMap((address) => ["--join", address]);
    const own = ["--name", name, "--bind", bind, "--http", "127.0.0.1:0", "--ready-json"];
    const timing = ["--preset", "local", "--log-level", "warn"];
    this.#child = spawn(process.execPath, [PROGRAM, "agent", ...own, ...timing, ...seeds], {
      // A session of its own: a Ctrl-C at the terminal is the demo's, to end everything in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: withoutOurs(env),
    });
    this.pid = this.#child.pid;
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-COMPLAINT_CHARS);
    });
    this.ended = this.#watchEnd();
    this.ready = this.#watchReady();
    // Whoever cares awaits it; a process that is ended on purpose before it was up is no mishap.
    this.ready.catch(() => {});
  }

  /** False if the process is gone already. */
  signal(signal: NodeJS.Signals): boolean {
    return !this.#isGone && this.#child.kill(signal);
  }

  #watchEnd(): Promise<Ending> {
    return new Promise((resolve) => {
      const end = (status: number | null, signal: NodeJS.Signals | null): void => {
        this.#isGone = true;
        resolve({ status, signal, complaint: this.#complaint.trim() });
      };
      this.#child.once("exit", end);
      this.#child.once("error", (error) => {
        this.#complaint = error.message;
        end(null, null);
      });
    });
  }

  async #watchReady(): Promise<ReadyLine> {
    const output = this.#child.stdout;
    if (output === null) throw new Error("BUG: no pipe to the agent");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`not up within ${READY_BOUND_MS / 1000} s`));
      }, READY_BOUND_MS);
    });
    const ended = this.ended.then(({ complaint }): never => {
      throw new Error(complaint || "ended before it was up");
    });
    const line = new Promise<ReadyLine>((resolve) => {
      createInterface({ input: output }).once("line", (text) => {
        resolve(JSON.parse(text) as ReadyLine);
      });
    });
    try {
      return await Promise.race([line, ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The user's HEARSAY_ variables are about the user's own agent. */
function withoutOurs(env: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith("HEARSAY_")));
}
