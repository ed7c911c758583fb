/**
 * Comparison by ranges of positions: four strategies that differ in what follows when two sums do.
 *
 *     full       no sums: all that is there, piece by piece
 *     checksum   one sum of all; if it differs, as full
 *     merkle     the sums of the children, down the tree: as many rounds as it has levels
 *     ranges     the sums of `branching` parts of equal counts; of a part with `listed` entries or fewer, their versions
 *
 *     sum ──▶  ◀── sums of parts  …  ◀── versions   entries, ask ──▶   ◀── entries
 *
 * Any node answers any of them: what was said tells which it is. What does not fit the answer is put off: its sum is said once
 * more, and the other side goes on from there.
 * @see Demers et al. 1987, section 1.3; DeCandia et al. 2007 (Dynamo), section 4.7; Meyer 2022, Range-based set reconciliation
 * @module
 */
import type { Field } from "../codec/index.ts";
import { read, versionOf, writeTagged } from "./entry.ts";
import { sameFingerprint } from "./fingerprint.ts";
import type { KeyedStore } from "./keyed-store.ts";
import { RangeAnswer } from "./range-answer.ts";
import {
  EVERYWHERE,
  RANGE_WORDS,
  VERSION_BYTES,
  rangeWordsField,
  readVersions,
  versionKey,
} from "./range-words.ts";
import type { Range, RangeVersions, RangeWords } from "./range-words.ts";
import type { StoreTurn } from "./store.ts";

export const RANGE_STRATEGIES = ["full", "checksum", "merkle", "ranges"] as const;
export type RangeStrategy = (typeof RANGE_STRATEGIES)[number];

export interface RangeOptions {
  /** Children of a node of the Merkle tree, as a power of two: 1..8. */
  readonly fanOutBits: number;
  /** Parts into which a range is split: 2..256. */
  readonly branching: number;
  /** Entries of a range whose versions are listed rather than summed: 1..4096. */
  readonly listed: number;
}

/** What words hold, counted. */
export interface WordCounts {
  /** Sums, and stamps of version vectors. */
  readonly sums: number;
  /** Versions that are told. */
  readonly listed: number;
  /** Versions whose entries are asked for. */
  readonly asked: number;
  readonly entries: number;
}

/** Entries of a range that is listed by others: of more than this our sum is said in its place. */
const MAX_LISTED = 16_384;

export class RangeComparison<V> {
  readonly #store: KeyedStore<V>;
  readonly #options: RangeOptions;
  readonly #field: Field<RangeWords<V>>;

  constructor(store: KeyedStore<V>, options: RangeOptions) {
    this.#store = store;
    this.#options = options;
    this.#field = rangeWordsField(store.field);
  }

