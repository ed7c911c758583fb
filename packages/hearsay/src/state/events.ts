/**
 * What an application asks of the state of nodes, and what it is told.
 * @module
 */
import type { Address } from "../kernel/index.ts";

export type StateCommand =
  /** A key of our own; `ttlMs` of 0 for one that stays. */
  | {
      readonly type: "set";
      readonly key: string;
      readonly value: Uint8Array;
      readonly ttlMs: number;
    }
  | { readonly type: "delete"; readonly key: string }
  /** Where the seeds are now. */
  | { readonly type: "seeds"; readonly addresses: readonly Address[] };

/** Why a key has no value any more. */
export type StateLoss =
  /** Its owner has deleted it. */
  | "deleted"
  /** Its time was over. */
  | "expired"
  /** Its owner has started anew, without it. */
  | "restarted"
  /** Its owner has failed, left, or was forgotten. */
  | "memberGone";

/** A key has another value, or none. */
export interface StateChanged {
  readonly type: "stateChanged";
  /** Name of the member whose key it is. */
  readonly owner: string;
  readonly key: string;
  /** `undefined` where it has none any more. */
  readonly value: Uint8Array | undefined;
  readonly generation: number;
  readonly version: number;
  /** `set`, or why it is gone. */
  readonly reason: "set" | StateLoss;
}

/** Others hold more for our state than we have written, of an earlier run or of a liar's: ours begins a new run. */
export interface StateDefended {
  readonly type: "stateDefended";
  readonly generation: number;
}
