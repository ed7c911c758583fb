/**
 * The map whose last writer wins: of two writes of a key the one with the later stamp.
 * @module
 */
import { LWWMap } from "../../../crdt/index.ts";
import type { Delta } from "../../../crdt/index.ts";
import { optionError } from "../../../kernel/index.ts";
import type { MapWrite } from "../map-events.ts";
import { mapValue } from "../map-words.ts";
import type { KindOptions, MapKind } from "./map-kind.ts";

export type LastWriterMap = LWWMap<Uint8Array>;

export const LAST_WRITER: MapKind<Uint8Array, LastWriterMap> = {
  name: "lwwMap",
  label: "last-writer-wins",
  prefix: "",
  value: mapValue,
  make: (options: KindOptions): LastWriterMap => new LWWMap({ ...options, value: mapValue }),
  write: (map: LastWriterMap, asked: MapWrite, writeMs: number): Delta<Uint8Array> => {
    if (asked.type === "set") return map.set(asked.key, asked.value, writeMs);
    if (asked.type === "delete") return map.delete(asked.key, writeMs);
    throw optionError("mutation", "set or delete", asked.type);
  },
  sizeOf: (value) => value?.length ?? 0,
  changes: (map: LastWriterMap, keys: readonly string[]) => {
    return keys.map((key) => ({ key, values: valuesOf(map, key) }));
  },
  keys: (map: LastWriterMap) => keysOf(map),
  countOf: (map: LastWriterMap) => map.size,
  values: valuesOf,
  contested: () => [],
  mayForget: (map: LastWriterMap) => map.tombstones > 0,
};

function valuesOf(map: LastWriterMap, key: string): readonly Uint8Array[] {
  const value = map.get(key);
  return value === undefined ? [] : [value];
}

function* keysOf(map: LastWriterMap): Iterable<string> {
  for (const [key] of map.entries()) yield key;
}
