/** Commands of maps, between two agents on real sockets. */
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
    const maps = { holdAll: true };
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", maps });
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

const kv = (agent: 0 | 1, ...line: string[]) => command(agent, "kv", ...line);

async function command(agent: 0 | 1, ...line: string[]) {
  const terminal = new MemoryTerminal({ HEARSAY_HTTP: servers[agent]!.address });
  const status = await runCommand(line, terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

const said = (stdout: string) => ({ status: 0, stdout, stderr: "" });

describe("hearsay kv", () => {
  it("sets at one agent what another has, although nobody has opened the map there", async () => {
    const set = ["set", "flags", "dark mode", "true", "--copies", "1"];
    expect(await kv(0, ...set)).toEqual(said("flags dark mode is set, and another node has it\n"));
    expect(await kv(1, "get", "flags", "dark mode")).toEqual(said("true\n"));
    await kv(1, "set", "flags", "who", "ann \u001B[2J");
    await until(async () => {
      expect(await kv(0, "get", "flags", "who")).toEqual(said("ann \\u{1b}[2J\n"));
    });
    expect(await kv(0, "list", "flags")).toEqual(
      said("KEY        VALUE\ndark mode  true\nwho        ann \\u{1b}[2J\n"),
    );
    const { stdout } = await kv(1, "list", "--json");
    expect(JSON.parse(stdout).maps).toMatchObject([{ name: "flags", keys: 2, holders: ["a"] }]);
    expect((await kv(1, "list")).stdout).toMatch(
      /^MAP +KIND +KEYS +CONFLICTS +DELETED +ALSO AT\nflags +last-writer-wins +2 +0 +0 +a\n$/,
    );
  });

  it.each(["", ".", ".."])("refuses the key '%s', which no path can have", async (key) => {
    const { status, stderr } = await kv(0, "set", "flags", key, "1");
    expect(status).toBe(2);
    expect(stderr).toContain('expected a name that is not empty, "." or ".."');
  });

  it("deletes, and what is gone is not found", async () => {
    await kv(0, "set", "more", "x", '{"on":[1]}');
    expect(JSON.parse((await kv(0, "get", "more", "x", "--json")).stdout)).toEqual({
      map: "more",
      key: "x",
      value: { on: [1] },
    });
    const gone = await kv(0, "delete", "more", "x", "--copies", "1");
    expect(gone).toEqual(said("more x is deleted, and another node has it\n"));
    expect(await kv(1, "get", "more", "x")).toEqual({
      status: 1,
      stdout: "",
      stderr: 'hearsay: no key "x" in map "more"\n',
    });
  });

  it("watches what others change", async () => {
    const watched = kv(1, "watch", "watched", "--count", "3");
    const raw = kv(1, "watch", "watched", "--count", "1", "--json");
    await until(() => {
      expect(nodes[1]!.maps().find(({ name }) => name === "watched")?.watchers).toBe(2);
    });
    await kv(0, "set", "watched", "x", "1", "--copies", "1");
    await kv(0, "set", "watched", "y", "two", "--copies", "1");
    await kv(0, "delete", "watched", "x", "--copies", "1");
    expect(await watched).toEqual(said("x  1\ny  two\nx  is deleted\n"));
    const change = { type: "set", map: "watched", key: "x", value: 1, local: false };
    expect(JSON.parse((await raw).stdout)).toMatchObject(change);
  });

  it("opens a map that keeps what is set at once, and prints all that was", async () => {
    const kept = ["--conflict", "observed-remove"];
    await kv(0, "set", "carts", "ann", "milk", "--copies", "1", ...kept);
    const maps = JSON.parse((await kv(1, "list", "--json")).stdout).maps;
    expect(maps).toContainEqual(
      expect.objectContaining({ name: "carts", kind: "observed-remove", conflicts: 0 }),
    );
    const [here, there] = nodes.map((node) => node.map("carts"));
    await Promise.all([here!.set("ann", "salt"), there!.set("ann", "tea")]);
    await until(() => {
      for (const map of [here, there]) expect(map!.all("ann")).toHaveLength(2);
    });
    const [first, second] = here!.all("ann") as [string, string];
    expect(await kv(1, "get", "carts", "ann")).toEqual(said(`${first}\n`));
    expect(await kv(1, "get", "carts", "ann", "--all")).toEqual(said(`${first}\n${second}\n`));
    expect((await kv(0, "list", "carts")).stdout).toMatch(`ann  ${first} | ${second}\n`);
    const { values } = JSON.parse((await kv(0, "get", "carts", "ann", "--json")).stdout);
    expect(values).toEqual([first, second]);
    const refused = await kv(0, "set", "carts", "ann", "1", "--conflict", "last-writer-wins");
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/"carts" is open already, as a map, observed-remove/);
  });

  it("lists counters and sets, which have commands of their own", async () => {
    const run = (...line: string[]) => command(0, ...line);
    expect(await run("counter", "add", "hits", "5", "--copies", "1")).toEqual(said("5\n"));
    expect(await run("counter", "add", "hits")).toEqual(said("6\n"));
    expect(await run("counter", "add", "hits", "--", "-2")).toEqual(said("4\n"));
    await until(async () => {
      expect(await command(1, "counter", "get", "hits")).toEqual(said("4\n"));
    });
    const added = await run("set", "add", "tags", "new\u001B[2J", "--copies", "1");
    expect(added).toEqual(said("tags new\\u{1b}[2J is in it, and another node has it\n"));
    expect(await command(1, "set", "list", "tags")).toEqual(said("new\\u{1b}[2J\n"));
    const gone = await command(1, "set", "delete", "tags", "new\u001B[2J", "--copies", "1");
    expect(gone.stdout).toMatch(/is removed, and another node has it/);
    const { stdout } = await run("set", "list", "tags", "--json");
    expect(JSON.parse(stdout)).toEqual({ set: "tags", elements: [] });
    expect((await kv(0, "list")).stdout).toMatch(/hits +counter +0 +0 +0 +b\n/);
    expect((await run("counter", "get", "tags")).stderr).toMatch(/"tags" is open already, as a se/);
    expect(await run("counter", "add", "hits", "many")).toMatchObject({ status: 2 });
  });

  it.each([
    [["list", "m", "--conflict", "none"], 2, /--conflict: expected last-writer-wins or obs/],
    [["set", "m", "x", "1", "--copies", "many"], 2, /--copies: expected a whole number/],
    [["watch", "m", "--count", "0"], 2, /--count: expected a whole number of 1 or more/],
    [["get", "x".repeat(65), "x"], 1, /map: expected text of 1 to 64 bytes/],
    [["set", "m", "k".repeat(1025), "1"], 1, /key: expected text of at most 1024 bytes/],
    [["set", "m", "x", "v".repeat(65_600)], 1, /body: expected at most 65536 bytes/],
  ])("%j ends with %i and says why", async (line, status, why) => {
    const result = await kv(0, ...line);
    expect(result).toMatchObject({ status, stdout: "" });
    expect(result.stderr).toMatch(why);
  });

  it("refuses bodies that are no JSON, and copies that are no number", async () => {
    const put = (url: string, body: string) => {
      const request = new Request(`http://127.0.0.1/v1/maps/m/keys/x${url}`, {
        method: "PUT",
        body,
      });
      return createApi(nodes[0]!).fetch(request);
    };
    expect((await put("", "on")).status).toBe(400);
    expect((await put("?copies=x", "1")).status).toBe(400);
    expect((await put("?copies=-1", "1")).status).toBe(400);
    const none = createNode({ name: "none", maps: false });
    const answer = await createApi(none).fetch(new Request("http://127.0.0.1/v1/maps/m"));
    expect(answer.status).toBe(503);
  });

  it("tells of a value that is no JSON", async () => {
    const encoding = { encode: () => Uint8Array.of(0xff), decode: () => 1 };
    await nodes[0]!.map("bytes", { encoding }).set("x", 1, { copies: 1 });
    expect((await kv(1, "get", "bytes", "x")).stderr).toMatch(/"x" in map "bytes" is no JSON/);
  });
});
