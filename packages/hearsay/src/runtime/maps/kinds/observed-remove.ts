/**
 * The map that loses nothing: a write takes away what its writer had seen of the key, and no more.
 * @module
 */
import { ORMap, siblingField } from "../../../crdt/index.ts";
import type { Delta, Sibling } from "../../../crdt/index.ts";
import { optionError } from "../../../kernel/index.ts";
import type { MapWrite } from "../map-events.ts";
import { mapValue } from "../map-words.ts";
import type { KindOptions, MapKind } from "./map-kind.ts";

export type ObservedRemoveMap = ORMap<Uint8Array>;

/** Bytes of a replica and a number that a write has seen, about. */
const SEEN_BYTES = 24;

export const OBSERVED_REMOVE: MapKind<Sibling<Uint8Array>, ObservedRemoveMap> = {
  name: "orMap",
  label: "observed-remove",
  prefix: "~or~",
  value: siblingField(mapValue),
  make: (options: KindOptions): ObservedRemoveMap => new ORMap({ ...options, value: mapValue }),
  write: (map: ObservedRemoveMap, asked: MapWrite, writeMs: number): Delta<Sibling<Uint8Array>> => {
    if (asked.type === "set") return map.set(asked.key, asked.value, writeMs);
    if (asked.type === "delete") return map.delete(asked.key, writeMs);
    throw optionError("mutation", "set or delete", asked.type);
  },
  sizeOf: (sibling) => {
    return SEEN_BYTES * (sibling?.after.length ?? 0) + (sibling?.value?.length ?? 0);
  },
  changes: (map: ObservedRemoveMap, keys: readonly string[]) => {
    return keys.map((key) => ({ key, values: valuesOf(map, key) }));
  },
  keys: (map: ObservedRemoveMap) => map.keys(),
  countOf: (map: ObservedRemoveMap) => map.size,
  values: valuesOf,
  contested: (map: ObservedRemoveMap) => map.contested(),
  mayForget: (map: ObservedRemoveMap) => map.forgettable > 0,
};

/** Who sets the same at once makes no conflict. */
function valuesOf(map: ObservedRemoveMap, key: string): readonly Uint8Array[] {
  const values = map.values(key);
  return values.length < 2 ? values : distinct(values);
}

function distinct(values: readonly Uint8Array[]): Uint8Array[] {
  const kept: Uint8Array[] = [];
  for (const value of values) {
    if (!kept.some((other) => isSame(value, other))) kept.push(value);
  }
  return kept;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
