/** A hearsay node in a process of its own that tells its events, and who it sees when it is asked. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { until } from "./until.ts";
import type { Within } from "./within.ts";

const PROGRAM = `
import { createNode } from "hearsay";
const node = createNode(JSON.parse(process.argv[1]));
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
for (const type of ["join", "suspect", "alive", "update", "leave", "fail", "udpBlocked", "udpRestored"]) {
  node.on(type, ({ member, reason }) => {
    tell({ type, about: member.name, reason: reason?.type, by: reason?.by });
  });
}
await node.start();
tell({ type: "started", about: node.address });
process.stdin.on("data", (data) => {
  const [word, key] = data.toString().trim().split(" ");
  if (word === "leave") return node.leave().then(() => process.exit());
  if (key !== undefined) return word === "remove" ? node.keys.remove(key) : node.keys[word](key);
  const alive = node.members().filter(({ state }) => state === "alive");
  const { drops, envelopeDrops } = node.stats();
  tell({ type: "alive members", about: alive.map(({ name }) => name).sort().join(" "), drops, envelopeDrops });
});
`;

/** One line of a node: an event, its address, or whom it sees alive. */
export interface Told {
  readonly type: string;
  readonly about: string;
  /** Of an event about a member: the type of its reason, and whose word that is, if it is another's. */
  readonly reason?: string;
  readonly by?: string;
  /** Of an answer. */
  readonly drops?: Readonly<Record<string, number>>;
  readonly envelopeDrops?: Readonly<Record<string, number>>;
}

/** Options of `createNode` that JSON can carry. */
export interface TellingOptions {
  readonly seeds?: readonly string[];
  readonly bind?: string;
  readonly advertise?: string;
  readonly tcpOnly?: boolean;
  readonly label?: string;
  readonly encryption?: { readonly keys: readonly string[] };
}

export class TellingProcess {
  readonly name: string;
  /** All that it has told. */
  readonly told: Told[] = [];
  readonly #child: ChildProcess;

  constructor(name: string, options: TellingOptions = {}, within: Within = (...line) => line) {
    this.name = name;
    const argument = JSON.stringify({ name, bind: "127.0.0.1:0", preset: "local", ...options });
    const flags = ["--input-type=module", "--eval", PROGRAM, argument];
    const [program, ...more] = within(process.execPath, ...flags);
    this.#child = spawn(program, more, {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => this.told.push(JSON.parse(line) as Told));
  }

  get address(): string | undefined {
    return this.told.find(({ type }) => type === "started")?.about;
  }

  /** Whom it sees alive now, and what it has counted; rejects if it does not answer, being stopped. */
  async look(): Promise<Told> {
    const since = this.told.length;
    const answer = (): Told | undefined =>
      this.told.slice(since).find(({ type }) => type === "alive members");
    this.#child.stdin?.write("?");
    await until(`${this.name} answers`, 5000, () => answer() !== undefined);
    return answer() as Told;
  }

  /** Changes the keys of the node. */
  key(change: "install" | "use" | "remove", key: string): void {
    this.#child.stdin?.write(`${change} ${key}\n`);
  }

  /** Says goodbye and ends. */
  leave(): void {
    this.#child.stdin?.write("leave\n");
  }

  /** What it has told since line `since` of suspicions and deaths, its own and others'. */
  accusations(since = 0): Told[] {
    return this.told.slice(since).filter(({ type }) => ["suspect", "fail"].includes(type));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
