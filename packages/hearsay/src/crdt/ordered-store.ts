/**
 * One row for each key, the greatest: what counters, grow-only sets and last-writer-wins types are made of.
 *
 *     order, then replica, then number       a total order, the same everywhere
 *
 * A row supersedes what is less, whoever has seen what; a delta need tell only of dots that the other lacks. What is
 * deleted stays as a row without a value, until all have seen it: then none of those who write can write
 * something less, and it is forgotten. `floor` carries the greatest order that was forgotten to those who join
 * later.
 * @module
 */
import type { Delta, Row } from "./delta-crdt.ts";
import { DeltaStore } from "./delta-store.ts";
import { DotSet } from "./dots.ts";
import type { DotRuns } from "./dots.ts";

export abstract class OrderedStore<V> extends DeltaStore<V> {
  readonly #rows = new Map<string, Row<V>>();
  #deleted = 0;

  /** Deleted keys that are still remembered. */
  get tombstones(): number {
    return this.#deleted;
  }

  /** `before` spares what is as late as this, or later. */
  override prune(stable: DotRuns, before: number = Infinity): number {
    if (this.#deleted === 0) return 0;
    const dots = DotSet.from(stable);
    let pruned = 0;
    for (const [key, { replica, number, order, value }] of this.#rows) {
      if (value !== undefined || order >= before || !dots.has(replica, number)) continue;
      this.#rows.delete(key);
      this.floor = Math.max(this.floor, order);
      pruned++;
    }
    this.#deleted -= pruned;
    return pruned;
  }

  protected get entryCount(): number {
    return this.#rows.size;
  }

  protected rows(): Iterable<Row<V>> {
    return this.#rows.values();
  }

  protected row(key: string): Row<V> | undefined {
    return this.#rows.get(key);
  }

  protected holds(key: string): boolean {
    return this.#rows.has(key);
  }

  protected write(key: string, order: number, value: V | undefined): Delta<V> {
    const known = this.#rows.get(key);
    return this.mutate(key, order, value, DotSet.of(known === undefined ? [] : [known]));
  }

  protected join(fresh: readonly Row<V>[]): string[] {
    const changed = new Set<string>();
    for (const row of fresh) {
      const known = this.#rows.get(row.key);
      if (known !== undefined && !isGreater(row, known)) continue;
      this.#rows.set(row.key, row);
      this.#deleted +=
        (row.value === undefined ? 1 : 0) - (known && known.value === undefined ? 1 : 0);
      changed.add(row.key);
    }
    return [...changed];
  }
}

function isGreater(a: Row<unknown>, b: Row<unknown>): boolean {
  if (a.order !== b.order) return a.order > b.order;
  if (a.replica !== b.replica) return a.replica > b.replica;
  return a.number > b.number;
}
