/**
 * The numbers of courses, a row each, side by side in one array.
 *
 *     row 0   deadline · name · epoch · cycle · weight · mean · square · least · most · …     128 bytes
 *     row 1   …
 *
 *     node 7 ──first──▶ row 9 ──next──▶ row 4      a node's aggregates are a chain of rows
 *
 * An exchange reads and writes two rows and hardly anything beside them. A node has a table of its own, with a
 * row for each aggregate; a crowd of a million shares one: there what an input costs is what it touches.
 * @module
 */
import { NEVER, NO_PEER } from "../kernel/index.ts";
import type { Instant, PeerId } from "../kernel/index.ts";
import type { AggregateResult } from "./aggregate-result.ts";
import type { Contribution } from "./contribution.ts";
import { NO_LISTS } from "./lists.ts";
import type { Lists } from "./lists.ts";

// Columns.
export const DEADLINE = 0;
/** Number of the aggregate's name. */
export const NAME = 1;
export const EPOCH = 2;
/** Cycles of the epoch that have begun; `WAITING` or `ASLEEP` where none is under way. */
export const CYCLE = 3;
/** Means over all that take part: of 1 where there is a value, of the values, of their squares. */
export const WEIGHT = 4;
export const MEAN = 5;
export const SQUARE = 6;
export const LEAST = 7;
export const MOST = 8;
/** The number of the exchange that is not answered yet, or -1. */
export const PENDING = 9;
/** With whom. */
export const PARTNER = 10;
/** Until when nobody else is answered meanwhile. */
export const BUSY_UNTIL = 11;
/** Exchanges that this node has had in the epoch. */
export const EXCHANGES = 12;
/** Mean square of how much means differed in exchanges, the last half of it; -1 before the first. */
export const DIFFERENCE = 13;
/** The last epoch that somebody wants. */
export const WANTED_UNTIL = 14;
/** What there is to look at beside the numbers, in most experiments nothing: `HAS_BOUNDS` and so on. */
export const HAS = 15;
export const HAS_BOUNDS = 1;
export const HAS_LISTS = 2;
/** Another aggregate of the node. */
export const HAS_NEXT = 4;
/** Peers that take no part. */
export const HAS_ABSENT = 8;
/** It is the first of the node that has the row's number: nobody needs to look for that. */
export const HAS_OWN_ROW = 16;

export const COLUMNS = 16;

/** A later epoch is waited for. */
export const WAITING = -1;
/** Nobody wants it: nothing happens until somebody does. */
export const ASLEEP = -2;

/** What is looked at once in an epoch. */
export interface CourseRecord {
  contribution: Contribution;
  /** The row of the node's next aggregate, or -1. */
  next: number;
  /** Peers that have answered that they take no part. */
  absent: Set<PeerId> | undefined;
  beganAt: Instant;
  /** The epoch that is waited for. */
  waitsFor: number;
  /** Whether the epoch wakes nodes up: its result is not told, as some come too late to be in it. */
  wakes: boolean;
  /** What was last told of an epoch far from ours, and by whom. */
  claim: { readonly epoch: number; readonly from: PeerId } | undefined;
  /** Exchanges of the epoch before. */
  exchangesBefore: number;
  /** What the last epoch that was told has come to, and when it began. */
  settled: AggregateResult | undefined;
  settledFrom: Instant;
  /** Nodes that took part in it; `undefined` if nobody has counted. */
  size: number | undefined;
}

/** Numbers in a line of a processor's cache. */
const LINE = 8;
/**
 * Large blocks begin 16 bytes behind a page's beginning; rows begin where a pair of lines does, or each would have a part in a
 * third one.
 */
const BYTES_BEFORE_ROWS = 112;

function rowsOf(count: number): Float64Array {
  const before = count > 1 ? BYTES_BEFORE_ROWS : 0;
  const { BYTES_PER_ELEMENT } = Float64Array;
  const bytes = new ArrayBuffer(before + count * COLUMNS * BYTES_PER_ELEMENT);
  return new Float64Array(bytes, before);
}

export class CourseTable {
  fetched = false;
  /** All rows. Replaced when it grows: not to be kept. */
  numbers: Float64Array;
  readonly lists: Lists[] = [];
  readonly records: CourseRecord[] = [];
  /** The first row of each node, or -1. */
  #firsts: Int32Array;
  readonly #freeRows: number[] = [];
  /** Names by number, how many rows each has, and numbers by name. */
  readonly #names: string[] = [];
  readonly #uses: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #freeNames: number[] = [];

