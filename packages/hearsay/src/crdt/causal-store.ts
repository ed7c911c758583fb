/**
 * As many rows for each key as were written without knowing of each other: what observed-remove sets and multi-value
 * registers are made of.
 *
 *     mine  {a1, a2, b1}  seen a1-2 b1       theirs  {a1, b2}  seen a1-2 b1-2
 *     joined  a1  in both                    a2, b1  seen by them, and gone: removed
 *             b2  not seen by me: added
 *
 * A removal leaves nothing behind: a dot that was seen and has no row is gone. So there are no tombstones, and nothing
 * that was removed comes back.
 *
 * A context never tells of a dot without all that the dot has removed; otherwise two could have seen the same and
 * differ, and never find out. A delta that supersedes a row which has itself superseded others therefore tells of all
 * dots that are gone, for nobody remembers which they were. Gone dots lie side by side: they are few runs.
 * @see docs/protocols/crdts.md
 * @module
 */
import type { Delta, RefusalReason, Row } from "./delta-crdt.ts";
import { DeltaStore } from "./delta-store.ts";
import { DotSet } from "./dots.ts";

/** Rows of one key that were written without knowing of each other; more than writers that meet at one key. */
const MAX_SIBLINGS = 1024;

export abstract class CausalStore<V> extends DeltaStore<V> {
  readonly #rows = new Map<string, readonly Row<V>[]>();
  /** The row of each live dot, so that a removal finds it. */
  readonly #live = new Map<string, Map<number, Row<V>>>();
  #liveCount = 0;
  /** Dots that were seen and have no row. */
  readonly #gone = new DotSet();

  protected get entryCount(): number {
    return this.#rows.size;
  }

  protected keys(): MapIterator<string> {
    return this.#rows.keys();
  }

  protected siblings(key: string): readonly Row<V>[] {
    return this.#rows.get(key) ?? [];
  }

  protected holds(key: string): boolean {
    return this.#rows.has(key);
  }

  protected *rows(): Iterable<Row<V>> {
    for (const siblings of this.#rows.values()) yield* siblings;
  }

  /** All but the rows that both have. */
  protected override told(theirs: DotSet): DotSet {
    const told = this.seen.minus(theirs);
    told.addAll(this.#gone);
    return told;
  }

  protected override toldOfSome(rows: readonly Row<V>[]): DotSet {
    const told = DotSet.of(rows);
    told.addAll(this.#gone);
    return told;
  }

  protected override toldWithout(refused: readonly Row<V>[], claimed: DotSet): DotSet {
    return claimed.minus(DotSet.of(refused));
  }

  /** Puts one row in the place of all that is known here. */
  protected replace(key: string, value: V): Delta<V> {
    const siblings = this.siblings(key);
    return this.mutate(key, siblings.length === 0 ? 0 : 1, value, this.#superseded(siblings));
  }

  protected remove(key: string): Delta<V> {
    return this.mutate(key, 1, undefined, this.#superseded(this.siblings(key)), false);
  }

  #superseded(siblings: readonly Row<V>[]): DotSet {
    const haveSuperseded = siblings.some(({ order }) => order > 0);
    return haveSuperseded ? this.toldOfSome(siblings) : DotSet.of(siblings);
  }

  protected override refusal({ key, value, order }: Row<V>): RefusalReason | undefined {
    if (value === undefined || order > 1) return "illFormed";
    return this.siblings(key).length < MAX_SIBLINGS ? undefined : "tooManyEntries";
  }

  protected join(fresh: readonly Row<V>[], told: DotSet, listed: readonly Row<V>[]): string[] {
    const changed = new Set<string>();
    const kept = new Set<Row<V>>();
    for (const { replica, number } of listed) {
      const row = this.#live.get(replica)?.get(number);
      if (row !== undefined) kept.add(row);
    }
    for (const row of this.#among(told)) {
      if (kept.has(row)) continue;
      this.#drop(row);
      changed.add(row.key);
    }
    this.#gone.addAll(told.minus(DotSet.of([...fresh, ...kept])));
    for (const row of fresh) {
      const numbers = this.#live.get(row.replica) ?? new Map<number, Row<V>>();
      // A dot comes twice only from somebody who lies.
      if (numbers.has(row.number)) continue;
      this.#live.set(row.replica, numbers.set(row.number, row));
      this.#rows.set(row.key, [...this.siblings(row.key), row].sort(byDot));
      this.#liveCount++;
      changed.add(row.key);
    }
    return [...changed];
  }

  /** Our rows whose dots are in a set, by the way that is shorter. */
  #among(told: DotSet): Row<V>[] {
    if (told.size > this.#liveCount) {
      return [...this.rows()].filter((row) => told.has(row.replica, row.number));
    }
    return [...told].flatMap(({ replica, number }) => this.#live.get(replica)?.get(number) ?? []);
  }

  #drop(row: Row<V>): void {
    const numbers = this.#live.get(row.replica);
    numbers?.delete(row.number);
    if (numbers?.size === 0) this.#live.delete(row.replica);
    this.#liveCount--;
    const left = this.siblings(row.key).filter((other) => other !== row);
    if (left.length === 0) this.#rows.delete(row.key);
    else this.#rows.set(row.key, left);
  }
}

/** The same order at every replica. */
function byDot(a: Row<unknown>, b: Row<unknown>): number {
  if (a.replica !== b.replica) return a.replica < b.replica ? -1 : 1;
  return a.number - b.number;
}
