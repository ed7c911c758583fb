/**
 * Maps that a cluster shares.
 * @see docs/maps.md
 * @module
 */
export { MAP_KIND, mapMachine, mapMaker } from "./map-machine.ts";
export type { MapsConfig, MapsOptions, ResolvedMaps } from "./map-options.ts";
export { resolveMaps } from "./map-options.ts";
export { MapStore } from "./map-store.ts";
export type {
  AwaitedCopies,
  MapEvent,
  MapMutation,
  MapRowChange,
  MapStoreConfig,
  MapStoreOptions,
} from "./map-store.ts";
export { mapValue } from "./map-words.ts";
export { ReplicatedMap } from "./map.ts";
export type { MapChange, MapView, WriteOptions } from "./map.ts";
export { Maps } from "./maps.ts";
export type { MapCarrier, MapOptions } from "./maps.ts";
export type { SnapshotStore } from "./snapshot-store.ts";
