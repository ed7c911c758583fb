/**
 * Real Serf agents, as processes with ports of their own on loopback.
 */
import { execFile, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { until } from "./until.ts";
import type { Within } from "./within.ts";

const HERE: Within = (...line) => line;

const run = promisify(execFile);

/** Why the tests beside Serf cannot run here, or `undefined`. */
export const missingSerf: string | undefined =
  spawnSync("serf", ["version"]).error === undefined
    ? undefined
    : "skipped: `serf` is not installed (Debian: apt-get install serf)";

export interface SerfMember {
  readonly name: string;
  readonly addr: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

export class SerfAgent {
  readonly name: string;
  readonly address: string;
  readonly #rpc: string;
  readonly #process: ChildProcess;
  readonly #within: Within;
  #log = "";

  private constructor(
    { name, address, rpc }: { name: string; address: string; rpc: string },
    process: ChildProcess,
    within: Within,
  ) {
    this.name = name;
    this.address = address;
    this.#rpc = rpc;
    this.#process = process;
    this.#within = within;
    process.stdout?.on("data", (chunk) => (this.#log += chunk));
    process.stderr?.on("data", (chunk) => (this.#log += chunk));
  }

  /** Starts an agent and waits until it answers. */
  static async start(
    name: string,
    tags: Record<string, string> = {},
    ...more: string[]
  ): Promise<SerfAgent> {
    const address = `127.0.0.1:${await freePort()}`;
    const rpc = `127.0.0.1:${await freePort()}`;
    const tagFlags = Object.entries(tags).map(([key, value]) => `-tag=${key}=${value}`);
    return SerfAgent.#startAt({ name, address, rpc }, HERE, [...tagFlags, ...more]);
  }

  /** The same inside a namespace, where all ports are free. */
  static startWithin(
    name: string,
    { address, within }: { readonly address: string; readonly within: Within },
    ...more: string[]
  ): Promise<SerfAgent> {
    return SerfAgent.#startAt({ name, address, rpc: "127.0.0.1:7373" }, within, more);
  }

  static async #startAt(
    place: { name: string; address: string; rpc: string },
    within: Within,
    more: readonly string[],
  ): Promise<SerfAgent> {
    const { name, address, rpc } = place;
    const flags = [
      `-node=${name}`,
      `-bind=${address}`,
      `-rpc-addr=${rpc}`,
      "-profile=local",
      "-log-level=debug",
    ];
    const [program, ...line] = within("serf", "agent", ...flags, ...more);
    const process = spawn(program, line, { stdio: ["ignore", "pipe", "pipe"] });
    const agent = new SerfAgent(place, process, within);
    await until(`${name} answers`, 10_000, async () => (await agent.members()).length > 0);
    return agent;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  get log(): string {
    return this.#log;
  }

  /** Lines that an operator would be alarmed by. */
  get complaints(): string[] {
    return this.#log.split("\n").filter((line) => /\[(ERR|WARN)\]|panic/.test(line));
  }

  /** As `serf members` tells. */
  async members(): Promise<SerfMember[]> {
    const { stdout } = await this.#ask("members", "-format=json");
    return (JSON.parse(stdout) as { members: SerfMember[] }).members;
  }

  async member(name: string): Promise<SerfMember | undefined> {
    return (await this.members()).find((member) => member.name === name);
  }

  async join(address: string): Promise<void> {
    await this.#ask("join", address);
  }

  /** `serf tags` on a running agent. */
  async setTag(key: string, value: string): Promise<void> {
    await this.#ask("tags", "-set", `${key}=${value}`);
  }

  async deleteTag(key: string): Promise<void> {
    await this.#ask("tags", "-delete", key);
  }

  /** `serf keys`. Its complaint that a member gave no answer is no failure: members need not be Serf's. */
  async keys(command: "-install" | "-use" | "-remove", key: string): Promise<void> {
    const told = this.#ask("keys", `${command}=${key}`);
    await told.catch((error: { stdout?: string; stderr?: string }) => {
      const words = `${error.stdout ?? ""}${error.stderr ?? ""}`;
      if (!words.includes("nodes reported success")) throw error;
    });
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#process.kill(signal);
  }

  async leave(): Promise<void> {
    await this.#ask("leave");
  }

  /** A command of `serf`, where the agent is. */
  #ask(command: string, ...more: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const [program, ...line] = this.#within("serf", command, `-rpc-addr=${this.#rpc}`, ...more);
    return run(program, line);
  }
}

/** A port that was free a moment ago, for TCP and very likely for UDP. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}
