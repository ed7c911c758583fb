/**
 * What an application, a map's store and the map in an application's hands say to each other: plain data, so that a
 * recording has it.
 *
 *     ReplicatedMap ── mutation ──▶ MapStore ── event ──▶ Maps ──▶ ReplicatedMap
 *
 * @module
 */
import type { Delta } from "../../crdt/index.ts";

/** A write of the application's. */
export type MapWrite =
  | {
      readonly type: "set";
      readonly key: string;
      readonly value: Uint8Array;
      readonly awaited: AwaitedCopies | undefined;
    }
  | { readonly type: "delete"; readonly key: string; readonly awaited: AwaitedCopies | undefined }
  | { readonly type: "add"; readonly amount: number; readonly awaited: AwaitedCopies | undefined };

/** What is asked of a map. */
export type MapMutation =
  | MapWrite
  /**
   * What a snapshot has kept: taken up when it has been compared with somebody, so that what was deleted meanwhile is
   * known to be seen; or when nobody has come for so long.
   */
  | { readonly type: "load"; readonly saved: Delta<unknown>; readonly patienceMs: number }
  /** Nobody is waited for any more: what a snapshot has kept is taken up now. */
  | { readonly type: "takeUp" }
  /** Nobody waits for copies any more. */
  | { readonly type: "unawait"; readonly ticket: number };

/** How many others must have told that they have it, before an event `mapKept` with this ticket. */
export interface AwaitedCopies {
  readonly ticket: number;
  readonly copies: number;
}

export interface MapRowChange {
  readonly key: string;
  /** None where it was deleted; several where writers did not know of each other, the one that counts first. */
  readonly values: readonly Uint8Array[];
}

/** What a map tells the node. */
export type MapEvent =
  /** `map` is what its store is called in the cluster, here and in the others. */
  | {
      readonly type: "mapChanged";
      readonly map: string;
      readonly changes: readonly MapRowChange[];
      /** Whether it was done here. */
      readonly isLocal: boolean;
    }
  | { readonly type: "mapKept"; readonly map: string; readonly ticket: number }
  /** What a snapshot has kept has been taken up. */
  | { readonly type: "mapLoaded"; readonly map: string }
  /** For the first time, all is here that somebody else has. */
  | { readonly type: "mapInStep"; readonly map: string; readonly holder: string }
  /** Our clock differs from the others' by more than clocks may, or does so no more. */
  | { readonly type: "mapClockOff"; readonly map: string; readonly offMs: number }
  /** Somebody speaks of a map that is not here. */
  | { readonly type: "storeUnknown"; readonly store: string }
  /** Rows were refused because they come from further in the future than clocks may differ. */
  | { readonly type: "mapFromFuture"; readonly map: string; readonly rows: number };
