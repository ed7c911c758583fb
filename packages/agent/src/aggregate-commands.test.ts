/** `hearsay aggregate` and its routes, between two agents' nodes on real sockets. */
import { createNode } from "hearsay";
import type { HearsayNode } from "hearsay";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineAggregates } from "./agent-aggregates.ts";
import { runCommand } from "./cli.ts";
import { createApi } from "./http/api.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";

const nodes: HearsayNode[] = [];
const servers: HttpServer[] = [];

beforeAll(async () => {
  for (const [i, name] of ["a", "b"].entries()) {
    const aggregates = { intervalMs: 30, cycles: 12, replyMs: 25 };
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", aggregates });
    await node.start();
    nodes.push(node);
    defineAggregates(node);
    node.aggregate("jobs \u001B[2J", () => 10 + i);
    servers.push(await serveHttp(createApi(node), { host: "127.0.0.1", port: 0 }));
  }
  await nodes[1]!.join(nodes[0]!.address);
});

afterAll(async () => {
  for (const server of servers) await server.close(50);
  await Promise.all(nodes.map((node) => node.stop()));
});

async function run(agent: 0 | 1, ...line: string[]) {
  const terminal = new MemoryTerminal({ HEARSAY_HTTP: servers[agent]!.address });
  const status = await runCommand(["aggregate", ...line], terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

describe("hearsay aggregate", () => {
  it("wakes an aggregate of the agents up, and tells what it comes to", async () => {
    const { stdout } = await run(0, "rss", "--json");
    const result = JSON.parse(stdout);
    // Both nodes are of this process.
    expect(result.mean / process.memoryUsage().rss).toBeCloseTo(1, 0);
    expect(result.count).toBeCloseTo(2, 0);
    expect(result).toMatchObject({ aggregate: "rss", p50: expect.any(Number) });
    expect((await run(1, "load")).stdout).toMatch(/^mean +\d[^]*\nage +\d+\.\d s, epoch \d+\n/);
  });

  it("lists what there is, printable, with the latest results", async () => {
    const { stdout } = await run(1);
    expect(stdout).toMatch(/^AGGREGATE +MEAN +SUM +COUNT +MIN +MAX +AGE\nload /);
    expect(stdout).toContain("jobs \\u{1b}[2J");
  });

  it("watches, a line each", async () => {
    const watched = await run(0, "rss", "--watch", "--count", "2");
    expect(watched.stdout).toMatch(/^(\S+Z {2}mean \d+ {2}sum [^\n]+\n){2}$/);
    const { stdout } = await run(0, "rss", "--watch", "--count", "1", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ type: "result", aggregate: "rss" });
  });

  it.each([
    [["nothing"], 1, 'no aggregate "nothing" is defined here'],
    [["--watch"], 2, "--watch: expected the name of an aggregate"],
    [["rss", "--watch", "--count", "0"], 2, "--count: expected a whole number of 1 or more"],
  ])("%j ends with %i and says why", async (line, status, why) => {
    const result = await run(0, ...line);
    expect(result).toMatchObject({ status, stdout: "" });
    expect(result.stderr).toContain(why);
  });
});
