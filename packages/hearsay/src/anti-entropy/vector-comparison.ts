/**
 * Comparison by per-origin version vectors: of each origin, up to which time everything it made news is here.
 *
 *     sum, vector ──▶                 if the sums agree, both have all that either vector says
 *     ◀── entries, up to, vector      what is younger than your vector, oldest first; ours, if yours says more
 *     entries, up to ──▶              in parts: who has taken one that is not the last tells its vector again
 *
 * A vector that would fill a quarter of a message is not told; the ranges are compared instead.
 *
 * A vector may be wrong: its owner has lost its state and begun anew, or somebody lies. If vectors agree and sums do not, that
 * is counted, and the ranges are compared instead.
 * @see Demers et al. 1987, section 1.3; Golding 1992, timestamped anti-entropy
 * @module
 */
import { bool, int, list, record, text, uint32, utf8Size } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { MAX_ORIGIN_BYTES, read, writeTagged } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { sameFingerprint } from "./fingerprint.ts";
import type { KeyedStore } from "./keyed-store.ts";
import type { WordCounts } from "./range-comparison.ts";
import type { StoreTurn } from "./store.ts";

interface OriginTime {
  readonly origin: string;
  readonly time: number;
}

interface VectorWords<V> {
  readonly gives: boolean;
  readonly wants: boolean;
  /** Sum of all that is here. */
  readonly high: number;
  readonly low: number;
  /** Whether a vector is told. */
  readonly tells: boolean;
  readonly vector: readonly OriginTime[];
  /** Up to where the entries complete what the receiver had told. */
  readonly upTo: readonly OriginTime[];
  readonly more: boolean;
  readonly entries: readonly Entry<V>[];
}

type Flags = Pick<VectorWords<unknown>, "gives" | "wants">;
type Part<V> = Pick<VectorWords<V>, "upTo" | "more" | "entries">;

export const VECTOR_WORDS = 3;
/** Origins in a vector. */
const MAX_VECTOR = 65_536;
const OVERHEAD_BYTES = 64;
/** Of a row of a vector, beside its name. */
const ROW_BYTES = 13;
const NOTHING: Part<never> = { upTo: [], more: false, entries: [] };

export class VectorComparison<V> {
  readonly #store: KeyedStore<V>;
  readonly #beginRanges: (flags: Flags, turn: StoreTurn) => Uint8Array;
  readonly #field: Field<VectorWords<V>>;

  /** `beginRanges` makes the words that compare without vectors. */
  constructor(store: KeyedStore<V>, beginRanges: (flags: Flags, turn: StoreTurn) => Uint8Array) {
    this.#store = store;
    this.#beginRanges = beginRanges;
    const time = int(0, Number.MAX_SAFE_INTEGER);
    const row = record<OriginTime>({ origin: text(MAX_ORIGIN_BYTES), time });
    this.#field = record<VectorWords<V>>({
      gives: bool(),
      wants: bool(),
      high: uint32(),
      low: uint32(),
      tells: bool(),
      vector: list(row, MAX_VECTOR),
      upTo: list(row, MAX_VECTOR),
      more: bool(),
      entries: store.field,
    });
  }

  begin(gives: boolean, wants: boolean, turn: StoreTurn): Uint8Array {
    const told = this.#write({ gives, wants }, true, NOTHING);
    // A large vector waits until the sums are known to differ.
    if (told.length <= turn.packetBytes) return told;
    return this.#write({ gives, wants }, false, NOTHING);
  }

  /** @throws DecodeError */
  answer(bytes: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    const heard = read(this.#field, bytes);
    const store = this.#store;
    const gained = store.takeAll(heard.entries, turn);
    const refused = heard.entries.some(({ key }) => store.table.slotOf(key) === undefined);
    if (!refused) for (const { origin, time } of heard.upTo) store.raise(origin, time);
    const flags = { gives: heard.wants, wants: heard.gives };
    if (sameFingerprint(heard, store.table.tree.total)) {
      for (const { origin, time } of heard.vector) store.raise(origin, time);
      return undefined;
    }
    if (this.#vectorBytes > turn.maxBytes / 4) return this.#beginRanges(flags, turn);
    const isFirst = !heard.tells && heard.upTo.length === 0 && heard.entries.length === 0;
    if (isFirst) return this.#write(flags, true, NOTHING);
    const theirs = new Map(heard.vector.map(({ origin, time }) => [origin, time]));
    const mine = store.vector;
    const isBehind =
      heard.tells && heard.vector.some(({ origin, time }) => time > (mine.get(origin) ?? 0));
    const isAhead =
      heard.tells && [...mine].some(([origin, time]) => time > (theirs.get(origin) ?? 0));
    if (heard.tells && !isBehind && !isAhead) {
      turn.drop("vectorsDisagree");
      return this.#beginRanges(flags, turn);
    }
    const asks = heard.gives && (isBehind || (heard.more && gained));
    const gives = heard.wants && isAhead;
    if (!asks && !gives) return undefined;
    return this.#write(flags, asks, gives ? this.#part(theirs, turn.maxBytes) : NOTHING);
  }

  /** @throws DecodeError */
  look(bytes: Uint8Array): WordCounts {
    const { vector, upTo, entries } = read(this.#field, bytes);
    return { sums: 1 + vector.length + upTo.length, listed: 0, asked: 0, entries: entries.length };
  }

  /** What is younger than their vector, the oldest first. */
  #part(theirs: ReadonlyMap<string, number>, maxBytes: number): Part<V> {
    const { table, field, vector } = this.#store;
    const ahead = [...vector].filter(([origin, time]) => time > (theirs.get(origin) ?? 0));
    const since = ahead.reduce(
      (least, [origin]) => Math.min(least, theirs.get(origin) ?? 0),
      Infinity,
    );
    const entries: Entry<V>[] = [];
    let room = maxBytes - OVERHEAD_BYTES - 2 * this.#vectorBytes;
    let end = Infinity;
    for (const slot of table.times.oldest(since)) {
      const time = table.timeOf(slot);
      if (time <= (theirs.get(table.newsOriginOf(slot)) ?? 0)) continue;
      const entry = table.at(slot);
      room -= field.sizeOf([entry]);
      if (room < 0 && entries.length > 0) {
        end = time - 1;
        break;
      }
      entries.push(entry);
    }
    const upTo = ahead.map(([origin, time]) => ({ origin, time: Math.min(time, end) }));
    return {
      upTo: upTo.filter(({ origin, time }) => time > (theirs.get(origin) ?? 0)),
      more: end < Infinity,
      entries,
    };
  }

  /** About: a vector of too many writers would leave no room for entries. */
  get #vectorBytes(): number {
    let bytes = 0;
    for (const origin of this.#store.vector.keys()) bytes += utf8Size(origin) + ROW_BYTES;
    return bytes;
  }

  #write(flags: Flags, tells: boolean, part: Part<V>): Uint8Array {
    const { high, low } = this.#store.table.tree.total;
    const vector = tells ? [...this.#store.vector].map(([origin, time]) => ({ origin, time })) : [];
    return writeTagged(VECTOR_WORDS, this.#field, { ...flags, high, low, tells, vector, ...part });
  }
}
