/**
 * What becomes of writes that do not know of each other, in the map of a scenario: `maps=on`, `maps=observed-remove`.
 * @module
 */
export type MapConflict = "last-writer-wins" | "observed-remove";

/** By the word of a scenario. */
export const MAP_CONFLICTS: ReadonlyMap<string, MapConflict> = new Map([
  ["on", "last-writer-wins"],
  ["observed-remove", "observed-remove"],
]);

/** The setting of a scenario. */
export function mapsWord(conflict: MapConflict): string {
  return `maps=${conflict === "last-writer-wins" ? "on" : conflict}`;
}
