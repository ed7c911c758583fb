import { expect, test } from "vitest";
import { entryPoints, unwanted } from "./tarballs.mjs";

const sources = new Set(["src/index.ts", "src/kernel/time.ts"]);
const misfits = (...files: string[]) => unwanted(files, (path) => sources.has(path));

test("what the build wrote and the papers of a package are wanted", () => {
  const files = ["dist/index.js", "dist/index.js.map", "dist/index.d.ts", "dist/kernel/time.js"];
  expect(misfits(...files, "LICENSE", "README.md", "package.json")).toEqual([]);
});

test.each([
  ["dist/kernel/time.test.js", "a test"],
  ["dist/kernel/test/clock.js", "a test"],
  ["src/index.ts", "a source"],
  ["dist/page.tsx", "a source"],
  ["dist/core.tsbuildinfo", "the compiler's notes"],
  ["dist/gone.js", "left over"],
  ["dist/gone.d.ts", "left over"],
])("%s is %s and unwanted", (file, reason) => {
  expect(misfits(file)).toEqual([expect.stringContaining(`${file}: ${reason}`)]);
});

test("entry points are named as a user imports them", () => {
  const exports = { ".": {}, "./kernel": {}, "./package.json": "./package.json" };
  expect(entryPoints({ name: "hearsay", version: "1.0.0", exports })).toEqual([
    "hearsay",
    "hearsay/kernel",
  ]);
});
