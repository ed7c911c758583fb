/**
 * A campaign on a real Redis, with workers that are processes of their own: one dies in the middle of its work.
 */
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { until } from "./test/until.ts";

const PROGRAM = fileURLToPath(new URL("../packages/agent/bin/hearsay.js", import.meta.url));
const run = promisify(execFile);

const missingRedis =
  spawnSync("redis-server", ["--version"]).error === undefined
    ? undefined
    : "skipped: `redis-server` is not installed (Debian: apt-get install redis-server)";
if (missingRedis !== undefined) console.warn(`interop on a queue ${missingRedis}`);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.skipIf(missingRedis !== undefined)(
  "a worker that dies in the middle of a seed loses none: the report is that of a run on this machine",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hearsay-queue-"));
    const port = await freePort();
    const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
    const redis = spawn("redis-server", options, { stdio: "ignore" });
    const url = `redis://127.0.0.1:${port}`;
    const worker = (): ReturnType<typeof spawn> => {
      const args = [PROGRAM, "sim", "worker", "--queue", url, "--workers", "1"];
      return spawn(process.execPath, args, { stdio: "ignore" });
    };
    const workers: ReturnType<typeof spawn>[] = [];
    try {
      await until("Redis answers", 10_000, async () => {
        const { stdout } = await run("redis-cli", ["-p", `${port}`, "ping"]);
        return stdout.startsWith("PONG");
      });
      workers.push(worker(), worker());
      const args = ["sim", "campaign", "--seeds", "30", "--nodes", "12..24", "--json"];
      const campaign = run(process.execPath, [PROGRAM, ...args, "--queue", url]);
      // Both are at a seed: one of them dies with it.
      const active = ["-p", `${port}`, "llen", "bull:hearsay-seeds:active"];
      await until("both workers are at work", 20_000, async () => {
        return Number((await run("redis-cli", active)).stdout) === 2;
      });
      workers[0]?.kill("SIGKILL");
      const { stdout } = await campaign;
      const { stdout: local } = await run(process.execPath, [PROGRAM, ...args]);
      // How fast it went is each run's own affair.
      const [queued, own] = [stdout, local].map((text) => {
        return Object.assign(JSON.parse(text) as object, { speed: {} });
      });
      expect(queued).toEqual(own);
      expect(queued).toMatchObject({ seeds: 30, missing: 0 });
    } finally {
      for (const process of [...workers, redis]) process.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
