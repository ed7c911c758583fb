/**
 * Who else holds a map, and what all of them have seen.
 *
 *     words of ann  12:00:07   has seen  ann 1-7  bob 1-4        stable, and old enough: forgotten
 *     words of bob  12:00:09             ann 1-5  bob 1-6
 *     words of cee  yesterday            ―                       waited for no longer
 *
 * They are known by the words that they send. The time is for those of whom a node that has just started does not know
 * yet that they hold it, and who bring what nobody else has seen.
 * @module
 */
import { CausalStability } from "../../crdt/index.ts";
import type { DotRuns, SavedStability } from "../../crdt/index.ts";
import type { Instant } from "../../kernel/index.ts";

/** Nodes whose reports are remembered. */
const MAX_HOLDERS = 4096;

export interface SavedHolders {
  readonly stability: SavedStability;
  readonly heardAt: readonly (readonly [holder: string, at: Instant])[];
}

export class Holders {
  readonly #stability = new CausalStability();
  readonly #heardAt = new Map<string, Instant>();

  /** As far as is known. */
  get names(): readonly string[] {
    return [...this.#heardAt.keys()];
  }

  /** Somebody has spoken; false if there are too many to remember one more. */
  heard(holder: string, now: Instant): boolean {
    if (!this.#heardAt.has(holder)) {
      if (this.#heardAt.size >= MAX_HOLDERS) return false;
      this.#heardAt.set(holder, now);
      this.#stability.setReplicas(this.#heardAt.keys());
    }
    this.#heardAt.set(holder, now);
    return true;
  }

  /** Somebody has seen all this. */
  report(holder: string, context: DotRuns): void {
    this.#stability.report(holder, context);
  }

  /** What all have seen who were heard of in the last `patienceMs`; the others are waited for no longer. */
  stable(own: DotRuns, now: Instant, patienceMs: number): DotRuns {
    for (const [holder, at] of this.#heardAt) {
      if (now - at > patienceMs) this.#heardAt.delete(holder);
    }
    this.#stability.setReplicas(this.#heardAt.keys());
    return this.#stability.stable(own);
  }

  save(): SavedHolders {
    return { stability: this.#stability.save(), heardAt: [...this.#heardAt] };
  }

  restore({ stability, heardAt }: SavedHolders): void {
    this.#stability.restore(stability);
    for (const [holder, at] of heardAt) this.#heardAt.set(holder, at);
  }
}
