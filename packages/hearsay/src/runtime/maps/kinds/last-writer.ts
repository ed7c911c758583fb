/**
 * The map whose last writer wins: of two writes of a key the one with the later stamp.
 * @module
 */
import { LWWMap } from "../../../crdt/index.ts";
import type { Delta } from "../../../crdt/index.ts";
import type { MapWrite } from "../map-events.ts";
import { mapValue } from "../map-words.ts";
import type { KindOptions, MapKind } from "./map-kind.ts";

export type LastWriterMap = LWWMap<Uint8Array>;

export const LAST_WRITER: MapKind<Uint8Array, LastWriterMap> = {
  name: "lwwMap",
  value: mapValue,
  make: (options: KindOptions): LastWriterMap => new LWWMap({ ...options, value: mapValue }),
  write: (map: LastWriterMap, asked: MapWrite, writeMs: number): Delta<Uint8Array> => {
    return asked.type === "set"
      ? map.set(asked.key, asked.value, writeMs)
      : map.delete(asked.key, writeMs);
  },
  sizeOf: (value) => value?.length ?? 0,
  get: (map: LastWriterMap, key: string) => map.get(key),
  keys: (map: LastWriterMap) => keysOf(map),
};

function* keysOf(map: LastWriterMap): Iterable<string> {
  for (const [key] of map.entries()) yield key;
}
