import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, MapsOptions, NodeOptions } from "../index.ts";

/** In another millisecond. */
const later = () => new Promise((done) => void setTimeout(done, 3));

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
    const set = {
      type: "set",
      map: "flags",
      key: "x",
      value: "on",
      values: ["on"],
      isLocal: false,
    };
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
    expect(() => a!.map("")).toThrow(
      /map: expected text of 1 to 64 bytes that does not begin with ~/,
    );
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

  test("is what its node says: who opens it as something else is told, and so are nodes that differ", async () => {
    const troubles: unknown[] = [];
    const [a, b] = await cluster("a", "b");
    for (const node of [a, b]) node!.on("trouble", ({ error }) => troubles.push(error));
    const carts = a!.map("carts", { conflict: "observed-remove" });
    expect(a!.map("carts")).toBe(carts);
    const other = { code: "ERR_KIND" };
    expect(() => a!.map("carts", { conflict: "last-writer-wins" })).toThrow(
      expect.objectContaining(other),
    );
    expect(() => a!.set("carts")).toThrow(expect.objectContaining(other));
    a!.counter("hits");
    expect(() => a!.map("hits")).toThrow(expect.objectContaining(other));
    const wrong = { conflict: "merge" } as never;
    expect(() => a!.map("more", wrong)).toThrow(/conflict: expected "last-writer-wins" or/);
    expect(() => a!.map("more", { merge: () => 1 })).toThrow(/merge: expected none/);
    await carts.set("x", 1);
    await b!.map("carts").set("x", 2);
    await until(() => expect(troubles).toHaveLength(2));
    expect(troubles).toMatchObject([other, other]);
    expect([carts.all("x"), b!.map("carts").all("x")]).toEqual([[1], [2]]);
    expect(a!.stats().drops["unknownStore"]).toBeGreaterThan(0);
    expect(b!.maps()).toMatchObject([{ name: "carts", kind: "last-writer-wins", holders: [] }]);
  });

  test("is not there before the node starts, and takes nothing then", async () => {
    const node = createNode({ name: "a", bind: "127.0.0.1:0" });
    const map = node.map("flags");
    expect([map.get("x"), map.size, [...map.entries()]]).toEqual([undefined, 0, []]);
    await expect(map.set("x", 1)).rejects.toMatchObject({ code: "ERR_STATE" });
    expect(() => createNode({ name: "a", maps: false }).map("x")).toThrow(/maps: false/);
    expect(() => createNode({ name: "a", maps: { snapshots: "" } })).toThrow(/maps.snapshots/);
  });

  describe("that keeps what is set at once", () => {
    const conflict = "observed-remove";

    /** Two nodes that have set the same key before they met. */
    async function met(maps?: MapsOptions) {
      const a = await start("a", maps);
      const b = await start("b", undefined, { seeds: [] });
      for (const [node, value] of [
        [a, ["milk"]],
        [b, ["tea"]],
      ] as const) {
        const map = node.map<readonly string[]>("carts", { conflict });
        await map.set("ann", value);
        await later();
      }
      await b.join(a.address);
      return [a.map<string[]>("carts"), b.map<string[]>("carts")] as const;
    }

    test("gives one of the values everywhere, all to who asks, and tells its watchers", async () => {
      const [left, right] = await met();
      const seen: unknown[] = [];
      left.watch((change) => seen.push(change));
      await until(() => {
        for (const map of [left, right]) expect(map.all("ann")).toEqual([["tea"], ["milk"]]);
      });
      expect([left.get("ann"), right.get("ann")]).toEqual([["tea"], ["tea"]]);
      expect([...left.conflicts()]).toEqual([["ann", [["tea"], ["milk"]]]]);
      expect(left.view()).toMatchObject({ kind: conflict, keys: 1, conflicts: 1 });
      const values = [["tea"], ["milk"]];
      expect(seen).toMatchObject([{ type: "set", key: "ann", value: ["tea"], values }]);
      await left.set("ann", left.all("ann").flat());
      await until(() => expect(right.all("ann")).toEqual([["tea", "milk"]]));
      expect([...right.conflicts()]).toEqual([]);
    });

    test("keeps what was set by somebody who had not seen the deletion", async () => {
      const [left, right] = await met();
      await until(() => expect(left.all("ann")).toHaveLength(2));
      await Promise.all([left.delete("ann"), right.set("ann", ["salt"])]);
      await until(() => {
        for (const map of [left, right]) expect(map.all("ann")).toEqual([["salt"]]);
      });
      await right.delete("ann", { copies: 1 });
      expect([left.has("ann"), left.size, left.view().deleted]).toEqual([false, 0, 1]);
      // Nothing is there to delete: nobody has to have seen that.
      await left.delete("ann", { copies: 1 });
    });

    test("gives what a function of the user's makes of several values", async () => {
      const a = await start("a");
      const b = await start("b", undefined, { seeds: [] });
      const merge = (values: readonly (readonly string[])[], key: string): readonly string[] => {
        if (key === "bug") throw new Error("no");
        return values.flat().toSorted();
      };
      const [left, right] = [a, b].map((node) => {
        return node.map<readonly string[]>("carts", { conflict, merge });
      });
      for (const key of ["ann", "bug"]) {
        await left!.set(key, ["milk"]);
        await later();
        await right!.set(key, ["tea"]);
      }
      await b.join(a.address);
      await until(() => {
        for (const map of [left, right]) expect(map!.get("ann")).toEqual(["milk", "tea"]);
      });
      await until(() => expect(left!.all("bug")).toHaveLength(2));
      expect(left!.get("bug")).toEqual(["tea"]);
      expect(a.map("carts", { conflict, merge })).toBe(left);
      const another = { conflict, merge: () => [] } as const;
      expect(() => a.map("carts", another)).toThrow(/merge: expected that with which/);
    });

    test("who sets the same at once makes no conflict", async () => {
      const a = await start("a");
      const b = await start("b", undefined, { seeds: [] });
      const [left, right] = [a, b].map((node) => node.map<number>("carts", { conflict }));
      await Promise.all([left!.set("x", 1), right!.set("x", 1), left!.set("y", 1)]);
      await b.join(a.address);
      await until(() => expect([...right!.entries()]).toHaveLength(2));
      await until(() => expect(left!.view().holders).toEqual(["b"]));
      expect([left!.all("x"), [...left!.conflicts()]]).toEqual([[1], []]);
    });

    test("outlives its nodes by a snapshot, its conflicts, too", async () => {
      const [left] = await met({ snapshots: directory });
      await until(() => expect(left.all("ann")).toHaveLength(2));
      await Promise.all(nodes.map((node) => node.stop()));
      nodes = [];
      expect(readdirSync(directory)).toEqual(["%7Eor%7Ecarts.map"]);
      const again = await start("a", { snapshots: directory, holdAll: true });
      await until(() => expect(again.maps()).toMatchObject([{ name: "carts", kind: conflict }]));
      const map = again.map("carts");
      await map.ready();
      expect(map.all("ann")).toEqual([["tea"], ["milk"]]);
    });
  });
});

