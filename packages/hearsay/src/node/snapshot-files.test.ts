import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SnapshotFiles } from "./snapshot-files.ts";

const bytes = (...all: number[]) => Uint8Array.from(all);

describe("snapshots in files", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "hearsay-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("are read as they were written, map by map", async () => {
    const files = new SnapshotFiles(join(directory, "deep", "down"));
    expect(await files.read("flags")).toBeUndefined();
    await files.write("flags", [bytes(1, 2), bytes(3)]);
    await files.write("routes", [bytes(9)]);
    await files.write("flags", [bytes(4)]);
    expect([...((await files.read("flags")) ?? [])]).toEqual([4]);
    expect(await new SnapshotFiles(files.directory).maps()).toEqual(["flags", "routes"]);
  });

  test("have a name for every map, and none leads out of the directory", async () => {
    const files = new SnapshotFiles(directory);
    const names = ["../up", "a/b", "..", "naïve ✓", "x.map", "%2e%2e", "a'b(c)*~!"];
    for (const name of names) await files.write(name, [bytes(1)]);
    expect(await files.maps()).toEqual(names.toSorted());
    expect(readdirSync(directory)).toHaveLength(names.length);
  });

  test("are those of their owner alone", async () => {
    const files = new SnapshotFiles(directory);
    await files.write("flags", [bytes(1)]);
    if (process.platform !== "win32") {
      expect(statSync(join(directory, "flags.map")).mode & 0o777).toBe(0o600);
    }
  });

  test("stay as they were when a write fails in the middle, and nothing is left behind", async () => {
    const files = new SnapshotFiles(directory);
    await files.write("flags", [bytes(1)]);
    function* failing(): Generator<Uint8Array> {
      yield new Uint8Array(1 << 19);
      throw new Error("no more");
    }
    await expect(files.write("flags", failing())).rejects.toThrow("no more");
    expect([...((await files.read("flags")) ?? [])]).toEqual([1]);
    expect(readdirSync(directory)).toEqual(["flags.map"]);
  });

  test("that a crash has left half written are removed", async () => {
    writeFileSync(join(directory, "flags.map.123-4.new"), "half");
    writeFileSync(join(directory, "notes.txt"), "not ours");
    expect(await new SnapshotFiles(directory).maps()).toEqual([]);
    expect(readdirSync(directory)).toEqual(["notes.txt"]);
  });

  test("that cannot be read are put aside, out of the way of the next", async () => {
    const files = new SnapshotFiles(directory);
    await files.write("flags", [bytes(1)]);
    expect(await files.setAside("flags")).toBe(join(directory, "flags.map.damaged"));
    expect(await files.read("flags")).toBeUndefined();
    expect(await files.maps()).toEqual([]);
  });

  test("where nothing can be written say so by rejecting", async () => {
    const taken = join(directory, "file");
    writeFileSync(taken, "");
    await expect(new SnapshotFiles(taken).write("flags", [])).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(new SnapshotFiles(taken).read("flags")).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(() => new SnapshotFiles("")).toThrow(/snapshots: expected the path of a directory/);
  });
});
