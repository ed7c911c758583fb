/**
 * Dots, and sets of them: what a replica has seen, in a few numbers.
 *
 *     replica  ann                 bob
 *     numbers  1 2 3 4 · · 7 8     1 2 3
 *     runs     [1, 4, 7, 8]        [1, 3]
 *
 * Each mutation of a replica has the next number; replica and number are its dot. What one has seen of another is
 * nearly always everything up to some number, so a set of dots is kept as runs: first, last, first, last …,
 * ascending, with gaps between them. This is the causal context of Almeida, Shoker and Baquero (2018), with its
 * version vector and its cloud of dots in one form.
 * @module
 */

/** Names one mutation, everywhere. */
export interface Dot {
  readonly replica: string;
  /** Counts the replica's mutations from 1. */
  readonly number: number;
}

/** A set of dots as plain data, replicas in the order of their code units. */
export type DotRuns = readonly (readonly [replica: string, runs: readonly number[]])[];

export class DotSet {
  readonly #runs = new Map<string, number[]>();

  static from(runs: DotRuns): DotSet {
    const set = new DotSet();
    for (const [replica, numbers] of runs) if (numbers.length > 0) set.#union(replica, numbers);
    return set;
  }

  static of(dots: Iterable<Dot>): DotSet {
    const numbers = new Map<string, number[]>();
    for (const { replica, number } of dots) {
      const known = numbers.get(replica);
      if (known === undefined) numbers.set(replica, [number]);
      else known.push(number);
    }
    const set = new DotSet();
    for (const [replica, all] of numbers) {
      all.sort((a, b) => a - b);
      for (const number of all) set.add(replica, number);
    }
    return set;
  }

  /** Replicas of which it holds a dot. */
  get replicas(): number {
    return this.#runs.size;
  }

  get runCount(): number {
    let count = 0;
    for (const runs of this.#runs.values()) count += runs.length / 2;
    return count;
  }

  /** Dots in it; runs may claim more than can be walked through. */
  get size(): number {
    let size = 0;
    for (const runs of this.#runs.values()) {
      for (let i = 0; i < runs.length; i += 2) size += at(runs, i + 1) - at(runs, i) + 1;
    }
    return size;
  }

  /** The highest number of a replica, or 0. */
  highest(replica: string): number {
    return this.#runs.get(replica)?.at(-1) ?? 0;
  }

  has(replica: string, number: number): boolean {
    const runs = this.#runs.get(replica);
    if (runs === undefined) return false;
    // The last run that begins at or below the number.
    let low = 0;
    let high = runs.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(runs, 2 * middle) <= number) low = middle + 1;
      else high = middle;
    }
    return low > 0 && number <= at(runs, 2 * low - 1);
  }

  /** Whether it holds every dot of the other. */
  covers(other: DotSet): boolean {
    for (const [replica, runs] of other.#runs) {
      const own = this.#runs.get(replica);
      if (own === undefined || subtract(runs, own).length > 0) return false;
    }
    return true;
  }

  add(replica: string, number: number): void {
    const runs = this.#runs.get(replica);
    if (runs?.at(-1) === number - 1) runs[runs.length - 1] = number;
    else this.#union(replica, [number, number]);
  }

  addAll(other: DotSet): void {
    for (const [replica, runs] of other.#runs) this.#union(replica, runs);
  }

  minus(other: DotSet): DotSet {
    const rest = new DotSet();
    for (const [replica, runs] of this.#runs) {
      const left = subtract(runs, other.#runs.get(replica) ?? []);
      if (left.length > 0) rest.#runs.set(replica, left);
    }
    return rest;
  }

  intersection(other: DotSet): DotSet {
    return this.minus(this.minus(other));
  }

  *[Symbol.iterator](): IterableIterator<Dot> {
    for (const [replica, runs] of this.#runs) {
      for (let i = 0; i < runs.length; i += 2) {
        for (let number = at(runs, i); number <= at(runs, i + 1); number++) {
          yield { replica, number };
        }
      }
    }
  }

  /** A copy as plain data. */
  toRuns(): DotRuns {
    const rows = [...this.#runs].map(([replica, runs]) => [replica, [...runs]] as const);
    return rows.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #union(replica: string, runs: readonly number[]): void {
    const own = this.#runs.get(replica);
    this.#runs.set(replica, own === undefined ? [...runs] : unite(own, runs));
  }
}

function at(runs: readonly number[], index: number): number {
  return runs[index] as number;
}

/** Both lists as one, what touches joined. */
function unite(a: readonly number[], b: readonly number[]): number[] {
  const united: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const isFirst = j >= b.length || (i < a.length && at(a, i) <= at(b, j));
    const first = isFirst ? at(a, i) : at(b, j);
    const last = isFirst ? at(a, i + 1) : at(b, j + 1);
    if (isFirst) i += 2;
    else j += 2;
    const end = united.length - 1;
    if (end > 0 && first <= at(united, end) + 1) united[end] = Math.max(at(united, end), last);
    else united.push(first, last);
  }
  return united;
}

/** What is in the runs `a` and not in `b`. */
function subtract(a: readonly number[], b: readonly number[]): number[] {
  const left: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let first = at(a, i);
    const last = at(a, i + 1);
    while (j < b.length && at(b, j + 1) < first) j += 2;
    for (let k = j; k < b.length && at(b, k) <= last; k += 2) {
      if (at(b, k) > first) left.push(first, at(b, k) - 1);
      first = at(b, k + 1) + 1;
    }
    if (first <= last) left.push(first, last);
  }
  return left;
}
