/**
 * Maps that a cluster shares.
 * @see docs/maps.md
 * @module
 */
export { mapMachine, mapMaker } from "./map-machine.ts";
export type { MapsConfig, MapsOptions, ResolvedMaps } from "./map-options.ts";
export { resolveMaps } from "./map-options.ts";
export type { AwaitedCopies, MapEvent, MapMutation, MapRowChange } from "./map-events.ts";
export type { MapCarrier } from "./map-host.ts";
export { ReplicatedCounter } from "./counter.ts";
export type { CounterChange } from "./counter.ts";
export { kindOf, storeNameOf } from "./kinds/kinds.ts";
export { LAST_WRITER } from "./kinds/last-writer.ts";
export type { LastWriterMap } from "./kinds/last-writer.ts";
export { mapValue } from "./map-words.ts";
export { MapStore } from "./map-store.ts";
export type { MapStoreConfig, MapStoreOptions } from "./map-store.ts";
export type { WriteOptions } from "./map-writes.ts";
export type { KindLabel, MapKind } from "./kinds/map-kind.ts";
export { OBSERVED_REMOVE } from "./kinds/observed-remove.ts";
export type { ObservedRemoveMap } from "./kinds/observed-remove.ts";
export { ReplicatedMap } from "./map.ts";
export type { MapChange, MergeValues } from "./map.ts";
export { ReplicatedSet } from "./set.ts";
export type { SetChange } from "./set.ts";
export type { MapView } from "./shared-value.ts";
export { Maps } from "./maps.ts";
export type { MapOptions } from "./maps.ts";
export type { SnapshotStore } from "./snapshot-store.ts";
