import { expect, test } from "vitest";
import { checkStoreys } from "./storeys.mjs";

/** A house in which every rule is kept; each test breaks one. */
const sound = {
  "kernel/index.ts": `export * from "./time.ts";`,
  "kernel/time.ts": `export const zero = 0;`,
  "codec/index.ts": `import { zero } from "../kernel/time.ts"; export const a = zero;`,
  "membership/index.ts": `export { a } from "../codec/index.ts";`,
  "messaging/index.ts": `export type { a } from "../codec/index.ts";`,
  "composition/index.ts": `export * from "../membership/index.ts";`,
  "runtime/index.ts": `export * from "../composition/index.ts";`,
  "sim/index.ts": `export * from "../runtime/index.ts";`,
  "node/index.ts": `import "node:dgram"; export * from "../runtime/index.ts";`,
  "index.ts": `export * from "./node/index.ts"; export * from "./sim/index.ts";`,
};

const findings = (changes: Record<string, string>) =>
  checkStoreys(new Map(Object.entries({ ...sound, ...changes }))).map(
    ({ file, line, rule }) => `${file}:${line} ${rule}`,
  );

test("a house in order has no findings", () => {
  expect(findings({})).toEqual([]);
});

test("a room may not look up", () => {
  expect(findings({ "kernel/time.ts": `\nimport "../codec/index.ts";` })).toContain(
    "kernel/time.ts:2 storey",
  );
  expect(findings({ "membership/index.ts": `import "../composition/index.ts";` })).toContain(
    "membership/index.ts:1 storey",
  );
  expect(findings({ "sim/index.ts": `import "../index.ts";` })).toContain("sim/index.ts:1 storey");
});

test("types, re-exports and import() look up just as well", () => {
  for (const text of [
    `import type { x } from "../runtime/index.ts";`,
    `export * from "../runtime/index.ts";`,
    `export { x } from "../runtime/index.ts";`,
    `export const x = () => import("../runtime/index.ts");`,
    `export type X = import("../runtime/index.ts").X;`,
  ]) {
    expect(findings({ "codec/index.ts": text }), text).toContain("codec/index.ts:1 storey");
  }
});

test("siblings do not know each other, and sim never knows node", () => {
  expect(findings({ "membership/index.ts": `import "../messaging/index.ts";` })).toEqual([
    "membership/index.ts:1 sibling",
  ]);
  expect(findings({ "sim/index.ts": `import "../node/index.ts";` })).toEqual([
    "sim/index.ts:1 sibling",
  ]);
});

test("only node may import Node", () => {
  expect(findings({ "runtime/index.ts": `import { connect } from "node:net";` })).toEqual([
    "runtime/index.ts:1 node-builtin",
  ]);
  expect(findings({ "index.ts": `import "node:net";` })).toEqual(["index.ts:1 node-builtin"]);
});

test("nobody imports a package", () => {
  expect(findings({ "node/index.ts": `import "fs"; import "left-pad";` })).toEqual([
    "node/index.ts:1 package",
    "node/index.ts:1 package",
  ]);
});

test("a room without a storey is a finding, once", () => {
  expect(
    findings({ "utils/a.ts": "export {};", "kernel/index.ts": `import "../utils/a.ts";` }),
  ).toContain("utils/a.ts:1 unknown-room");
});

test("an import that leads nowhere is a finding", () => {
  expect(findings({ "codec/index.ts": `import "./gone.ts";` })).toEqual([
    "codec/index.ts:1 unresolved",
  ]);
});

test("code may not lean on test support", () => {
  const support = { "codec/test/bytes.ts": "export {};" };
  expect(findings({ ...support, "codec/index.ts": `import "./test/bytes.ts";` })).toEqual([
    "codec/index.ts:1 test-import",
  ]);
});

test("a cycle is one finding that shows the way round", () => {
  const tree = new Map([
    ["kernel/index.ts", `import "./a.ts";`],
    ["kernel/a.ts", `import "./b.ts";`],
    ["kernel/b.ts", `import "./c.ts";\nimport "./a.ts";`],
    ["kernel/c.ts", `import type { b } from "./b.ts";`],
  ]);
  const found = checkStoreys(tree);
  expect(found.map(({ rule }) => rule)).toEqual(["cycle"]);
  expect(found[0]?.message).toContain("kernel/a.ts -> kernel/b.ts -> kernel/a.ts");
});

test("a file that imports itself is a cycle", () => {
  expect(findings({ "kernel/time.ts": `import "./time.ts";` })).toEqual(["kernel/time.ts:1 cycle"]);
});

test("a file that no door leads to is dead, and so is what only it uses", () => {
  const dead = { "codec/old.ts": `import "./older.ts";`, "codec/older.ts": "export {};" };
  expect(findings(dead)).toEqual(["codec/old.ts:1 dead-file", "codec/older.ts:1 dead-file"]);
});

test("tests keep nothing alive and may import anything", () => {
  const tests = {
    "codec/a.test.ts": `import "node:fs"; import "vitest"; import "../sim/index.ts"; import "./old.ts";`,
    "codec/test/support.ts": `import "../../node/index.ts";`,
  };
  expect(findings(tests)).toEqual([]);
  expect(findings({ ...tests, "codec/old.ts": "export {};" })).toEqual([
    "codec/old.ts:1 dead-file",
  ]);
});

test("an import in a comment or a string is none", () => {
  const text = `// import "../sim/index.ts";\nexport const s = 'import "../sim/index.ts"';`;
  expect(findings({ "codec/index.ts": text })).toEqual([]);
});
