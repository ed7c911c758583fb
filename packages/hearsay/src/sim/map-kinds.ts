/**
 * What the nodes of a scenario share: `maps=on`, `maps=observed-remove`, `maps=set`, `maps=counter`.
 * @module
 */
import type { KindLabel } from "../runtime/index.ts";

/** By the word of a scenario. */
export const MAP_KINDS: ReadonlyMap<string, KindLabel> = new Map<string, KindLabel>([
  ["on", "last-writer-wins"],
  ["observed-remove", "observed-remove"],
  ["set", "set"],
  ["counter", "counter"],
]);

/** The setting of a scenario. */
export function mapsWord(kind: KindLabel): string {
  return `maps=${kind === "last-writer-wins" ? "on" : kind}`;
}
