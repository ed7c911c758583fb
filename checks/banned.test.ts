import { expect, test } from "vitest";
import { checkBanned } from "./banned.mjs";

const findings = (text: string, file = "codec/index.ts") =>
  checkBanned(new Map([[file, text]])).map(({ line, message }) => `${line} ${message}`);

/** The token each finding names. */
const tokens = (text: string, file?: string) =>
  findings(text, file).map((found) => found.replace(/^\d+ (.*?) in a core room.*$/u, "$1"));

test.each(
  (
    "Date performance setTimeout setInterval setImmediate queueMicrotask console process Buffer " +
    "globalThis fetch"
  ).split(" "),
)("%s is banned, called, read, renamed or as a type", (name) => {
  expect(tokens(`${name}();`)).toEqual([name]);
  expect(tokens(`const other = ${name};`)).toEqual([name]);
  expect(tokens(`const other = { ${name} };`)).toEqual([name]);
  expect(tokens(`const other = x[${name}.y];`)).toEqual([name]);
  expect(tokens(`let other: ${name};`)).toEqual([name]);
});

test.each(
  "random log log2 log10 log1p exp expm1 pow sin cos tan cbrt asin acos atan atan2 sinh cosh tanh hypot".split(
    " ",
  ),
)("Math.%s is banned", (name) => {
  expect(tokens(`Math.${name}(1);`)).toEqual([`Math.${name}`]);
  expect(tokens(`Math["${name}"](1);`)).toEqual([`Math.${name}`]);
});

test("Math cannot be taken apart to get round it", () => {
  expect(tokens("const { log } = Math;")).toEqual(["Math as a value"]);
  expect(tokens("Math[name](1);")).toEqual(["computed Math member"]);
});

test("exact Math is welcome", () => {
  expect(findings("Math.sqrt(2) + Math.floor(1.5) + Math.imul(2, 3) + Math.clz32(1);")).toEqual([]);
});

test("** is pow", () => {
  expect(tokens("x = 2 ** 3;")).toEqual(["**"]);
  expect(tokens("x **= 3;")).toEqual(["**="]);
});

test("localeCompare is banned on anything", () => {
  expect(tokens("a.localeCompare(b);")).toEqual(["localeCompare"]);
});

test("comments, strings and names of members are free", () => {
  const text = `
    // Date.now() and Math.random()
    /* 2 ** 3 */
    const s = "Date" + 'process' + \`console \${x} fetch\`;
    const r = /Buffer|setTimeout/u;
    interface Host { fetch(): void; process: number }
    class Machine { process() { return this.process; } }
    const o = { console: 1, performance: 2 };
    machine.process(o.performance);
  `;
  expect(findings(text)).toEqual([]);
});

test("a template's expressions are code", () => {
  expect(tokens("const s = `${Date.now()}`;")).toEqual(["Date"]);
});

test("node/, the front door and tests are not core", () => {
  for (const file of ["node/clock.ts", "index.ts", "codec/a.test.ts", "codec/test/support.ts"]) {
    expect(findings("Date.now();", file), file).toEqual([]);
  }
  for (const file of ["kernel/a.ts", "sim/a.ts", "runtime/a.ts"]) {
    expect(tokens("Date.now();", file), file).toEqual(["Date"]);
  }
});

test("a finding names the line and what to do", () => {
  expect(findings("const a = 1;\n\nconst b = Date.now();")).toEqual([
    "3 Date in a core room; take the time from the `now` argument",
  ]);
});
