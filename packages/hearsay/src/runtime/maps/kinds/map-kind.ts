/**
 * A kind of shared value: what becomes of two writes that do not know of each other. All else is the same for every kind.
 *
 *     MapStore ── write ──▶ kind ──▶ its replicated type ── delta ──▶ MapStore ──▶ news
 *        └────── keys that have changed ──▶ kind ──▶ what an application is told
 *
 * A kind keeps nothing: what there is of a value is in its replicated type.
 * @module
 */
import type {
  CrdtLimits,
  CrdtOptions,
  Delta,
  DeltaCrdt,
  DotRuns,
  HybridClock,
  MergeOutcome,
  Refusals,
  ValueField,
} from "../../../crdt/index.ts";
import type { MapRowChange, MapWrite } from "../map-events.ts";

/** What a store wants of a replicated type. */
export interface SharedCrdt<V = unknown> extends DeltaCrdt<V> {
  readonly limits: CrdtLimits;
  readonly refusals: Refusals;
  /** Deleted keys that are still remembered. */
  readonly tombstones: number;
  merge(delta: Delta<V>, wallMs: number): MergeOutcome;
  /** `before`, a stamp, spares what is as late as this, or later. */
  prune(stable: DotRuns, before?: number): number;
}

export interface KindOptions extends CrdtOptions {
  /** The store's. */
  readonly clock: HybridClock;
}

/** What users call the kinds: maps by what they do about conflicts, and the others. */
export type KindLabel = "last-writer-wins" | "observed-remove" | "set" | "counter";

export interface MapKind<V = unknown, C extends SharedCrdt<V> = SharedCrdt<V>> {
  /** What anti-entropy calls a store of this kind. */
  readonly name: string;
  readonly label: KindLabel;
  /**
   * Stands before the name of a store of this kind, in the cluster and in snapshots: stores of two kinds are two stores
   * whatever they are called, so that none ever merges what is another's.
   */
  readonly prefix: string;
  /** Values on the wire and in snapshots. */
  readonly value: ValueField<V>;
  make(options: KindOptions): C;
  /**
   * `writeMs` is what time it is in the cluster. A delta that tells of nothing is none.
   * @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL`, `ERR_STATE`
   */
  write(crdt: C, asked: MapWrite, writeMs: number): Delta<V>;
  /** Bytes of a row's value, about. */
  sizeOf(value: V | undefined): number;
  /** What an application is told when these keys of the replicated type have changed. */
  changes(crdt: C, keys: readonly string[]): MapRowChange[];
  /** Keys that have a value. */
  keys(crdt: C): Iterable<string>;
  countOf(crdt: C): number;
  /** The values of a key in the application's bytes, the one that counts first; none if it has none. */
  values(crdt: C, key: string): readonly Uint8Array[];
  /** Keys that may have several. */
  contested(crdt: C): Iterable<string>;
  /** Whether `prune` may find anything. */
  mayForget(crdt: C): boolean;
}
