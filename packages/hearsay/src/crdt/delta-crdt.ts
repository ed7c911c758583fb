/**
 * The one contract of all replicated types here: a state that only grows, told in pieces.
 *
 *     ann.add("x") ──▶ delta ──┬──▶ bob.merge(delta)          at once, by any road, any number of times
 *                              └──▶ lost
 *     bob.context() ──────────────▶ ann.delta(context) ──▶ bob.merge(…)     what is missing, later
 *
 * The laws, which `latticeConformance` tries on any type: merging is commutative, associative and idempotent; a
 * delta merged is the mutation merged; deltas in any order, several times, come to the same as whole states. Two
 * replicas that have seen the same dots have the same value.
 * @see docs/protocols/crdts.md
 * @module
 */
import type { Dot, DotRuns } from "./dots.ts";

/** What one mutation has put somewhere. Never changed once it is made: states and deltas share it. */
export interface Row<V> extends Dot {
  /** Where: an element, a key, a replica's name, or "" where there is but one place. */
  readonly key: string;
  /** Where only one row can be, the greater wins. Elsewhere 1 if it has taken the place of others, and 0 if not. */
  readonly order: number;
  /** `undefined` says that what was here is deleted. */
  readonly value: V | undefined;
}

/** A part of a state, or a whole one. */
export interface Delta<V> {
  /** The dots that it tells about; of those without a row, it tells that they have been superseded. */
  readonly context: DotRuns;
  readonly rows: readonly Row<V>[];
  /** The greatest `order` that its sender has ever forgotten; new rows are to be greater. */
  readonly floor: number;
}

/** Why something was not merged: counted, and no more than that. */
export type RefusalReason =
  /** There is no room for another key. */
  | "tooManyEntries"
  /** There is no room for another replica. */
  | "tooManyReplicas"
  /** What has been seen has more gaps than can be remembered. */
  | "tooManyRuns"
  /** A stamp further ahead of our clock than clocks may differ. */
  | "clockAhead"
  /** A number so far beyond what was known that nobody can have counted to it. */
  | "leap"
  /** A row that this type never makes. */
  | "illFormed";

export type Refusals = Readonly<Record<RefusalReason, number>>;

export interface MergeOutcome {
  /** Keys whose rows are others now, each once. */
  readonly changed: readonly string[];
  /** Rows that were refused; they count as not seen, so that they are told again. */
  readonly refused: number;
}

/** What can be merged. */
export interface Lattice<D> {
  /**
   * The least state that holds both. `wallMs` is the host's wall clock, in ms since 1970; only types with a clock
   * ask for it.
   */
  merge(delta: D, wallMs?: number): MergeOutcome;
}

/** Tells nothing: what a mutation gives that has changed nothing. */
export const NO_DELTA: Delta<never> = { context: [], rows: [], floor: 0 };

/** A replicated type. */
export interface DeltaCrdt<V> extends Lattice<Delta<V>> {
  /** Names whose mutations these are: unique in the cluster, and never used again after its state was lost. */
  readonly replica: string;
  /** What has been seen: the digest of anti-entropy. Equal contexts are equal values. */
  context(): DotRuns;
  /**
   * What somebody who has seen `since` lacks, in at most `maxRows` rows: ask again until the contexts are equal.
   * `hasRoom` is asked of each row but the first whether it may go with it, for who counts in bytes.
   */
  delta(since?: DotRuns, maxRows?: number, hasRoom?: (row: Row<V>) => boolean): Delta<V>;
  /** Forgets what is kept only for those who had not seen it; returns how much. `stable` is what all have seen. */
  prune(stable: DotRuns): number;
  /** All of its state, as plain data. */
  save(): Delta<V>;
  /** Of an empty one. */
  restore(saved: Delta<V>): void;
}
