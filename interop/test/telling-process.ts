/** A hearsay node in a process of its own that tells its events, and who it sees when it is asked. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

const PROGRAM = `
import { createNode } from "hearsay";
const { name, seeds } = JSON.parse(process.argv[1]);
const node = createNode({ name, seeds, bind: "127.0.0.1:0", preset: "local" });
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
for (const type of ["join", "suspect", "alive", "leave", "fail"]) {
  node.on(type, ({ member }) => tell({ type, about: member.name }));
}
await node.start();
tell({ type: "started", about: node.address });
process.stdin.on("data", () => {
  const alive = node.members().filter(({ state }) => state === "alive");
  const { lateWakeUp = 0 } = node.stats().drops;
  tell({ type: "alive members", about: alive.map(({ name }) => name).sort().join(" "), lateWakeUp });
});
`;

/** One line of a node: an event, its address, or whom it sees alive. */
export interface Told {
  readonly type: string;
  readonly about: string;
  readonly lateWakeUp?: number;
}

export class TellingProcess {
  /** All that it has told. */
  readonly told: Told[] = [];
  readonly #child: ChildProcess;

  constructor(name: string, seeds: readonly string[]) {
    const argument = JSON.stringify({ name, seeds });
    this.#child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM, argument], {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => this.told.push(JSON.parse(line) as Told));
  }

  get address(): string | undefined {
    return this.told.find(({ type }) => type === "started")?.about;
  }

  /** The last answer to `ask`. */
  get seen(): Told | undefined {
    return this.told.findLast(({ type }) => type === "alive members");
  }

  ask(): void {
    this.#child.stdin?.write("?");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
