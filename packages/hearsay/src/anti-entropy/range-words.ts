/**
 * What is said of ranges of positions: sums, lists of versions, whole contents.
 *
 *     01 · [strategy, gives, wants, sums, [[from, last, versions] …] have, … ask, [[from, last] …] whole, … rest, entries]
 *
 *     sums    16 bytes each: from, last, high, low     what the sum of a range is here
 *     have    versions of 8 bytes each                 what is in a range here
 *     ask     the same                                 of these the entries are wanted
 *     whole                                            all that is in the range here is among the entries
 *     rest                                             ranges whose turn is still to come
 *
 * @module
 */
import { bool, bytes, int, list, record, uint32 } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Entry } from "./entry.ts";
import { POSITIONS } from "./fingerprint-tree.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { MAX_BYTES } from "./wire.ts";

/** Positions from `from` to `last`, both included. */
export interface Range {
  readonly from: number;
  readonly last: number;
}

export interface RangeSum extends Range, Fingerprint {}

export interface RangeVersions extends Range {
  /** Eight bytes each. */
  readonly versions: Uint8Array | undefined;
}

export interface RangeWords<V> {
  /** Place in the list of strategies by ranges. */
  readonly strategy: number;
  readonly gives: boolean;
  readonly wants: boolean;
  readonly sums: readonly RangeSum[];
  readonly have: readonly RangeVersions[];
  readonly ask: readonly RangeVersions[];
  readonly whole: readonly Range[];
  readonly rest: readonly Range[];
  readonly entries: readonly Entry<V>[];
}

/** First byte of such words. */
export const RANGE_WORDS = 1;
export const EVERYWHERE: Range = { from: 0, last: POSITIONS - 1 };

export const SUM_BYTES = 16;
export const VERSION_BYTES = 8;
/** Of a range, and of a list's header and bounds. */
export const RANGE_BYTES = 16;
/** Ranges of one kind in one message. */
const MAX_RANGES = 65_535;

const BOUNDS = { from: uint32(), last: uint32() };
const RANGES = list(record<Range>(BOUNDS), MAX_RANGES);
const VERSIONS = list(record<RangeVersions>({ ...BOUNDS, versions: bytes(MAX_BYTES) }), MAX_RANGES);

const RAW = bytes(MAX_BYTES);

/** Sums side by side: most of what comparisons by range say. */
const SUMS: Field<readonly RangeSum[]> = {
  zero: [],
  mandatory: false,
  read: (reader) => {
    const raw = RAW.read(reader) ?? new Uint8Array(0);
    if (raw.length % SUM_BYTES !== 0) throw new DecodeError("malformed", "half a sum");
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    return Array.from({ length: raw.length / SUM_BYTES }, (_, i) => {
      const at = i * SUM_BYTES;
      const [from, last] = [view.getUint32(at), view.getUint32(at + 4)];
      return { from, last, high: view.getUint32(at + 8), low: view.getUint32(at + 12) };
    });
  },
  write: (writer, sums) => {
    const raw = new Uint8Array(sums.length * SUM_BYTES);
    const view = new DataView(raw.buffer);
    for (const [i, { from, last, high, low }] of sums.entries()) {
      for (const [j, word] of [from, last, high, low].entries()) {
        view.setUint32(i * SUM_BYTES + 4 * j, word);
      }
    }
    RAW.write(writer, raw);
  },
  sizeOf: (sums) => RAW.sizeOf(new Uint8Array(sums.length * SUM_BYTES)),
  isEmpty: (sums) => sums.length === 0,
};
export function rangeWordsField<V>(entries: Field<readonly Entry<V>[]>): Field<RangeWords<V>> {
  return record<RangeWords<V>>({
    strategy: int(0, 3),
    gives: bool(),
    wants: bool(),
    sums: SUMS,
    have: VERSIONS,
    ask: VERSIONS,
    whole: RANGES,
    rest: RANGES,
    entries,
  });
}

/** A version as one number: 53 of its 64 bits. */
export function versionKey(high: number, low: number): number {
  return (high & 0x1f_ffff) * POSITIONS + low;
}

export class VersionList {
  readonly #bytes: number[] = [];

  add(high: number, low: number): void {
    for (const word of [high, low]) {
      this.#bytes.push(word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
    }
  }

  get count(): number {
    return this.#bytes.length / VERSION_BYTES;
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Versions of a list, by their keys. @throws DecodeError */
export function readVersions({ versions }: RangeVersions): Map<number, Fingerprint> {
  const raw = versions ?? new Uint8Array(0);
  if (raw.length % VERSION_BYTES !== 0) throw new DecodeError("malformed", "half a version");
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const read = new Map<number, Fingerprint>();
  for (let at = 0; at < raw.length; at += VERSION_BYTES) {
    const [high, low] = [view.getUint32(at), view.getUint32(at + 4)];
    read.set(versionKey(high, low), { high, low });
  }
  return read;
}
