import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkExamples, runnableBlocks } from "./examples.mjs";
import { Assertions } from "./report.mjs";

let top = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "hearsay-examples-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(top, { recursive: true });
});

/** What the check says about a repository that holds these files. */
async function verdict(files: Record<string, string>, timeoutMs?: number): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
  let said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const assertions = new Assertions();
  await checkExamples(top, assertions, timeoutMs);
  // What it concludes sets the exit code, which here is the test run's own.
  const { exitCode } = process;
  assertions.conclude("examples");
  process.exitCode = exitCode;
  vi.restoreAllMocks();
  return said;
}

test("examples and README blocks that run and print what they promise pass", async () => {
  const files = {
    "examples/a.mjs": `console.log("one"); console.log("two");`,
    "examples/a.out": "one\ntwo\n",
    "examples/b.mjs": "export {};",
    "README.md": "```js run\nawait import('node:fs');\n```\n\n```js\nnot run(\n```\n",
  };
  expect(await verdict(files)).toBe("examples: 4 passed, 0 failed\n");
});

test("an example that throws fails, and its last words are shown", async () => {
  const said = await verdict({ "examples/a.mjs": `throw new Error("oh no");` });
  expect(said).toContain("oh no");
  expect(said).toContain("examples: 0 passed, 1 failed");
});

test("an example that never ends fails", async () => {
  const said = await verdict({ "examples/a.mjs": "setInterval(() => {}, 1000);" }, 500);
  expect(said).toContain("did not end in time");
  expect(said).toContain("examples: 0 passed, 1 failed");
});

test("an example that prints something else fails", async () => {
  const said = await verdict({ "examples/a.mjs": "console.log(1);", "examples/a.out": "2\n" });
  expect(said).toContain("examples: 1 passed, 1 failed");
});

test("a README block that throws fails, named by its line", async () => {
  const said = await verdict({ "README.md": "# Title\n\n```js run\nnope();\n```\n" });
  expect(said).toContain("README.md:3 runs to its end");
  expect(said).toContain("nope is not defined");
});

test("only blocks marked to run are taken, whole", () => {
  const text = "```js run\na;\n\nb;\n```\n```ts run\nc\n```\n~~~js run\nd\n~~~\n";
  expect(runnableBlocks(text)).toEqual([
    { line: 1, code: "a;\n\nb;\n" },
    { line: 9, code: "d\n" },
  ]);
});
