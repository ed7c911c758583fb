import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, MapsOptions, NodeOptions } from "../index.ts";

const until = <T>(look: () => T) => vi.waitFor(look, { timeout: 10_000, interval: 10 });

describe("a map", () => {
  let nodes: HearsayNode[];
  let directory: string;
  beforeEach(() => {
    nodes = [];
    directory = mkdtempSync(join(tmpdir(), "hearsay-"));
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(name: string, maps?: MapsOptions, more: Partial<NodeOptions> = {}) {
    const seeds = nodes.slice(0, 1).map((node) => node.address);
    const options = { name, bind: "127.0.0.1:0", preset: "local", seeds, ...more } as const;
    const node = createNode({ ...options, ...(maps && { maps }) });
    nodes.push(node);
    await node.start();
    return node;
  }

  async function cluster(...names: string[]) {
    for (const name of names) await start(name);
    await until(() => {
      for (const node of nodes) expect(node.stats().members.alive).toBe(names.length);
    });
    return nodes;
  }

  test("that one sets, all have", async () => {
    const all = await cluster("a", "b", "c");
    const [a, b, c] = all.map((node) => node.map<number>("flags"));
    await a!.set("x", 1);
    expect(a!.get("x")).toBe(1);
    await until(() => expect([b!.get("x"), c!.get("x")]).toEqual([1, 1]));
    await b!.set("x", 2);
    // Within one millisecond the names of the writers would decide.
    await until(() => expect(c!.get("x")).toBe(2));
    await c!.delete("x");
    await b!.set("y", 3);
    await until(() => {
      for (const map of [a, b, c]) expect([...map!.entries()]).toEqual([["y", 3]]);
    });
  });

  test("tells its watchers what others have done", async () => {
    const [a, b] = await cluster("a", "b");
    const seen: unknown[] = [];
    b!.map("flags").watch((change) => seen.push(change));
    const changes = b!.map("flags").changes();
    const map = a!.map("flags");
    await map.set("x", "on");
    await until(() => expect(seen).toHaveLength(1));
    await map.delete("x");
    const set = { type: "set", map: "flags", key: "x", value: "on", isLocal: false };
    const gone = { type: "delete", map: "flags", key: "x", isLocal: false };
    await until(() => expect(seen).toEqual([set, gone]));
    expect((await changes.next()).value).toEqual(set);
    expect((await changes.next()).value).toEqual(gone);
    await changes.return?.();
  });

  test("has what was acknowledged with a copy, although its writer dies at once", async () => {
    const [a, b, c] = await cluster("a", "b", "c");
    const maps = [b, c].map((node) => node!.map("flags"));
    await a!.map("flags").set("x", 1, { copies: 1 });
    await a!.stop();
    await until(() => expect(maps.map((map) => map.get("x"))).toEqual([1, 1]));
  });

  test("rejects a write whose copies do not come, and keeps it", async () => {
    const [a] = await cluster("a");
    const map = a!.map("flags");
    const write = map.set("x", 1, { copies: 1, timeoutMs: 300 });
    await expect(write).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(map.get("x")).toBe(1);
  });

  test("refuses what it cannot carry", async () => {
    const [a] = await cluster("a");
    const map = a!.map<unknown>("flags");
    const refused = (code: string) => ({ code });
    await expect(map.set(7 as never, 1)).rejects.toMatchObject(refused("ERR_OPTION"));
    await expect(map.set("k".repeat(2000), 1)).rejects.toMatchObject(refused("ERR_OPTION"));
    await expect(map.set("x", undefined)).rejects.toMatchObject(refused("ERR_OPTION"));
    const large = "v".repeat(70_000);
    await expect(map.set("x", large)).rejects.toMatchObject(refused("ERR_MESSAGE_TOO_LARGE"));
    await expect(map.set("x", 1, { copies: -1 })).rejects.toMatchObject(refused("ERR_OPTION"));
    expect(() => a!.map("")).toThrow(/map: expected text of 1 to 64 bytes/);
    expect(map.size).toBe(0);
  });

  test("that holds 2,000 keys comes to a newcomer whole", async () => {
    const [a] = await cluster("a");
    const map = a!.map<string>("large");
    const keys = Array.from({ length: 2000 }, (_, i) => `key ${i}`);
    await Promise.all(keys.map((key) => map.set(key, "value ".repeat(20))));
    const b = await start("b");
    const copy = b.map<string>("large");
    await copy.ready();
    await until(() => expect(copy.size).toBe(2000));
    expect(copy.get("key 1999")).toBe("value ".repeat(20));
  });

  test("outlives its only node by a snapshot", async () => {
    const options = { snapshots: directory };
    const a = await start("a", options);
    await a.map("flags").set("x", { on: true });
    await a.map("flags").set("y", 1);
    await a.map("flags").delete("y");
    await a.stop();
    nodes = [];
    const again = await start("a", options);
    const map = again.map("flags");
    await map.ready();
    expect([...map.entries()]).toEqual([["x", { on: true }]]);
    await map.set("x", 2);
    expect(map.get("x")).toBe(2);
  });

  test("is written while the node runs, so that a crash finds it", async () => {
    const a = await start("a", { snapshots: directory, snapshotEveryMs: 50 });
    await a.map("flags").set("x", 1);
    await until(() => expect(readdirSync(directory)).toEqual(["flags.map"]));
    const b = await start("b", { snapshots: directory }, { seeds: [] });
    await b.map("flags").ready();
    expect(b.map("flags").get("x")).toBe(1);
  });

  test("keeps what was deleted while a node was away deleted", async () => {
    const a = await start("a", { snapshots: directory });
    const b = await start("b");
    await a.map("flags").set("x", 1);
    await until(() => expect(b.map("flags").get("x")).toBe(1));
    await a.stop();
    await b.map("flags").delete("x");
    await b.map("flags").set("y", 2);
    nodes = [b];
    const again = await start("a", { snapshots: directory });
    await again.map("flags").ready();
    await until(() => expect([...again.map("flags").entries()]).toEqual([["y", 2]]));
    expect([...b.map("flags").entries()]).toEqual([["y", 2]]);
  });

  test("whose snapshot is torn is reported, and what is left of it is there", async () => {
    const a = await start("a", { snapshots: directory });
    for (let i = 0; i < 600; i++) await a.map("flags").set(`key ${i}`, i);
    await a.stop();
    nodes = [];
    const file = join(directory, "flags.map");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 2000));
    const troubles: unknown[] = [];
    const seeds = { seeds: [] };
    const b = createNode({
      name: "b",
      bind: "127.0.0.1:0",
      maps: { snapshots: directory },
      ...seeds,
    });
    nodes.push(b);
    b.on("trouble", ({ error }) => troubles.push(error));
    await b.start();
    await b.map("flags").ready();
    expect(troubles).toMatchObject([
      { code: "ERR_SNAPSHOT", message: expect.stringMatching(/cut off/) },
    ]);
    expect(b.map("flags").size).toBe(512);
    expect(readdirSync(directory)).toContain("flags.map.damaged");
  });

  test("whose snapshots cannot be kept is reported once, and runs on", async () => {
    writeFileSync(join(directory, "file"), "");
    const maps = { snapshots: join(directory, "file"), snapshotEveryMs: 20 };
    const troubles: string[] = [];
    const a = createNode({ name: "a", bind: "127.0.0.1:0", maps });
    nodes.push(a);
    a.on("trouble", ({ error }) => troubles.push(error.message));
    await a.start();
    await a.map("flags").set("x", 1);
    await until(() => expect(troubles).toHaveLength(2));
    expect(troubles[0]).toMatch(/cannot be read/);
    expect(troubles[1]).toMatch(/cannot be written, and is tried again/);
    await a.map("flags").set("x", 2);
    await new Promise((done) => void setTimeout(done, 100));
    expect(troubles).toHaveLength(2);
    expect(a.map("flags").get("x")).toBe(2);
  });

  test("is not there before the node starts, and takes nothing then", async () => {
    const node = createNode({ name: "a", bind: "127.0.0.1:0" });
    const map = node.map("flags");
    expect([map.get("x"), map.size, [...map.entries()]]).toEqual([undefined, 0, []]);
    await expect(map.set("x", 1)).rejects.toMatchObject({ code: "ERR_STATE" });
    expect(() => createNode({ name: "a", maps: false }).map("x")).toThrow(/maps: false/);
    expect(() => createNode({ name: "a", maps: { snapshots: "" } })).toThrow(/maps.snapshots/);
  });
});