describe("a shared set", () => {
  test("has what one adds, and keeps it when another removes it at once", async () => {
    const a = createNode({ name: "a", bind: "127.0.0.1:0", preset: "local" });
    await a.start();
    const maps = { holdAll: true };
    const b = createNode({
      name: "b",
      bind: "127.0.0.1:0",
      preset: "local",
      seeds: [a.address],
      maps,
    });
    await b.start();
    try {
      const tags = a.set("tags");
      expect(a.set("tags")).toBe(tags);
      const seen: unknown[] = [];
      await tags.ready();
      await tags.add("new", { copies: 1 });
      expect(b.maps()).toMatchObject([{ name: "tags", kind: "set", keys: 1, conflicts: 0 }]);
      const others = b.set("tags");
      others.watch((change) => seen.push(change));
      await Promise.all([tags.add("new"), others.delete("new"), tags.add("red")]);
      await until(() => {
        for (const set of [tags, others]) expect([...set.values()].sort()).toEqual(["new", "red"]);
      });
      await tags.delete("red", { copies: 1 });
      expect([others.has("red"), others.has("new"), others.size]).toEqual([false, true, 1]);
      await until(() => {
        const gone = { type: "delete", set: "tags", element: "red", isLocal: false };
        expect(seen).toContainEqual(gone);
      });
      await expect(tags.add(7 as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
    } finally {
      await Promise.all([b.stop(), a.stop()]);
    }
  });
});

describe("a shared counter", () => {
  test("counts what is counted at once, each once, and goes on after its nodes have ended", async () => {
    const directory = mkdtempSync(join(tmpdir(), "hearsay-"));
    const options = { bind: "127.0.0.1:0", preset: "local" } as const;
    const a = createNode({ ...options, name: "a", maps: { snapshots: directory } });
    await a.start();
    const b = createNode({ ...options, name: "b", seeds: [a.address] });
    await b.start();
    let again: HearsayNode | undefined;
    try {
      const [left, right] = [a.counter("hits"), b.counter("hits")];
      const seen: unknown[] = [];
      right.watch((change) => seen.push(change));
      expect([left.value, left.view().kind]).toEqual([0, "counter"]);
      await Promise.all([left.ready(), right.ready()]);
      await Promise.all([left.add(), left.add(5), right.add(-2), right.add(10), right.add(0)]);
      await until(() => expect([left.value, right.value]).toEqual([14, 14]));
      await until(() => {
        expect(seen.at(-1)).toMatchObject({ type: "count", counter: "hits", value: 14 });
      });
      await expect(left.add(1.5)).rejects.toMatchObject({ code: "ERR_OPTION" });
      await left.add(1, { copies: 1 });
      expect(right.value).toBe(15);
      await b.stop();
      await a.stop();
      again = createNode({ ...options, name: "a", maps: { snapshots: directory } });
      await again.start();
      const hits = again.counter("hits");
      await hits.ready();
      await hits.add(-5);
      expect(hits.value).toBe(10);
    } finally {
      await Promise.all([a, b, again].map((node) => node?.stop()));
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