  /** @param nodes that share it, each with a row at first */
  constructor(nodes: number) {
    this.numbers = rowsOf(nodes);
    this.#firsts = new Int32Array(nodes).fill(-1);
  }

  /** The first row of a node, or -1. */
  first(node: number): number {
    const has = node * COLUMNS + HAS;
    const { numbers } = this;
    if (has < numbers.length && ((numbers[has] as number) & HAS_OWN_ROW) !== 0) return node;
    return this.#firsts[node] ?? -1;
  }

  /** Reads the first rows of some nodes: memory brings many at once as fast as one. */
  fetch(nodes: Uint32Array, from: number, to: number): void {
    const { numbers } = this;
    let read = 0;
    for (let i = from; i < to; i++) {
      const at = (nodes[i] as number) * COLUMNS;
      if (at < numbers.length) read += (numbers[at] as number) + (numbers[at + LINE] as number);
    }
    // What comes of it is nothing, but engines leave out what nobody looks at.
    this.fetched = read !== 0;
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }

  /** Takes a row, for an aggregate of the node that is asleep. */
  add(node: number, contribution: Contribution): number {
    const row = this.#freeRows.pop() ?? this.records.length;
    const first = row * COLUMNS;
    if (first >= this.numbers.length) this.#grow();
    const { numbers } = this;
    numbers.fill(0, first, first + COLUMNS);
    numbers[first + DEADLINE] = NEVER;
    numbers[first + NAME] = this.#use(contribution.aggregate);
    numbers[first + CYCLE] = ASLEEP;
    numbers[first + PENDING] = -1;
    numbers[first + PARTNER] = NO_PEER;
    numbers[first + BUSY_UNTIL] = -Infinity;
    numbers[first + DIFFERENCE] = -1;
    this.lists[row] = NO_LISTS;
    const next = this.first(node);
    if (next >= 0) numbers[first + HAS] = HAS_NEXT;
    if (next === node) this.#flag(node, HAS_OWN_ROW, false);
    this.records[row] = {
      contribution,
      next,
      absent: undefined,
      beganAt: 0 as Instant,
      waitsFor: 0,
      wakes: false,
      claim: undefined,
      exchangesBefore: 0,
      settled: undefined,
      settledFrom: 0 as Instant,
      size: undefined,
    };
    this.#setFirst(node, row);
    return row;
  }

  /** Gives a row of the node's back. */
  delete(node: number, row: number): void {
    const { next } = this.records[row] as CourseRecord;
    let before = this.first(node);
    if (before === row) this.#setFirst(node, next);
    else {
      while ((this.records[before] as CourseRecord).next !== row) {
        before = (this.records[before] as CourseRecord).next;
      }
      (this.records[before] as CourseRecord).next = next;
      if (next < 0) this.#flag(before, HAS_NEXT, false);
    }
    this.numbers[row * COLUMNS + HAS] = 0;
    const number = this.numbers[row * COLUMNS + NAME] as number;
    const uses = (this.#uses[number] as number) - 1;
    this.#uses[number] = uses;
    if (uses === 0) {
      this.#numbers.delete(this.nameOf(number));
      this.#freeNames.push(number);
    }
    this.#freeRows.push(row);
  }

  #setFirst(node: number, row: number): void {
    if (node >= this.#firsts.length) {
      const larger = new Int32Array(2 * (node + 1)).fill(-1);
      larger.set(this.#firsts);
      this.#firsts = larger;
    }
    this.#firsts[node] = row;
    if (row === node) this.#flag(row, HAS_OWN_ROW, true);
  }

  #flag(row: number, bit: number, isOn: boolean): void {
    const at = row * COLUMNS + HAS;
    const has = this.numbers[at] as number;
    this.numbers[at] = isOn ? has | bit : has & ~bit;
  }

  #use(name: string): number {
    const number = this.#numbers.get(name) ?? this.#freeNames.pop() ?? this.#names.length;
    this.#names[number] = name;
    this.#numbers.set(name, number);
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  #grow(): void {
    const larger = rowsOf((2 * this.numbers.length) / COLUMNS);
    larger.set(this.numbers);
    this.numbers = larger;
  }
}
