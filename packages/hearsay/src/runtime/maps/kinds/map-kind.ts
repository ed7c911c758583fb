/**
 * A kind of map: what becomes of two writes of one key. All else is the same for every kind.
 *
 *     MapStore ── write ──▶ kind ──▶ its replicated type ── delta ──▶ MapStore ──▶ news
 *        └────── keys that have changed ──▶ kind ──▶ event
 *
 * A kind keeps nothing: what there is of a map is in its replicated type.
 * @module
 */
import type {
  CrdtOptions,
  Delta,
  DeltaCrdt,
  DotRuns,
  HybridClock,
  MergeOutcome,
  Refusals,
  ValueField,
} from "../../../crdt/index.ts";
import type { CrdtLimits } from "../../../crdt/index.ts";
import type { MapWrite } from "../map-events.ts";

/** What a map's store wants of a replicated type. */
export interface SharedCrdt<V = unknown> extends DeltaCrdt<V> {
  readonly limits: CrdtLimits;
  readonly refusals: Refusals;
  /** Keys that have a value. */
  readonly size: number;
  /** Deleted keys that are still remembered. */
  readonly tombstones: number;
  merge(delta: Delta<V>, wallMs: number): MergeOutcome;
  /** `before`, a stamp, spares what is as late as this, or later. */
  prune(stable: DotRuns, before?: number): number;
}

export interface KindOptions extends CrdtOptions {
  /** The map's. */
  readonly clock: HybridClock;
}

export interface MapKind<V = unknown, C extends SharedCrdt<V> = SharedCrdt<V>> {
  /** What anti-entropy calls a store of this kind. */
  readonly name: string;
  /** Values on the wire and in snapshots. */
  readonly value: ValueField<V>;
  make(options: KindOptions): C;
  /**
   * `writeMs` is what time it is in the cluster.
   * @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL`
   */
  write(map: C, asked: MapWrite, writeMs: number): Delta<V>;
  /** Bytes of a row's value, about. */
  sizeOf(value: V | undefined): number;
  /** The value of a key, in the application's bytes. */
  get(map: C, key: string): Uint8Array | undefined;
  keys(map: C): Iterable<string>;
}
