/** A hearsay node in a process of its own, so that it can be killed as real ones are. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const PROGRAM = `
import { createNode } from "hearsay";
const { name, seeds, tags } = JSON.parse(process.argv[1]);
const node = createNode({ name, seeds, tags, bind: "127.0.0.1:0", preset: "local" });
await node.start();
process.stdout.write(node.address + "\\n");
`;

export interface MemberProcess {
  readonly address: string;
  kill(signal: NodeJS.Signals): void;
}

/** Starts it and waits until its sockets are open. */
export async function startMember(
  name: string,
  seeds: readonly string[],
  tags: Record<string, string> = {},
): Promise<MemberProcess> {
  const argument = JSON.stringify({ name, seeds, tags });
  const child: ChildProcess = spawn(
    process.execPath,
    ["--input-type=module", "--eval", PROGRAM, argument],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(child.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
  return { address: line.toString().trim(), kill: (signal) => void child.kill(signal) };
}
