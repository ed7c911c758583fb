/**
 * Reading the library's sources: which files there are, and what each one imports and names.
 *
 * A real parser and not patterns, so that a word in a comment, a string or a property never counts
 * and no formatting hides an import.
 * @module
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, visitorKeys } from "oxc-parser";

/**
 * @typedef {Map<string, string>} Tree Text by path; paths have "/" and start at the tree's root.
 * @typedef {{ specifier: string, line: number }} Import
 * @typedef {{ file: string, line: number, rule: string, message: string }} Finding
 * @typedef {any} Node A node of the syntax tree.
 */

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folder whose rooms the storeys and the banned tokens are about. */
export const librarySources = "packages/hearsay/src";

/**
 * @param {string} folder
 * @returns {Tree}
 */
export function readTree(folder) {
  /** @type {Tree} */
  const tree = new Map();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    const full = join(folder, path);
    if (!path.endsWith(".ts") || !statSync(full).isFile()) continue;
    tree.set(relative(folder, full).split(sep).join("/"), readFileSync(full, "utf8"));
  }
  return tree;
}

/**
 * Tests and their support may do what the code they test may not.
 * @param {string} path
 * @returns {boolean}
 */
export function isTest(path) {
  return path.endsWith(".test.ts") || path.split("/").slice(0, -1).includes("test");
}

/**
 * The first folder of a path; a file beside the rooms is its own room.
 * @param {string} path
 * @returns {string}
 */
export function roomOf(path) {
  return path.split("/", 1)[0] ?? path;
}

/**
 * Calls `see` for every node of a file, parents first.
 * @param {string} path
 * @param {string} text
 * @param {(node: Node, parent: Node, key: string, line: () => number) => void} see
 */
export function visit(path, text, see) {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`);
  /** @type {(node: Node, parent: Node, key: string) => void} */
  const walk = (node, parent, key) => {
    see(node, parent, key, () => text.slice(0, node.start).split("\n").length);
    for (const childKey of visitorKeys[node.type] ?? []) {
      for (const child of [node[childKey]].flat()) if (child) walk(child, node, childKey);
    }
  };
  walk(program, null, "");
}

/**
 * Everything a file imports, types and re-exports and `import("x")` too.
 * @param {string} path
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(path, text) {
  /** @type {Import[]} */
  const imports = [];
  visit(path, text, (node, _parent, _key, line) => {
    const source = importing.has(node.type) ? node.source : null;
    if (source?.type === "Literal") imports.push({ specifier: source.value, line: line() });
  });
  return imports;
}

const importing = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);