  /** The first words; `gives` and `wants` are ours. */
  begin(strategy: RangeStrategy, gives: boolean, wants: boolean, turn: StoreTurn): Uint8Array {
    const answer = this.#answer(strategy, gives, wants, turn.maxBytes);
    if (strategy !== "full") answer.sum(EVERYWHERE);
    else {
      // Where a round ends for lack of room, the next is likely to begin elsewhere.
      const from = this.#store.table.tree.leafEnd(turn.rng.below(EVERYWHERE.last + 1)) - 1;
      const around = [
        { from: from + 1, last: EVERYWHERE.last },
        { from: 0, last: from },
      ].filter((range) => range.from <= range.last);
      if (gives) answer.ship(around);
      else answer.later(around);
    }
    return writeTagged(RANGE_WORDS, this.#field, answer.words() as RangeWords<V>);
  }

  /** @throws DecodeError */
  answer(bytes: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    const heard = read(this.#field, bytes);
    const strategy = RANGE_STRATEGIES[heard.strategy] as RangeStrategy;
    const answer = this.#answer(strategy, heard.wants, heard.gives, turn.maxBytes);
    this.#store.takeAll(heard.entries, turn);
    if (heard.wants) this.#returnWhatTheyLack(heard, answer);
    for (const asked of heard.ask) this.#give(asked, answer);
    for (const listed of heard.have) this.#compareVersions(listed, heard, answer);
    const different = heard.sums.filter((said) => !sameFingerprint(said, answer.sumOf(said)));
    if (strategy === "merkle" || strategy === "ranges") {
      for (const range of different) this.#split(range, strategy, answer);
    } else this.#shipOrWait([...different, ...heard.rest], heard, answer);
    const words = answer.words();
    return words === undefined ? undefined : writeTagged(RANGE_WORDS, this.#field, words);
  }

  /** @throws DecodeError */
  look(bytes: Uint8Array): WordCounts {
    const { sums, have, ask, entries } = read(this.#field, bytes);
    const count = (lists: readonly RangeVersions[]): number =>
      lists.reduce((sum, { versions }) => sum + (versions?.length ?? 0) / VERSION_BYTES, 0);
    const [listed, asked] = [count(have), count(ask)];
    return { sums: sums.length, listed, asked, entries: entries.length };
  }

  #answer(
    strategy: RangeStrategy,
    gives: boolean,
    wants: boolean,
    maxBytes: number,
  ): RangeAnswer<V> {
    const place = RANGE_STRATEGIES.indexOf(strategy);
    return new RangeAnswer(this.#store, place, gives, wants, maxBytes);
  }

  /** Of ranges that were told as a whole: what we have newer, or they have not. */
  #returnWhatTheyLack({ whole, entries }: RangeWords<V>, answer: RangeAnswer<V>): void {
    if (whole.length === 0) return;
    const theirs = new Set<number>();
    for (const entry of entries) {
      const { high, low } = versionOf(entry);
      theirs.add(versionKey(high, low));
    }
    for (const range of whole) answer.giveAllBut(range, theirs);
  }

  #give(asked: RangeVersions, answer: RangeAnswer<V>): void {
    if (answer.sumOf(asked).count > MAX_LISTED) return answer.sum(asked);
    answer.giveThese(asked, readVersions(asked));
  }

  /** They have listed what they have: we give what is not in it, and ask for what only they have. */
  #compareVersions(listed: RangeVersions, heard: RangeWords<V>, answer: RangeAnswer<V>): void {
    const theirs = readVersions(listed);
    if (answer.sumOf(listed).count > MAX_LISTED) {
      return this.#split(listed, RANGE_STRATEGIES[heard.strategy] as RangeStrategy, answer);
    }
    const { tree } = this.#store.table;
    const ours = new Set<number>();
    for (const slot of tree.slots(listed.from, listed.last + 1)) {
      ours.add(versionKey(tree.highOf(slot), tree.lowOf(slot)));
    }
    if (heard.wants) answer.giveAllBut(listed, new Set(theirs.keys()));
    if (!heard.gives) return;
    const unknown = [...theirs].filter(([key]) => !ours.has(key)).map(([, version]) => version);
    answer.ask(listed, unknown);
  }

  /** Two sums differ: where, the parts will tell. */
  #split(range: Range, strategy: RangeStrategy, answer: RangeAnswer<V>): void {
    const parts = strategy === "merkle" ? this.#children(range) : this.#equalParts(range);
    if (parts.length === 0) answer.list(range);
    else answer.sums(parts, range);
  }

  /** Those of a node in the tree; none of a leaf. */
  #children({ from, last }: Range): Range[] {
    const { leafWidth } = this.#store.table.tree;
    const width = last + 1 - from;
    if (width <= leafWidth) return [];
    const childWidth = Math.max(leafWidth, Math.ceil(width / (1 << this.#options.fanOutBits)));
    const children: Range[] = [];
    for (let start = from; start <= last; start += childWidth) {
      children.push({ from: start, last: Math.min(last, start + childWidth - 1) });
    }
    return children;
  }

  /** Parts of equal counts; none of a range that is listed. */
  #equalParts(range: Range): Range[] {
    const { tree } = this.#store.table;
    const { branching, listed } = this.#options;
    const { count } = tree.sum(range.from, range.last + 1);
    if (count <= listed) return [];
    const before = tree.rankOf(range.from);
    const parts: Range[] = [];
    let from = range.from;
    for (let i = 1; i <= branching; i++) {
      const isLast = i === branching;
      const end = isLast
        ? range.last + 1
        : tree.positionOfRank(before + Math.floor((i * count) / branching));
      if (end <= from) continue;
      parts.push({ from, last: end - 1 });
      from = end;
    }
    // Keys that share one position cannot be told apart by it.
    return parts.length > 1 ? parts : [];
  }

  /** Contents go one way first: who begins the giving ships, and the other says when to go on. */
  #shipOrWait(ranges: readonly Range[], heard: RangeWords<V>, answer: RangeAnswer<V>): void {
    if (ranges.length === 0) return;
    if (heard.wants && heard.whole.length === 0) answer.ship(ranges);
    else answer.later(ranges);
  }
}
