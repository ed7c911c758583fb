/** Commands of state, between two agents on real sockets. */
import { createNode } from "hearsay";
import type { HearsayNode } from "hearsay";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./cli.ts";
import { createApi } from "./http/api.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";
import { until } from "./test/processes.ts";

const nodes: HearsayNode[] = [];
const servers: HttpServer[] = [];

beforeAll(async () => {
  for (const name of ["a", "b"]) {
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local" });
    await node.start();
    nodes.push(node);
    servers.push(await serveHttp(createApi(node), { host: "127.0.0.1", port: 0 }));
  }
  await nodes[1]!.join(nodes[0]!.address);
  await until(() => {
    if (nodes[0]!.stats().members.alive !== 2) throw new Error("not met yet");
  });
});

afterAll(async () => {
  for (const server of servers) await server.close(50);
  await Promise.all(nodes.map((node) => node.stop()));
});

async function state(agent: 0 | 1, ...line: string[]) {
  const terminal = new MemoryTerminal({ HEARSAY_HTTP: servers[agent]!.address });
  const status = await runCommand(["state", ...line], terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

const said = (stdout: string) => ({ status: 0, stdout, stderr: "" });

describe("hearsay state", () => {
  it("sets a key at one agent, and reads, lists and watches it at the other", async () => {
    const watching = state(1, "watch", "a", "--key", "zone", "--count", "2");
    const watchingJson = state(1, "watch", "--count", "1", "--json");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await state(0, "set", "zone", "eu")).toEqual(said("zone of a is set\n"));
    expect(await state(0, "set", "load", '{"one":0.5}')).toEqual(said("load of a is set\n"));
    await until(() => expect(nodes[1]!.state.of("a").size).toBe(2));
    expect(await state(1, "get", "a", "zone")).toEqual(said("eu\n"));
    expect(await state(1, "list", "a")).toEqual(said('KEY   VALUE\nzone  eu\nload  {"one":0.5}\n'));
    const { stdout } = await state(1, "list", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ members: [{ member: "a", keys: 2 }] });
    expect(await state(0, "delete", "zone")).toEqual(said("zone of a is deleted\n"));
    expect(await watching).toEqual(said("a  zone  eu\na  zone  is deleted\n"));
    const change: unknown = JSON.parse((await watchingJson).stdout);
    expect(change).toMatchObject({ type: "set", member: "a", key: "zone", value: "eu" });
  });

  it("sets a key for a while", async () => {
    expect((await state(0, "set", "lease", "mine", "--ttl-ms", "300")).status).toBe(0);
    expect((await state(0, "get", "a", "lease")).stdout).toBe("mine\n");
    await until(() => expect(nodes[0]!.state.get("a", "lease")).toBeUndefined());
  });

  it("says what is wrong with a request", async () => {
    const none = await state(0, "get", "b", "zone");
    expect([none.status, none.stderr]).toEqual([1, 'hearsay: no key "zone" of "b"\n']);
    expect((await state(0, "set", "x", "1", "--ttl-ms", "soon")).status).toBe(2);
    expect((await state(0, "set", "x".repeat(257), "1")).stderr).toContain("key");
  });
});
