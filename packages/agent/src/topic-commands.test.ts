/** Commands of topics, between two agents on real sockets. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode } from "hearsay";
import type { HearsayNode } from "hearsay";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./cli.ts";
import { createApi } from "./http/api.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { overlayDot } from "./overlay-dot.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";
import { until } from "./test/processes.ts";

const nodes: HearsayNode[] = [];
const servers: HttpServer[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearsay-topics-"));
  for (const name of ["a", "b"]) {
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local" });
    await node.start();
    nodes.push(node);
    servers.push(await serveHttp(createApi(node), { host: "127.0.0.1", port: 0 }));
  }
  await nodes[1]!.join(nodes[0]!.address);
});

afterAll(async () => {
  for (const server of servers) await server.close(50);
  await Promise.all(nodes.map((node) => node.stop()));
  await rm(folder, { recursive: true });
});

async function run(agent: 0 | 1, line: string[], input: readonly (string | Uint8Array)[] = []) {
  const terminal = new MemoryTerminal({ HEARSAY_HTTP: servers[agent]!.address }, input);
  const status = await runCommand(line, terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

/** Starts to subscribe at an agent; what it has printed when it has ended by itself. */
async function subscribe(agent: 0 | 1, topic: string, count: number, ...more: string[]) {
  const before = nodes[agent]!.topics().find(({ name }) => name === topic)?.subscribers ?? 0;
  const ended = run(agent, ["subscribe", topic, "--count", String(count), ...more]);
  await until(() => {
    const now = nodes[agent]!.topics().find(({ name }) => name === topic)?.subscribers;
    expect(now).toBe(before + 1);
  });
  return ended;
}

describe("publish and subscribe", () => {
  it("carry a text from one agent to the other, and to whoever listens at the first", async () => {
    const far = subscribe(1, "news", 2);
    const near = subscribe(0, "news", 2);
    await until(() => expect(nodes[1]!.overlay()?.neighbours).toHaveLength(1));
    await until(() => expect(nodes[0]!.topics()[0]?.subscribers).toBe(1));
    expect(await run(0, ["publish", "news", "it rains"])).toEqual({
      status: 0,
      stdout: "published 8 bytes on news\n",
      stderr: "",
    });
    const { stdout } = await run(1, ["publish", "news", "\u001B[2J", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ topic: "news", bytes: 4 });
    for (const { status, stdout: lines } of [await far, await near]) {
      expect({ status, lines }).toEqual({ status: 0, lines: "a  it rains\nb  \\u{1b}[2J\n" });
    }
  });

  it("carry the bytes of a file, and what comes on standard input", async () => {
    const blob = Uint8Array.from({ length: 300_000 }, (_, i) => i);
    await writeFile(join(folder, "blob"), blob);
    const came = subscribe(1, "bytes", 2, "--json");
    await until(() => expect(nodes[1]!.topics().some(({ name }) => name === "bytes")).toBe(true));
    expect((await run(0, ["publish", "bytes", "--file", join(folder, "blob")])).status).toBe(0);
    expect((await run(0, ["publish", "bytes"], ["pi", "ped"])).status).toBe(0);
    const [file, piped] = (await came).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(file).toMatchObject({ type: "message", topic: "bytes", origin: "a", hops: 1 });
    expect(Buffer.compare(Buffer.from(file!["payload"]!, "base64"), blob)).toBe(0);
    expect(Buffer.from(piped!["payload"]!, "base64").toString()).toBe("piped");
  });

  it.each([
    [["publish", "t", "x", "--file", "y"], 2, "publish: expected a text or --file, got both"],
    [["publish", "t", "--file", "/nowhere"], 2, /--file: .*ENOENT/],
    [
      ["subscribe", "t", "--count", "0"],
      2,
      '--count: expected a whole number of 1 or more, got "0"',
    ],
    [["publish", "x".repeat(129), "x"], 1, /topic: expected text of 1 to 128 bytes/],
  ])("hearsay %j ends with %i and says why", async (line, status, why) => {
    const result = await run(0, line);
    expect(result).toMatchObject({ status, stdout: "" });
    if (typeof why === "string") expect(result.stderr).toBe(`hearsay: ${why}\n`);
    else expect(result.stderr).toMatch(why);
  });

  it("refuse what is larger than a publication may be", async () => {
    const request = new Request("http://127.0.0.1/v1/topics/t", {
      method: "POST",
      body: new Uint8Array(1 << 20),
    });
    const answer = await createApi(nodes[0]!).fetch(request);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: "ERR_BODY_TOO_LARGE" } });
  });
});

describe("topics and overlay", () => {
  it("list what is open or has been heard of", async () => {
    await nodes[0]!.topic("only here").publish(1);
    await until(async () => {
      const { stdout } = await run(1, ["topics"]);
      expect(stdout).toMatch(/^TOPIC +STATE +PUBLISHED +DELIVERED +SUBSCRIBERS +MISSED\n/);
      expect(stdout).toMatch(/^only here +heard of +0 +1 +0 +0$/m);
    });
    const { topics } = JSON.parse((await run(0, ["topics", "--json"])).stdout);
    expect(topics).toContainEqual(expect.objectContaining({ name: "only here", open: true }));
  });

  it("show the links, as a table, as JSON and for Graphviz", async () => {
    nodes[0]!.topic("any");
    await until(() => expect(nodes[0]!.overlay()?.neighbours).toHaveLength(1));
    const { address } = nodes[1]!;
    const table = await run(0, ["overlay"]);
    expect(table.stderr).toBe("");
    expect(table.stdout).toMatch(
      new RegExp(`^NEIGHBOUR +ADDRESS +PUSH\nb +${address} +(eager|lazy)\n$`),
    );
    const json = JSON.parse((await run(0, ["overlay", "--json"])).stdout);
    expect(json).toMatchObject({ node: "a", overlay: "randomLinks", passive: [] });
    expect((await run(0, ["overlay", "--dot"])).stdout).toContain('  "a" -- "b" [style=');
  });

  it("give Graphviz names that it takes, whatever they are", () => {
    const dot = overlayDot({
      node: 'q"uote',
      overlay: "hyparview",
      neighbours: [
        { name: "b", address: "10.0.0.2:1", push: "eager" },
        { name: "c\\d", address: "10.0.0.3:1", push: "lazy" },
      ],
      passive: [{ name: "e", address: "10.0.0.4:1" }],
    });
    expect(dot.split("\n")).toEqual([
      'graph "hyparview" {',
      '  "q\\"uote" [shape=box];',
      '  "q\\"uote" -- "b" [style=solid, label=eager];',
      '  "q\\"uote" -- "c\\\\d" [style=dashed, label=lazy];',
      '  "q\\"uote" -- "e" [style=dotted, color=gray];',
      "}",
    ]);
  });
});
