/**
 * A keyed store whose last writer wins, and in which what was deleted stays deleted: Demers' database.
 *
 *     set, delete ──▶ ┌─────────────────────┐ ◀── entries of others
 *                     │ values certificates │ ── what is young enough to be compared
 *                     └─────────┬───────────┘
 *                 older than activeMs │           at a retention site of the certificate
 *                               ▼                 ┌─────────┐ meets an older value: awakened, young again
 *                           forgotten    or ────▶ │ dormant │ after dormantMs: forgotten
 *                                                 └─────────┘
 *
 * Promise: of each key the entry with the greatest stamp. A deletion cancels older values wherever they turn up, for
 * `activeMs` at every node and for `dormantMs` more as long as one retention site lives; then it is forgotten, and a copy that
 * was hidden for so long comes back.
 * @see Demers et al. 1987, sections 1.1 and 2
 * @module
 */
import { bytes, utf8Size } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { Deadlines, HearsayError, optionError } from "../kernel/index.ts";
import type { Instant, NodeEvent, Rng, Saved } from "../kernel/index.ts";
import { EntryTable } from "./entry-table.ts";
import {
  entriesField,
  isNewer,
  MAX_KEY_BYTES,
  newsTimeOf,
  read,
  TICKS_PER_MS,
  write,
} from "./entry.ts";
import type { Entry } from "./entry.ts";
import { resolveKeyedStoreOptions } from "./keyed-store-options.ts";
import type { KeyedStoreLimits, KeyedStoreOptions } from "./keyed-store-options.ts";
import type { Store, StoreTurn } from "./store.ts";

export type KeyedMutation<V> =
  | { readonly type: "set"; readonly key: string; readonly value: V }
  | { readonly type: "delete"; readonly key: string };

/** A key has another value, or none. */
export interface EntryChanged<V> extends NodeEvent {
  readonly type: "entryChanged";
  readonly key: string;
  readonly value: V | undefined;
}

interface SavedKeyedStore<V> {
  readonly entries: readonly Entry<V>[];
  readonly dormant: readonly Entry<V>[];
  readonly vector: ReadonlyMap<string, number>;
  readonly last: number;
}

/** Certificates that are looked at in one round. */
const EXPIRED_PER_ROUND = 4096;

export class KeyedStore<V = Uint8Array | undefined> implements Store {
  readonly origin: string;
  /** To read: comparisons look at it. */
  readonly table: EntryTable<V>;
  /** Entries on the wire. */
  readonly field: Field<readonly Entry<V>[]>;
  readonly #limits: KeyedStoreLimits;
  readonly #value: Field<V>;
  readonly #activeMs: number;
  readonly #dormantMs: number;
  readonly #retentionSites: number;
  readonly #drawSites: (count: number, rng: Rng) => readonly string[];
  readonly #maxAheadMs: number;
  readonly #dormant = new Map<string, Entry<V>>();
  /** When each certificate, young or dormant, is to be looked at: on the wall clock. */
  readonly #expiries = new Deadlines<string>();
  /** Up to which time everything is here that an origin made news: what all of its younger entries are told by. */
  readonly #vector = new Map<string, number>();
  #last = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(options: KeyedStoreOptions<V>) {
    const resolved = resolveKeyedStoreOptions(options);
    const { origin, limits, value, drawSites } = resolved;
    this.origin = origin;
    this.#value = value ?? (bytes(limits.maxValueBytes) as Field<unknown> as Field<V>);
    this.field = entriesField(this.#value);
    this.table = new EntryTable<V>(limits.maxDepth);
    this.#limits = limits;
    this.#activeMs = resolved.activeMs;
    this.#dormantMs = resolved.dormantMs;
    this.#retentionSites = resolved.retentionSites;
    this.#drawSites = drawSites;
    this.#maxAheadMs = resolved.maxAheadMs;
  }

  /** Keys with values. */
  get size(): number {
    return this.table.size - this.table.certificateCount;
  }

