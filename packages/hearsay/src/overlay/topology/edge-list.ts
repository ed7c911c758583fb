/**
 * Topologies from files: one link a line, as most collections of graphs have them.
 *
 *     # the old backbone          a comment, also behind a link
 *     berlin oslo                 a link both ways between two names
 *     oslo, lyon                  commas do, too
 *     rome                        somebody without a link of its own
 *
 * Nodes are numbered in the order in which they are first named.
 * @module
 */
import { HearsayError } from "../../kernel/index.ts";
import type { Graph } from "../graph.ts";
import { MAX_NODES } from "./topologies.ts";

export interface NamedGraph {
  /** By number. */
  readonly names: readonly string[];
  readonly graph: Graph;
}

/**
 * Reads the text of such a file. A link that is named twice, in either direction, is one.
 * @throws HearsayError `ERR_OPTION` that names the line and what was expected there
 */
export function parseEdgeList(text: string): NamedGraph {
  const numbers = new Map<string, number>();
  const neighbours: Set<number>[] = [];
  const numberOf = (name: string, lineNumber: number): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (numbers.size >= MAX_NODES) throw failure(lineNumber, `at most ${MAX_NODES} nodes`, name);
    numbers.set(name, numbers.size);
    return neighbours.push(new Set()) - 1;
  };
  for (const [i, line] of text.split(/\r?\n/u).entries()) {
    const words = line
      .replace(/#.*/u, "")
      .split(/[\s,]+/u)
      .filter((word) => word !== "");
    if (words.length > 2) throw failure(i + 1, "one node, or two that are linked", line.trim());
    const [a, b] = words.map((word) => numberOf(word, i + 1));
    if (a === undefined || b === undefined) continue;
    if (a === b) throw failure(i + 1, "a link between two different nodes", line.trim());
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  if (numbers.size === 0) throw failure(1, "a node, or two that are linked", "nothing");
  return { names: [...numbers.keys()], graph: neighbours.map((others) => Array.from(others)) };
}

function failure(lineNumber: number, expected: string, received: string): HearsayError {
  const shown = JSON.stringify(received);
  const message = `line ${lineNumber}: expected ${expected}, got ${shown}`;
  return new HearsayError("ERR_OPTION", message, {
    option: `line ${lineNumber}`,
    expected,
    received,
  });
}
