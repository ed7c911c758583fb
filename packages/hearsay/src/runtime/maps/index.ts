/**
 * Maps that a cluster shares.
 * @see docs/maps.md
 * @module
 */
export { MAP_KIND, mapMachine, mapMaker } from "./map-machine.ts";
export type { MapsConfig, MapsOptions, ResolvedMaps } from "./map-options.ts";
export { resolveMaps } from "./map-options.ts";
export type { AwaitedCopies, MapEvent, MapMutation, MapRowChange } from "./map-events.ts";
export type { MapCarrier } from "./map-host.ts";
export { LAST_WRITER } from "./kinds/last-writer.ts";
export type { LastWriterMap } from "./kinds/last-writer.ts";
export { MapStore } from "./map-store.ts";
export type { MapStoreConfig, MapStoreOptions } from "./map-store.ts";
export type { WriteOptions } from "./map-writes.ts";
export { ReplicatedMap } from "./map.ts";
export type { MapChange, MapView } from "./map.ts";
export { Maps } from "./maps.ts";
export type { MapOptions } from "./maps.ts";
export type { SnapshotStore } from "./snapshot-store.ts";
