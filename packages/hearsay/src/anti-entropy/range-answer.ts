/**
 * An answer about ranges as it grows, within its bytes.
 *
 * What has no room any more is put off by saying the sum of its range: the other side compares again, and comes back.
 * @module
 */
import type { Entry } from "./entry.ts";
import type { Sum } from "./fingerprint-tree.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { KeyedStore } from "./keyed-store.ts";
import { RANGE_BYTES, SUM_BYTES, VERSION_BYTES, VersionList, versionKey } from "./range-words.ts";
import type { Range, RangeSum, RangeVersions, RangeWords } from "./range-words.ts";

/** Bytes of words without what is in them. */
const OVERHEAD_BYTES = 64;

export class RangeAnswer<V> {
  readonly #store: KeyedStore<V>;
  readonly #strategy: number;
  readonly #gives: boolean;
  readonly #wants: boolean;
  readonly #sums: RangeSum[] = [];
  readonly #have: RangeVersions[] = [];
  readonly #ask: RangeVersions[] = [];
  readonly #whole: Range[] = [];
  readonly #rest: Range[] = [];
  readonly #entries: Entry<V>[] = [];
  #left: number;

  constructor(
    store: KeyedStore<V>,
    strategy: number,
    gives: boolean,
    wants: boolean,
    maxBytes: number,
  ) {
    this.#store = store;
    this.#strategy = strategy;
    this.#gives = gives;
    this.#wants = wants;
    this.#left = maxBytes - OVERHEAD_BYTES;
  }

  sumOf({ from, last }: Range): Sum {
    return this.#store.table.tree.sum(from, last + 1);
  }

  /** Says the sum of a range, if there is room. */
  sum(range: Range): void {
    if (!this.#take(SUM_BYTES)) return;
    const { from, last } = range;
    const { high, low } = this.sumOf(range);
    this.#sums.push({ from, last, high, low });
  }

  /** Says the sums of all parts of a range, or its own. */
  sums(parts: readonly Range[], whole: Range): void {
    if (this.#left < parts.length * SUM_BYTES) return this.sum(whole);
    for (const part of parts) this.sum(part);
  }

  /** Says which versions are in a range. */
  list(range: Range): void {
    const { tree } = this.#store.table;
    const { from, last } = range;
    if (!this.#take(RANGE_BYTES + VERSION_BYTES * this.sumOf(range).count)) return this.sum(range);
    const versions = new VersionList();
    for (const slot of tree.slots(from, last + 1)) {
      versions.add(tree.highOf(slot), tree.lowOf(slot));
    }
    this.#have.push({ from, last, versions: versions.toBytes() });
  }

  /** Asks for versions in a range. */
  ask(range: Range, wanted: readonly Fingerprint[]): void {
    if (wanted.length === 0) return;
    if (!this.#take(RANGE_BYTES + VERSION_BYTES * wanted.length)) return this.sum(range);
    const versions = new VersionList();
    for (const { high, low } of wanted) versions.add(high, low);
    this.#ask.push({ from: range.from, last: range.last, versions: versions.toBytes() });
  }

  giveThese(range: Range, wanted: ReadonlyMap<number, unknown>): void {
    this.#giveWhere(range, (version) => wanted.has(version));
  }

  giveAllBut(range: Range, known: ReadonlySet<number>): void {
    this.#giveWhere(range, (version) => !known.has(version));
  }

  /** As much of the contents of ranges as there is room for, leaf by leaf; of the others, that their turn will come. */
  ship(ranges: readonly Range[]): void {
    for (const [i, range] of ranges.entries()) {
      const end = this.#shipRange(range);
      if (end > range.from) this.#whole.push({ from: range.from, last: end - 1 });
      if (end > range.last) continue;
      this.#rest.push({ from: end, last: range.last }, ...ranges.slice(i + 1));
      return;
    }
  }

  /** The turn of these will come. */
  later(ranges: readonly Range[]): void {
    this.#rest.push(...ranges.map(({ from, last }) => ({ from, last })));
  }

  /** Nothing, if there is nothing to say. */
  words(): RangeWords<V> | undefined {
    const [sums, have, ask] = [this.#sums, this.#have, this.#ask];
    const [whole, rest, entries] = [this.#whole, this.#rest, this.#entries];
    const isEmpty = [sums, have, ask, whole, rest, entries].every((part) => part.length === 0);
    if (isEmpty) return undefined;
    const [strategy, gives, wants] = [this.#strategy, this.#gives, this.#wants];
    return { strategy, gives, wants, sums, have, ask, whole, rest, entries };
  }

  #giveWhere(range: Range, isWanted: (version: number) => boolean): void {
    const { table } = this.#store;
    const { tree } = table;
    for (const slot of tree.slots(range.from, range.last + 1)) {
      if (!isWanted(versionKey(tree.highOf(slot), tree.lowOf(slot)))) continue;
      if (!this.#add(table.at(slot))) return this.sum(range);
    }
  }

  /** Returns up to where there was room. */
  #shipRange({ from, last }: Range): number {
    const { tree } = this.#store.table;
    let at = from;
    while (at <= last) {
      const leafEnd = Math.min(last + 1, tree.leafEnd(at));
      const end = this.#shipLeaf(at, leafEnd);
      if (end < leafEnd) return end;
      at = leafEnd;
    }
    return at;
  }

  /** All of a leaf, or else nothing; but a message without anything in it would say the same again, for ever. */
  #shipLeaf(from: number, end: number): number {
    const { table, field } = this.#store;
    const slots = [...table.tree.slots(from, end)];
    if (slots.length === 0) return end;
    const leaf = slots.map((slot) => table.at(slot));
    if (this.#take(field.sizeOf(leaf) + RANGE_BYTES)) {
      this.#entries.push(...leaf);
      return end;
    }
    if (this.#entries.length > 0) return from;
    slots.sort((a, b) => table.tree.positionOf(a) - table.tree.positionOf(b));
    for (const slot of slots) {
      if (this.#add(table.at(slot))) continue;
      const position = table.tree.positionOf(slot);
      // What no message can hold is left out.
      return this.#entries.length > 0 && position > from ? position : position + 1;
    }
    return end;
  }

  #add(entry: Entry<V>): boolean {
    // The list's header is counted with each: there is always a little more room than was claimed.
    if (!this.#take(this.#store.field.sizeOf([entry]))) return false;
    this.#entries.push(entry);
    return true;
  }

  /** Claims room. */
  #take(bytes: number): boolean {
    if (this.#left < bytes) return false;
    this.#left -= bytes;
    return true;
  }
}
