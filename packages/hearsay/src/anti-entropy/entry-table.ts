/**
 * Entries in columns, with the two orders in which comparisons look at them.
 *
 *     key ─▶ slot      keys  values  stamps  origins │ position, fingerprint ─▶ tree │ time ─▶ index
 *
 * About a hundred bytes an entry beside its key and value: there may be millions.
 * @module
 */
import { FingerprintTree, grown } from "./fingerprint-tree.ts";
import { positionOf, versionOf } from "./entry.ts";
import type { Certificate, Entry } from "./entry.ts";
import { TimeIndex } from "./time-index.ts";

const FIRST_CAPACITY = 64;

export class EntryTable<V> {
  readonly tree: FingerprintTree;
  readonly times: TimeIndex;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #values: (V | undefined)[] = [];
  readonly #certificates = new Map<number, Certificate>();
  /** Names of origins, and the place of each in that list. */
  readonly #origins: string[] = [];
  readonly #originPlaces = new Map<string, number>();
  #stamps = new Float64Array(FIRST_CAPACITY);
  #originOf = new Uint32Array(FIRST_CAPACITY);
  readonly #free: number[] = [];

  constructor(maxDepth: number) {
    this.tree = new FingerprintTree(maxDepth);
    this.times = new TimeIndex((slot) => this.timeOf(slot));
  }

  /** Certificates included. */
  get size(): number {
    return this.#slots.size;
  }

  get certificateCount(): number {
    return this.#certificates.size;
  }

  get originCount(): number {
    return this.#origins.length;
  }

  hasOrigin(origin: string): boolean {
    return this.#originPlaces.has(origin);
  }

  slotOf(key: string): number | undefined {
    return this.#slots.get(key);
  }

  at(slot: number): Entry<V> {
    return {
      key: this.#keys[slot] as string,
      stamp: this.#stamps[slot] as number,
      origin: this.#origins[this.#originOf[slot] as number] as string,
      value: this.#values[slot],
      certificate: this.#certificates.get(slot),
    };
  }

  get(key: string): Entry<V> | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.at(slot);
  }

  valueOf(key: string): V | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.#values[slot];
  }

  timeOf(slot: number): number {
    return this.#certificates.get(slot)?.activation ?? (this.#stamps[slot] as number);
  }

  stampOf(slot: number): number {
    return this.#stamps[slot] as number;
  }

  /** Who made the entry of a slot news. */
  newsOriginOf(slot: number): string {
    return (
      this.#certificates.get(slot)?.by ?? (this.#origins[this.#originOf[slot] as number] as string)
    );
  }

  certificates(): IterableIterator<[slot: number, certificate: Certificate]> {
    return this.#certificates.entries();
  }

  *entries(): IterableIterator<Entry<V>> {
    for (const slot of this.#slots.values()) yield this.at(slot);
  }

  /** Puts an entry in the place of what was known of its key. */
  put(entry: Entry<V>): void {
    const { key, stamp, origin, value, certificate } = entry;
    const known = this.#slots.get(key);
    if (known !== undefined) this.#unindex(known);
    const slot = known ?? this.#free.pop() ?? this.#keys.length;
    if (slot >= this.#stamps.length) this.#makeRoom(slot + 1);
    if (known === undefined) {
      this.#slots.set(key, slot);
      this.#keys[slot] = key;
    }
    this.#values[slot] = value;
    this.#stamps[slot] = stamp;
    this.#originOf[slot] = this.#placeOf(origin);
    if (certificate === undefined) this.#certificates.delete(slot);
    else this.#certificates.set(slot, certificate);
    const position = known === undefined ? positionOf(key) : this.tree.positionOf(slot);
    const { high, low } = versionOf(entry);
    this.tree.add(slot, position, high, low);
    this.times.add(slot);
  }

  delete(slot: number): void {
    this.#unindex(slot);
    this.#slots.delete(this.#keys[slot] as string);
    this.#keys[slot] = "";
    this.#values[slot] = undefined;
    this.#certificates.delete(slot);
    this.#free.push(slot);
  }

  #unindex(slot: number): void {
    this.tree.delete(slot);
    this.times.delete(slot);
  }

  #placeOf(origin: string): number {
    const known = this.#originPlaces.get(origin);
    if (known !== undefined) return known;
    const place = this.#origins.push(origin) - 1;
    this.#originPlaces.set(origin, place);
    return place;
  }

  #makeRoom(slots: number): void {
    const capacity = Math.ceil(1.5 * slots);
    this.#stamps = grown(this.#stamps, new Float64Array(capacity));
    this.#originOf = grown(this.#originOf, new Uint32Array(capacity));
  }
}
