/**
 * Causal stability (Baquero, Almeida, Shoker 2014): which mutations everybody has seen, so that nothing can come any more
 * that does not know of them.
 *
 *     ann has seen   ann 1-7   bob 1-4
 *     bob has seen   ann 1-5   bob 1-6        stable, once we too have seen ann 1-7 and bob 1-6:   ann 1-5   bob 1-4
 *
 * A report counts when we have seen all that it has: what its replica wrote before it saw the stable mutations is then
 * here, and what it writes later comes after them.
 * @module
 */
import { DotSet } from "./dots.ts";
import type { DotRuns } from "./dots.ts";

/** What a `CausalStability` has been told: each report that counts, and each that waits. */
export interface SavedStability {
  readonly counted: readonly (readonly [replica: string, context: DotRuns | undefined])[];
  readonly waiting: readonly (readonly [replica: string, context: DotRuns])[];
}

export class CausalStability {
  /** The last report of each replica that counts; `undefined` for those that have none. */
  readonly #counted = new Map<string, DotSet | undefined>();
  /** Newer ones, of which we lack something. */
  readonly #waiting = new Map<string, DotSet>();

  /** Who must have seen what is stable: all who may write, oneself left out. Who is new counts from now on. */
  setReplicas(replicas: Iterable<string>): void {
    const all = new Set(replicas);
    for (const replica of this.#counted.keys()) {
      if (all.has(replica)) continue;
      this.#counted.delete(replica);
      this.#waiting.delete(replica);
    }
    for (const replica of all) {
      if (!this.#counted.has(replica)) this.#counted.set(replica, undefined);
    }
  }

  /** A replica has told what it has seen. Of strangers it is not kept. */
  report(replica: string, context: DotRuns): void {
    if (this.#counted.has(replica)) this.#waiting.set(replica, DotSet.from(context));
  }

  /** What all have seen, given what we have seen; nothing before each of them has told. */
  stable(own: DotRuns): DotRuns {
    const seen = DotSet.from(own);
    let stable = seen;
    for (const replica of this.#counted.keys()) {
      const waiting = this.#waiting.get(replica);
      if (waiting !== undefined && seen.covers(waiting)) {
        this.#counted.set(replica, waiting);
        this.#waiting.delete(replica);
      }
      const counted = this.#counted.get(replica);
      if (counted === undefined) return [];
      stable = stable.intersection(counted);
    }
    return stable.toRuns();
  }

  save(): SavedStability {
    return {
      counted: [...this.#counted].map(([replica, context]) => [replica, context?.toRuns()]),
      waiting: [...this.#waiting].map(([replica, context]) => [replica, context.toRuns()]),
    };
  }

  /** Of a fresh one. */
  restore({ counted, waiting }: SavedStability): void {
    for (const [replica, context] of counted) {
      this.#counted.set(replica, context && DotSet.from(context));
    }
    for (const [replica, context] of waiting) this.#waiting.set(replica, DotSet.from(context));
  }
}
