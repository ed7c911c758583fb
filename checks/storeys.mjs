/**
 * The import check: who may know whom inside the library.
 *
 *     index.ts
 *     sim  node                              sim never meets node: one world per program
 *     runtime
 *     recording
 *     composition
 *     membership messaging overlay ...       siblings meet only through contracts in kernel
 *     codec
 *     kernel
 *
 * A file may import from its own room and from any storey below. It also finds import cycles and
 * dead files. Run it: `node checks/storeys.mjs`.
 * @module
 */
import { join, posix } from "node:path";
import { reportFindings, runsAs } from "./report.mjs";
import { importsOf, isTest, librarySources, readTree, roomOf, root } from "./sources.mjs";

/** @typedef {import("./sources.mjs").Tree} Tree */
/** @typedef {import("./sources.mjs").Import} Import */
/** @typedef {import("./sources.mjs").Finding} Finding */

/** From the ground up. A new protocol's room is one more word in the third line. */
const storeys = [
  ["kernel"],
  ["codec"],
  [
    "membership",
    "messaging",
    "overlay",
    "broadcast",
    "state",
    "aggregation",
    "crdt",
    "anti-entropy",
    "detection",
    "diagnosis",
  ],
  ["composition"],
  ["recording"],
  ["runtime"],
  ["sim", "node"],
  ["index.ts"],
];

const heights = new Map(storeys.flatMap((rooms, height) => rooms.map((room) => [room, height])));

/**
 * @param {Tree} tree
 * @returns {Finding[]}
 */
export function checkStoreys(tree) {
  /** @type {Map<string, { to: string, line: number }[]>} */
  const edges = new Map();
  /** @type {Finding[]} */
  const findings = [];
  for (const [file, text] of tree) {
    if (isTest(file)) continue;
    if (!heights.has(roomOf(file))) {
      findings.push({
        file,
        line: 1,
        rule: "unknown-room",
        message: `"${roomOf(file)}" is on no storey; move the file or give the room its place in checks/storeys.mjs`,
      });
      continue;
    }
    /** @type {{ to: string, line: number }[]} */
    const targets = [];
    edges.set(file, targets);
    for (const { specifier, line } of importsOf(file, text)) {
      const to = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : null;
      if (to !== null && tree.has(to)) targets.push({ to, line });
      const broken = judge(file, specifier, to, tree);
      if (broken) findings.push({ file, line, ...broken });
    }
  }
  return [...findings, ...cycles(edges), ...deadFiles(edges)];
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {string | null} to The imported file, or null for a package.
 * @param {Tree} tree
 * @returns {{ rule: string, message: string } | null}
 */
function judge(file, specifier, to, tree) {
  const room = roomOf(file);
  if (to === null) {
    if (!specifier.startsWith("node:")) {
      return {
        rule: "package",
        message: `imports the package "${specifier}"; the library has no dependencies (Node's own modules are spelled node:...)`,
      };
    }
    if (room === "node") return null;
    return {
      rule: "node-builtin",
      message: `imports "${specifier}"; only node/ may. Take what is needed as a port and let node/ supply it`,
    };
  }
  if (!tree.has(to)) {
    return { rule: "unresolved", message: `imports "${specifier}", and there is no file ${to}` };
  }
  if (isTest(to)) {
    return { rule: "test-import", message: `imports test support ${to}; only tests may` };
  }
  const other = roomOf(to);
  if (other === room) return null;
  const here = heights.get(room) ?? 0;
  const there = heights.get(other);
  // A file in an unknown room is reported once, as itself.
  if (there === undefined || there < here) return null;
  if (there === here) {
    return {
      rule: "sibling",
      message: `${room} imports its sibling ${other} (${specifier}); put the contract both need into kernel/`,
    };
  }
  return {
    rule: "storey",
    message: `${room} imports ${other} (${specifier}), which is above it; turn the dependency round or take a contract from kernel/`,
  };
}

/**
 * One finding for each group of files that reach each other (Tarjan's strongly connected
 * components), so that a tangle of ten files is one message and not fifty.
 * @param {Map<string, { to: string, line: number }[]>} edges
 * @returns {Finding[]}
 */
function cycles(edges) {
  /** @type {Map<string, number>} */
  const order = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {Finding[]} */
  const findings = [];

  /** @param {string} file */
  const connect = (file) => {
    const number = order.size;
    order.set(file, number);
    low.set(file, number);
    stack.push(file);
    for (const { to } of edges.get(file) ?? []) {
      if (!order.has(to)) connect(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) ?? 0, low.get(to) ?? 0));
    }
    if (low.get(file) !== number) return;
    const group = stack.splice(stack.indexOf(file));
    const imports = edges.get(file) ?? [];
    const closing = imports.find(({ to }) => group.includes(to));
    if (closing === undefined) return;
    findings.push({
      file,
      line: closing.line,
      rule: "cycle",
      message: `import cycle: ${pathBack(file, group, edges).join(" -> ")}; move what they share into a file of its own`,
    });
  };
  for (const file of edges.keys()) if (!order.has(file)) connect(file);
  return findings;
}

/**
 * A shortest way from a file back to itself inside its group.
 * @param {string} start
 * @param {string[]} group
 * @param {Map<string, { to: string, line: number }[]>} edges
 * @returns {string[]}
 */
function pathBack(start, group, edges) {
  const paths = [[start]];
  const seen = new Set();
  for (const path of paths) {
    for (const { to } of edges.get(path.at(-1) ?? start) ?? []) {
      if (to === start) return [...path, to];
      if (!group.includes(to) || seen.has(to)) continue;
      seen.add(to);
      paths.push([...path, to]);
    }
  }
  return [start];
}

/**
 * @param {Map<string, { to: string, line: number }[]>} edges
 * @returns {Finding[]}
 */
function deadFiles(edges) {
  // The doors of the house: index.ts itself, and the index.ts of every room.
  const alive = new Set([...edges.keys()].filter((file) => /^(?:[^/]+\/)?index\.ts$/u.test(file)));
  for (const file of alive) for (const { to } of edges.get(file) ?? []) alive.add(to);
  return [...edges.keys()]
    .filter((file) => !alive.has(file))
    .map((file) => ({
      file,
      line: 1,
      rule: "dead-file",
      message: "no room's index.ts leads here; export it, use it or remove it",
    }));
}

if (runsAs(import.meta.url)) {
  const tree = readTree(join(root, librarySources));
  reportFindings("storeys", tree.size, checkStoreys(tree), librarySources);
}