  /** Deletions that are remembered: by all, and by us as a retention site. */
  get certificates(): { readonly active: number; readonly dormant: number } {
    return { active: this.table.certificateCount, dormant: this.#dormant.size };
  }

  get(key: string): V | undefined {
    return this.table.valueOf(key);
  }

  *entries(): IterableIterator<[key: string, value: V]> {
    for (const { key, value } of this.table.entries()) if (value !== undefined) yield [key, value];
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL` */
  set(key: string, value: V, wallMs: number): Entry<V> {
    this.#checkKey(key);
    const { maxValueBytes } = this.#limits;
    if (value === undefined)
      throw optionError("value", "a value; delete is another mutation", value);
    const size = this.#value.sizeOf(value);
    if (size > maxValueBytes) {
      throw new HearsayError(
        "ERR_MESSAGE_TOO_LARGE",
        `a value of ${size} bytes, at most ${maxValueBytes}`,
      );
    }
    return this.#write({ key, value, certificate: undefined }, wallMs);
  }

  /** Leaves a certificate, also where nothing is known: what others have set until now is to go as well. */
  delete(key: string, wallMs: number, rng: Rng): Entry<V> {
    this.#checkKey(key);
    const sites = this.#retentionSites === 0 ? [] : this.#drawSites(this.#retentionSites, rng);
    const certificate = { activation: 0, by: this.origin, sites };
    return this.#write({ key, value: undefined, certificate }, wallMs);
  }

  mutate(mutation: Saved, turn: StoreTurn): Uint8Array {
    const asked = mutation as KeyedMutation<V>;
    const entry =
      asked.type === "set"
        ? this.set(asked.key, asked.value, turn.wallMs)
        : this.delete(asked.key, turn.wallMs, turn.rng);
    this.#tell(entry, turn);
    return write(this.field, [entry]);
  }

  merge(delta: Uint8Array, turn: StoreTurn): boolean {
    return this.takeAll(read(this.field, delta), turn);
  }

  /** Takes up what is newer; whether anything was. */
  takeAll(entries: readonly Entry<V>[], turn: StoreTurn): boolean {
    let gained = false;
    for (const entry of entries) if (this.take(entry, turn)) gained = true;
    return gained;
  }

  take(entry: Entry<V>, turn: StoreTurn): boolean {
    const refusal = this.#refusal(entry, turn.wallMs);
    if (refusal !== undefined) {
      turn.drop(refusal);
      return false;
    }
    const { key, certificate } = entry;
    const known = this.table.get(key);
    if (known !== undefined && !isNewer(entry, known)) return false;
    const dormant = this.#dormant.get(key);
    if (dormant !== undefined && !isNewer(entry, dormant)) {
      if (certificate === undefined) this.#awaken(dormant, turn);
      return false;
    }
    this.#last = Math.max(this.#last, newsTimeOf(entry));
    this.#dormant.delete(key);
    if (certificate !== undefined && turn.wallMs >= this.#expiryOf(entry)) {
      // Everybody forgets it by now; what it cancels goes all the same, and nobody is told.
      if (known === undefined) return false;
      this.#put(entry);
      this.#expire(key, turn.wallMs);
    } else this.#put(entry);
    this.#tell(entry, turn);
    return true;
  }

  /** Puts certificates that are old enough to sleep, and forgets those that have slept enough. */
  tend(turn: StoreTurn): void {
    const wall = turn.wallMs as Instant;
    for (let i = 0; i < EXPIRED_PER_ROUND; i++) {
      const key = this.#expiries.takeDue(wall);
      if (key === undefined) return;
      this.#expire(key, turn.wallMs);
    }
  }

  /** Up to which time everything that an origin made news is here. */
  get vector(): ReadonlyMap<string, number> {
    return this.#vector;
  }

  /** All that an origin made news until then is here now. */
  raise(origin: string, time: number): void {
    if (time <= (this.#vector.get(origin) ?? 0)) return;
    if (this.#vector.has(origin) || this.#vector.size < this.#limits.maxOrigins) {
      this.#vector.set(origin, time);
    }
  }

  save(): SavedKeyedStore<V> {
    const [entries, dormant] = [[...this.table.entries()], [...this.#dormant.values()]];
    return { entries, dormant, vector: new Map(this.#vector), last: this.#last };
  }

  restore(saved: Saved): void {
    const { entries, dormant, vector, last } = saved as SavedKeyedStore<V>;
    for (const entry of entries) this.#put(entry);
    for (const entry of dormant) this.#sleep(entry);
    for (const [origin, time] of vector) this.#vector.set(origin, time);
    this.#last = last;
  }

  #checkKey(key: unknown): void {
    if (typeof key !== "string" || utf8Size(key) > MAX_KEY_BYTES) {
      throw optionError("key", `text of at most ${MAX_KEY_BYTES} bytes`, key);
    }
  }

  #write(written: Pick<Entry<V>, "key" | "value" | "certificate">, wallMs: number): Entry<V> {
    const { maxEntries } = this.#limits;
    const { key, value } = written;
    if (this.table.size >= maxEntries && this.table.slotOf(key) === undefined) {
      throw new HearsayError(
        "ERR_QUEUE_FULL",
        `limits.maxEntries: there are ${maxEntries} entries`,
      );
    }
    const stamp = this.#tick(wallMs);
    const certificate = written.certificate && { ...written.certificate, activation: stamp };
    const entry: Entry<V> = { key, stamp, origin: this.origin, value, certificate };
    this.#dormant.delete(key);
    this.#put(entry);
    return entry;
  }

  /** Later than all that we have seen, and than the wall clock. */
  #tick(wallMs: number): number {
    this.#last = Math.max(this.#last + 1, Math.floor(wallMs) * TICKS_PER_MS);
    this.#vector.set(this.origin, this.#last);
    return this.#last;
  }

  #put(entry: Entry<V>): void {
    this.table.put(entry);
    const { key, certificate } = entry;
    if (certificate === undefined) this.#expiries.delete(key);
    else this.#expiries.set(key, this.#expiryOf(entry));
  }

  #expiryOf(entry: Entry<V>): Instant {
    return (newsTimeOf(entry) / TICKS_PER_MS + this.#activeMs) as Instant;
  }

  /** A certificate's time has come: to sleep, or to be forgotten. */
  #expire(key: string, wallMs: number): void {
    if (this.#dormant.delete(key)) return;
    const entry = this.table.get(key);
    if (entry?.certificate === undefined) return;
    this.table.delete(this.table.slotOf(key) as number);
    this.#expiries.delete(key);
    const isSite = entry.certificate.sites.includes(this.origin);
    if (isSite && wallMs < this.#expiryOf(entry) + this.#dormantMs) this.#sleep(entry);
  }

  #sleep(entry: Entry<V>): void {
    if (this.#dormant.size >= this.#limits.maxDormant) {
      // The one that has slept longest is nearest to its end.
      const [longest] = this.#dormant.keys();
      this.#dormant.delete(longest as string);
      this.#expiries.delete(longest as string);
    }
    this.#dormant.set(entry.key, entry);
    this.#expiries.set(entry.key, (this.#expiryOf(entry) + this.#dormantMs) as Instant);
  }

  /** It has met what it cancels: it is news once more. Its stamp stays, or it would cancel what came after it. */
  #awaken(dormant: Entry<V>, turn: StoreTurn): void {
    const { sites } = dormant.certificate as { readonly sites: readonly string[] };
    const certificate = { activation: this.#tick(turn.wallMs), by: this.origin, sites };
    const awakened = { ...dormant, certificate };
    this.#dormant.delete(dormant.key);
    this.#put(awakened);
    turn.spread(write(this.field, [awakened]));
  }

  #refusal(
    { key, stamp, origin, value, certificate }: Entry<V>,
    wallMs: number,
  ): string | undefined {
    if ((value === undefined) !== (certificate !== undefined) || origin === "") return "illFormed";
    const time = certificate?.activation ?? stamp;
    if (time < stamp || stamp === 0) return "illFormed";
    if (time > (wallMs + this.#maxAheadMs) * TICKS_PER_MS) return "clockAhead";
    const { maxEntries, maxOrigins } = this.#limits;
    if (this.table.size >= maxEntries && this.table.slotOf(key) === undefined) {
      return "tooManyEntries";
    }
    if (this.table.originCount >= maxOrigins && !this.table.hasOrigin(origin)) {
      return "tooManyOrigins";
    }
    return undefined;
  }

  #tell({ key, value }: Entry<V>, turn: StoreTurn): void {
    turn.notify<EntryChanged<V>>({ type: "entryChanged", key, value });
  }
}
