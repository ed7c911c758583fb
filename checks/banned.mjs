/**
 * The banned tokens: what would make two runs of the same core differ, or tie it to one host.
 *
 * Clock and randomness are arguments in the core rooms, and the transcendental functions of `Math`
 * differ in the last bit between engines, which is enough for a trace to part ways.
 * Run it: `node checks/banned.mjs`.
 * @module
 */
import { join } from "node:path";
import { reportFindings, runsAs } from "./report.mjs";
import { isTest, librarySources, readTree, roomOf, root, visit } from "./sources.mjs";

/** @typedef {import("./sources.mjs").Tree} Tree */
/** @typedef {import("./sources.mjs").Finding} Finding */
/** @typedef {import("./sources.mjs").Node} Node */

const time = "take the time from the `now` argument";
const timers = "show a `deadline` and let the host wake you";
const host = "ask for it as a port; only node/ touches the host";

/** @type {Readonly<Record<string, string>>} What to do instead, by global name. */
const globals = {
  Date: time,
  performance: time,
  setTimeout: timers,
  setInterval: timers,
  setImmediate: timers,
  queueMicrotask: timers,
  console: "report through effects or counters",
  process: host,
  Buffer: "use Uint8Array and the codec's readers and writers",
  globalThis: host,
  fetch: host,
};

/** What ECMAScript lets each engine approximate as it likes. */
const inexact = new Set(
  (
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 " +
    "pow sin sinh tan tanh"
  ).split(" "),
);
const portable = "use integer thresholds, a table or the portable functions in kernel/";

/**
 * @param {Tree} tree
 * @returns {Finding[]}
 */
export function checkBanned(tree) {
  /** @type {Map<string, Finding>} */
  const findings = new Map();
  for (const [file, text] of tree) {
    if (!isCore(file)) continue;
    visit(file, text, (node, parent, key, line) => {
      const broken = judge(node, parent, key);
      if (broken === null) return;
      const [token, advice] = broken;
      // A shorthand property is one word and two nodes.
      findings.set(`${file} ${node.start} ${token}`, {
        file,
        line: line(),
        rule: "banned",
        message: `${token} in a core room; ${advice}`,
      });
    });
  }
  return [...findings.values()];
}

/**
 * The rooms that compile without a host: all but node/ and the front door that opens on it.
 * @param {string} file
 */
export function isCore(file) {
  return !isTest(file) && roomOf(file) !== "node" && file !== "index.ts";
}

/**
 * @param {Node} node
 * @param {Node} parent
 * @param {string} key
 * @returns {readonly [token: string, advice: string] | null}
 */
function judge(node, parent, key) {
  switch (node.type) {
    case "Identifier": {
      if (isOnlyAName(parent, key)) return null;
      const advice = Object.hasOwn(globals, node.name) ? globals[node.name] : undefined;
      if (advice !== undefined) return [node.name, advice];
      // Handing `Math` on, or taking it apart, hides which function is called.
      const isMember = parent.type === "MemberExpression" && key === "object";
      if (node.name === "Math" && !isMember) return ["Math as a value", "call its members by name"];
      return null;
    }
    case "MemberExpression": {
      const name = node.computed ? literal(node.property) : node.property.name;
      if (name === "localeCompare") {
        return ["localeCompare", "compare by code units or bytes; locales differ between hosts"];
      }
      if (node.object.type !== "Identifier" || node.object.name !== "Math") return null;
      if (name === undefined) return ["computed Math member", "call its members by name"];
      if (name === "random") return ["Math.random", "take randomness from the `rng` argument"];
      return inexact.has(name) ? [`Math.${name}`, portable] : null;
    }
    case "BinaryExpression":
      return node.operator === "**" ? ["**", portable] : null;
    case "AssignmentExpression":
      return node.operator === "**=" ? ["**=", portable] : null;
    default:
      return null;
  }
}

/**
 * Whether an identifier names a member and does not refer to a variable: `x.process`,
 * `{ process: 1 }`, `fetch(): void` in an interface.
 * @param {Node} parent
 * @param {string} key
 */
function isOnlyAName(parent, key) {
  if (parent.type === "MemberExpression") return key === "property" && !parent.computed;
  if (parent.type === "TSQualifiedName") return key === "right";
  return key === "key" && !parent.computed && !parent.shorthand;
}

/**
 * @param {Node} node
 * @returns {string | undefined}
 */
function literal(node) {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

if (runsAs(import.meta.url)) {
  const tree = readTree(join(root, librarySources));
  const cores = [...tree.keys()].filter(isCore).length;
  reportFindings("banned tokens", cores, checkBanned(tree), librarySources);
}
