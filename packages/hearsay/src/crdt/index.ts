/**
 * Replicated values that merge: counters, sets, registers and maps. Pure state; who carries deltas is up to you.
 * @see docs/protocols/crdts.md
 * @module
 */
export { GCounter, PNCounter } from "./counters.ts";
export type {
  Delta,
  DeltaCrdt,
  Lattice,
  MergeOutcome,
  RefusalReason,
  Refusals,
  Row,
} from "./delta-crdt.ts";
export { NO_DELTA } from "./delta-crdt.ts";
export type { CrdtOptions } from "./delta-store.ts";
export { DotSet } from "./dots.ts";
export type { Dot, DotRuns } from "./dots.ts";
export { GSet } from "./g-set.ts";
export { HybridClock, stampCount, stampMs, stampOf } from "./hlc.ts";
export type { HybridClockOptions } from "./hlc.ts";
export { latticeConformance } from "./lattice-conformance.ts";
export type { LatticeCase, LatticeReplica, LatticeSubject } from "./lattice-conformance.ts";
export { CRDT_DEFAULTS, resolveCrdtLimits } from "./limits.ts";
export type { CrdtLimits } from "./limits.ts";
export { LWWMap, LWWRegister } from "./lww-map.ts";
export type { LWWOptions } from "./lww-map.ts";
export { MVRegister } from "./mv-register.ts";
export { ORMap, siblingField } from "./or-map.ts";
export type { Sibling } from "./or-map.ts";
export { ORSet } from "./or-set.ts";
export { readSnapshot, SNAPSHOT_FORMAT, snapshotPieces } from "./snapshot.ts";
export type { Snapshot, SnapshotForm, SnapshotHead } from "./snapshot.ts";
export { CausalStability } from "./stability.ts";
export type { SavedStability } from "./stability.ts";
export type { ValueField, ValueOptions } from "./values.ts";
export { VersionedMap } from "./versioned-map.ts";
export type { Versioned } from "./versioned-map.ts";
export { contextField, deltaField } from "./wire.ts";
