/**
 * Many deadlines, one `next`: a binary heap with a row for each key.
 *
 * Parts that wait for several things (relays, suspicions, streams) keep them here and show the
 * earliest as their own deadline. Equal instants come out in the order in which they were set, so
 * that no trace hangs on the heap's shape.
 * @module
 */
import { NEVER } from "./time.ts";
import type { Instant } from "./time.ts";

interface Row<K> {
  readonly key: K;
  at: Instant;
  order: number;
  index: number;
}

export class Deadlines<K> {
  readonly #rows = new Map<K, Row<K>>();
  readonly #heap: Row<K>[] = [];
  #order = 0;

  /** The earliest deadline, or `NEVER`; for others to read. A field: it is looked up at every input. */
  next: Instant = NEVER;

  get size(): number {
    return this.#heap.length;
  }

  /** When `key` is due, or `NEVER`. */
  get(key: K): Instant {
    return this.#rows.get(key)?.at ?? NEVER;
  }

  /** Sets or moves the deadline of `key`. */
  set(key: K, at: Instant): void {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { key, at, order: this.#order++, index: this.#heap.length };
      this.#rows.set(key, row);
      this.#heap.push(row);
    } else {
      row.at = at;
      row.order = this.#order++;
    }
    this.#sink(this.#rise(row));
    this.next = (this.#heap[0] as Row<K>).at;
  }

  delete(key: K): boolean {
    const row = this.#rows.get(key);
    if (row === undefined) return false;
    this.#rows.delete(key);
    const last = this.#heap.pop() as Row<K>;
    if (last !== row) {
      this.#place(last, row.index);
      this.#sink(this.#rise(last));
    }
    this.next = this.#heap[0]?.at ?? NEVER;
    return true;
  }

  /** All of them, in the order in which they come out: what sets them again in this order has the same. */
  entries(): [key: K, at: Instant][] {
    const rows = [...this.#heap].sort((a, b) => (before(a, b) ? -1 : 1));
    return rows.map(({ key, at }) => [key, at]);
  }

  /** Takes out the earliest key that is due, or `undefined` if none is. */
  takeDue(now: Instant): K | undefined {
    if (this.next > now || this.#heap.length === 0) return undefined;
    const { key } = this.#heap[0] as Row<K>;
    this.delete(key);
    return key;
  }

  #rise(row: Row<K>): Row<K> {
    while (row.index > 0) {
      const parent = this.#heap[(row.index - 1) >> 1] as Row<K>;
      if (!before(row, parent)) break;
      const index = parent.index;
      this.#place(parent, row.index);
      this.#place(row, index);
    }
    return row;
  }

  #sink(row: Row<K>): void {
    for (;;) {
      const left = this.#heap[2 * row.index + 1];
      const right = this.#heap[2 * row.index + 2];
      const least = left !== undefined && right !== undefined && before(right, left) ? right : left;
      if (least === undefined || !before(least, row)) return;
      const index = least.index;
      this.#place(least, row.index);
      this.#place(row, index);
    }
  }

  #place(row: Row<K>, index: number): void {
    this.#heap[index] = row;
    row.index = index;
  }
}

function before<K>(a: Row<K>, b: Row<K>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
