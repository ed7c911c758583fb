import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecordingFile } from "./recording-file.ts";

let folder = "";
let path = "";
const troubles: Error[] = [];
const open = (at = path): RecordingFile => new RecordingFile(at, (error) => troubles.push(error));
const text = (at: string): string => readFileSync(at, "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-recording-"));
  path = join(folder, "a.recording");
  troubles.length = 0;
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a recording's file", () => {
  it("has the state at once and the inputs when the loop has turned, for its user alone", async () => {
    const file = open();
    expect(existsSync(path)).toBe(false);
    file.begin();
    file.write("head\nstate\n");
    expect(text(path)).toBe("head\nstate\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    file.write("one\n");
    file.write("two\n");
    expect(text(path)).toBe("head\nstate\n");
    await turn();
    await turn();
    expect(text(path)).toBe("head\nstate\none\ntwo\n");
    file.write("three\n");
    file.close();
    expect(text(path)).toBe("head\nstate\none\ntwo\nthree\n");
  });

  it("keeps the one before, whole, and no more than that", () => {
    const file = open();
    for (const name of ["first", "second", "third"]) {
      file.begin();
      file.write(`${name}\n`);
      file.write(`inputs of the ${name}\n`);
    }
    file.close();
    expect(text(path)).toBe("third\ninputs of the third\n");
    expect(text(`${path}.old`)).toBe("second\ninputs of the second\n");
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("keeps what an agent before this one has left, be it killed between two renames", () => {
    writeFileSync(path, "of the last run\n");
    const file = open();
    file.begin();
    file.write("of this run\n");
    file.close();
    expect(text(`${path}.old`)).toBe("of the last run\n");
    rmSync(path);
    writeFileSync(`${path}.new`, "all that is left\n");
    open().close();
    expect(text(path)).toBe("all that is left\n");
  });

  it("writes at once what is too much to wait", () => {
    const file = open();
    file.begin();
    file.write("head\n");
    const long = `${"x".repeat(2 << 20)}\n`;
    file.write(long);
    expect(text(path)).toBe(`head\n${long}`);
    file.close();
  });

  it("refuses a place where no file can be, and ends without a word to the node when one is gone", () => {
    expect(() => open(join(folder, "none", "a"))).toThrow(/ENOENT/u);
    const file = open();
    rmSync(folder, { recursive: true });
    file.begin();
    expect(() => file.write("head\n")).not.toThrow();
    file.write("more\n");
    file.begin();
    file.write("again\n");
    file.close();
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatchObject({ code: "ENOENT" });
  });
});
