/**
 * Comparison by time, newest first, as long as the checksums of all differ.
 *
 *     recent     entries younger than recentMs, sum ──▶        ◀── ours of that age, sum        and if they differ still: full
 *     peelBack   the newest 16, sum ──▶   ◀── ours of that age, sum     the next 32, sum ──▶ …  until the sums agree
 *
 * Where little has changed since two agreed, both find it at once. `recentMs` must exceed the time in which news reaches
 * everybody, or everything is compared too often; peeling back needs no such number.
 * @see Demers et al. 1987, section 1.3
 * @module
 */
import { bool, int, record, uint32 } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { assertNever } from "../kernel/index.ts";
import { read, TICKS_PER_MS, versionOf, writeTagged } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { sameFingerprint } from "./fingerprint.ts";
import type { KeyedStore } from "./keyed-store.ts";
import type { WordCounts } from "./range-comparison.ts";
import { versionKey } from "./range-words.ts";
import type { StoreTurn } from "./store.ts";

export type TimeStrategy = "recent" | "peelBack";

/** What a message of this comparison is. */
const KINDS = ["recent", "recentReply", "batch", "next"] as const;

interface TimeWords<V> {
  readonly kind: number;
  readonly gives: boolean;
  readonly wants: boolean;
  /** The stretch of time that it is about: from `floor` to before `below`. */
  readonly below: number;
  readonly floor: number;
  /** Entries of the next batch, about. */
  readonly size: number;
  /** Sum of all that is here. */
  readonly high: number;
  readonly low: number;
  readonly entries: readonly Entry<V>[];
}

type Flags = Pick<TimeWords<unknown>, "gives" | "wants">;

export const TIME_WORDS = 2;
const END_OF_TIME = Number.MAX_SAFE_INTEGER;
const FIRST_BATCH = 16;
const LARGEST_BATCH = 1 << 20;
const OVERHEAD_BYTES = 64;

export class TimeComparison<V> {
  readonly #store: KeyedStore<V>;
  readonly #recentMs: number;
  readonly #beginFull: (flags: Flags, turn: StoreTurn) => Uint8Array;
  readonly #field: Field<TimeWords<V>>;

  /** `beginFull` makes the words that compare everything. */
  constructor(
    store: KeyedStore<V>,
    recentMs: number,
    beginFull: (flags: Flags, turn: StoreTurn) => Uint8Array,
  ) {
    this.#store = store;
    this.#recentMs = recentMs;
    this.#beginFull = beginFull;
    const time = int(0, END_OF_TIME);
    this.#field = record<TimeWords<V>>({
      kind: int(0, KINDS.length - 1),
      gives: bool(),
      wants: bool(),
      below: time,
      floor: time,
      size: int(0, LARGEST_BATCH),
      high: uint32(),
      low: uint32(),
      entries: store.field,
    });
  }

  begin(strategy: TimeStrategy, gives: boolean, wants: boolean, turn: StoreTurn): Uint8Array {
    const flags = { gives, wants };
    if (strategy === "peelBack") {
      if (gives) return this.#batch(flags, END_OF_TIME, FIRST_BATCH, turn.packetBytes);
      return this.#write("next", flags, END_OF_TIME, 0, [], FIRST_BATCH);
    }
    const floor = Math.max(0, Math.floor(turn.wallMs - this.#recentMs) * TICKS_PER_MS);
    const { entries, reached } = this.#newest(END_OF_TIME, floor, Infinity, turn.maxBytes);
    return this.#write("recent", flags, END_OF_TIME, gives ? reached : floor, gives ? entries : []);
  }

  /** @throws DecodeError */
  answer(bytes: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    const heard = read(this.#field, bytes);
    this.#store.takeAll(heard.entries, turn);
    const flags = { gives: heard.wants, wants: heard.gives };
    const agrees = sameFingerprint(heard, this.#store.table.tree.total);
    if (agrees) return undefined;
    const kind = KINDS[heard.kind] as (typeof KINDS)[number];
    switch (kind) {
      case "recent": {
        const ours = heard.wants ? this.#lacked(heard, turn.maxBytes) : [];
        return this.#write("recentReply", flags, heard.below, heard.floor, ours);
      }
      case "recentReply":
        return this.#beginFull(flags, turn);
      case "batch": {
        const ours = heard.wants ? this.#lacked(heard, turn.maxBytes) : [];
        if (heard.floor === 0 && ours.length === 0) return undefined;
        const size = Math.min(LARGEST_BATCH, 2 * heard.size);
        return this.#write("next", flags, heard.floor, 0, ours, size);
      }
      case "next":
        if (heard.below === 0 || !heard.wants) return undefined;
        return this.#batch(flags, heard.below, Math.max(1, heard.size), turn.maxBytes);
      default:
        return assertNever(kind);
    }
  }

  /** @throws DecodeError */
  look(bytes: Uint8Array): WordCounts {
    return { sums: 1, listed: 0, asked: 0, entries: read(this.#field, bytes).entries.length };
  }

  /** The newest entries before an instant. */
  #batch(flags: Flags, below: number, size: number, maxBytes: number): Uint8Array {
    const { entries, reached } = this.#newest(below, 0, size, maxBytes);
    return this.#write("batch", flags, below, reached, entries, size);
  }

  /**
   * From before `below` down to `floor`, some `size` of them, those of one instant together. `reached` is down to where all
   * are there.
   */
  #newest(
    below: number,
    floor: number,
    size: number,
    maxBytes: number,
  ): { entries: Entry<V>[]; reached: number } {
    const { table, field } = this.#store;
    const entries: Entry<V>[] = [];
    let room = maxBytes - OVERHEAD_BYTES;
    let reached = below;
    for (const slot of table.times.newest(below)) {
      const time = table.timeOf(slot);
      if (time < floor) break;
      if (time < reached && entries.length >= size) return { entries, reached };
      const entry = table.at(slot);
      room -= field.sizeOf([entry]);
      if (room < 0 && entries.length > 0) {
        // Of an instant that is not complete here, all come with what is older.
        const isTorn = time === reached && reached + 1 < below;
        return { entries, reached: isTorn ? reached + 1 : reached };
      }
      entries.push(entry);
      reached = time;
    }
    return { entries, reached: floor };
  }

  /** What is ours of the stretch that was told, and was not in it. */
  #lacked({ below, floor, entries }: TimeWords<V>, maxBytes: number): Entry<V>[] {
    const { table, field } = this.#store;
    const theirs = new Set<number>();
    for (const entry of entries) {
      const { high, low } = versionOf(entry);
      theirs.add(versionKey(high, low));
    }
    const lacked: Entry<V>[] = [];
    let room = maxBytes - OVERHEAD_BYTES;
    for (const slot of table.times.newest(below)) {
      if (table.timeOf(slot) < floor) break;
      const { tree } = table;
      if (theirs.has(versionKey(tree.highOf(slot), tree.lowOf(slot)))) continue;
      const entry = table.at(slot);
      room -= field.sizeOf([entry]);
      if (room < 0) break;
      lacked.push(entry);
    }
    return lacked;
  }

  #write(
    kind: (typeof KINDS)[number],
    { gives, wants }: Flags,
    below: number,
    floor: number,
    entries: readonly Entry<V>[],
    size = 0,
  ): Uint8Array {
    const { high, low } = this.#store.table.tree.total;
    const words = {
      kind: KINDS.indexOf(kind),
      gives,
      wants,
      below,
      floor,
      size,
      high,
      low,
      entries,
    };
    return writeTagged(TIME_WORDS, this.#field, words);
  }
}
