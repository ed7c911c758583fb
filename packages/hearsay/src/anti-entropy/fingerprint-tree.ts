/**
 * A Merkle tree over positions, kept up to date with every change.
 *
 *     depth 0                      Σ all                          a node is the sum of what lies below it, modulo 2³²
 *     depth 1            Σ 0…            Σ 1…                     in each of two lanes: what comes or goes is added
 *     depth 2        Σ 00…  Σ 01…    Σ 10…  Σ 11…                 along one path
 *       ⋮
 *     leaf       chain of slots whose positions begin with its bits
 *
 * A position is 32 bits, the hash of a key. The tree deepens as it fills, to `maxDepth`, so that a leaf has four slots at most on
 * average. A node says the same at any depth of the tree around it: two trees of different size compare well. The sum of
 * any range of positions costs two paths, and so ranges of equal counts are found here, too.
 * @module
 */

/** How many there are in a range, and the sum of their fingerprints. */
export interface Sum {
  readonly count: number;
  readonly high: number;
  readonly low: number;
}

/** The first number that is no position. */
export const POSITIONS = 0x1_0000_0000;

const LEAST_DEPTH = 4;
const SLOTS_PER_LEAF = 4;
const NONE = -1;
const FIRST_CAPACITY = 64;

export class FingerprintTree {
  readonly #maxDepth: number;
  #depth = LEAST_DEPTH;
  // Nodes as in a heap: the root is 1, the children of i are 2i and 2i + 1.
  #counts = new Uint32Array(2 << LEAST_DEPTH);
  #highs = new Uint32Array(2 << LEAST_DEPTH);
  #lows = new Uint32Array(2 << LEAST_DEPTH);
  /** First slot of each leaf. */
  #heads = new Int32Array(1 << LEAST_DEPTH).fill(NONE);
  // By slot.
  #positions = new Uint32Array(FIRST_CAPACITY);
  #slotHighs = new Uint32Array(FIRST_CAPACITY);
  #slotLows = new Uint32Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);

  constructor(maxDepth: number) {
    this.#maxDepth = Math.max(LEAST_DEPTH, maxDepth);
  }

  get depth(): number {
    return this.#depth;
  }

  /** Positions that share a leaf. */
  get leafWidth(): number {
    return POSITIONS / (1 << this.#depth);
  }

  get size(): number {
    return this.#counts[1] as number;
  }

  get total(): Sum {
    return this.#node(1);
  }

  positionOf(slot: number): number {
    return this.#positions[slot] as number;
  }

  highOf(slot: number): number {
    return this.#slotHighs[slot] as number;
  }

  lowOf(slot: number): number {
    return this.#slotLows[slot] as number;
  }

  add(slot: number, position: number, high: number, low: number): void {
    if (slot >= this.#positions.length) this.#makeRoom(slot + 1);
    if (this.size >= SLOTS_PER_LEAF << this.#depth && this.#depth < this.#maxDepth) this.#deepen();
    this.#positions[slot] = position;
    this.#slotHighs[slot] = high;
    this.#slotLows[slot] = low;
    const leaf = this.#leafOf(position);
    this.#next[slot] = this.#heads[leaf] as number;
    this.#heads[leaf] = slot;
    this.#climb(leaf, 1, high, low);
  }

  delete(slot: number): void {
    const leaf = this.#leafOf(this.positionOf(slot));
    const next = this.#next;
    if (this.#heads[leaf] === slot) this.#heads[leaf] = next[slot] as number;
    else {
      let before = this.#heads[leaf] as number;
      while (next[before] !== slot) before = next[before] as number;
      next[before] = next[slot] as number;
    }
    this.#climb(leaf, -1, -this.highOf(slot), -this.lowOf(slot));
  }

  /** Of the positions in `[from, to)`. */
  sum(from: number, to: number): Sum {
    if (from <= 0 && to >= POSITIONS) return this.total;
    const sum = { count: 0, high: 0, low: 0 };
    if (from < to) this.#gather(1, 0, POSITIONS, from, to, sum);
    return { count: sum.count, high: sum.high >>> 0, low: sum.low >>> 0 };
  }

  /** The slots at positions in `[from, to)`, leaf by leaf. */
  *slots(from: number, to: number): IterableIterator<number> {
    if (from >= to) return;
    const last = this.#leafOf(to - 1);
    for (let leaf = this.#leafOf(from); leaf <= last; leaf++) {
      let slot = this.#heads[leaf] as number;
      while (slot !== NONE) {
        const position = this.#positions[slot] as number;
        if (position >= from && position < to) yield slot;
        slot = this.#next[slot] as number;
      }
    }
  }

  /** Where the leaf ends that holds a position: ranges that are cut there are read without looking at anything twice. */
  leafEnd(position: number): number {
    return (this.#leafOf(position) + 1) * this.leafWidth;
  }

  /** The position of the slot that has `rank` others before it, counted from the least position of all. */
  positionOfRank(rank: number): number {
    let node = 1;
    let left = rank;
    for (let depth = 0; depth < this.#depth; depth++) {
      node *= 2;
      const count = this.#counts[node] as number;
      if (left >= count) {
        left -= count;
        node++;
      }
    }
    const positions: number[] = [];
    let slot = this.#heads[node - (1 << this.#depth)] as number;
    while (slot !== NONE) {
      positions.push(this.#positions[slot] as number);
      slot = this.#next[slot] as number;
    }
    positions.sort((a, b) => a - b);
    return positions[left] ?? POSITIONS;
  }

  /** How many positions are less. */
  rankOf(position: number): number {
    return this.sum(0, position).count;
  }

  #leafOf(position: number): number {
    return position >>> (32 - this.#depth);
  }

  #node(node: number): Sum {
    return {
      count: this.#counts[node] as number,
      high: this.#highs[node] as number,
      low: this.#lows[node] as number,
    };
  }

  /** Adds along the path from a leaf to the root; the arrays keep 32 bits of each sum. */
  #climb(leaf: number, count: number, high: number, low: number): void {
    const [counts, highs, lows] = [this.#counts, this.#highs, this.#lows];
    for (let node = (1 << this.#depth) + leaf; node > 0; node >>>= 1) {
      counts[node] = (counts[node] as number) + count;
      highs[node] = (highs[node] as number) + high;
      lows[node] = (lows[node] as number) + low;
    }
  }

  #gather(
    node: number,
    start: number,
    width: number,
    from: number,
    to: number,
    sum: { count: number; high: number; low: number },
  ): void {
    if (this.#counts[node] === 0 || to <= start || from >= start + width) return;
    if (from <= start && to >= start + width) {
      sum.count += this.#counts[node] as number;
      sum.high = (sum.high + (this.#highs[node] as number)) | 0;
      sum.low = (sum.low + (this.#lows[node] as number)) | 0;
    } else if (node >= 1 << this.#depth) {
      for (const slot of this.slots(Math.max(from, start), Math.min(to, start + width))) {
        sum.count++;
        sum.high = (sum.high + this.highOf(slot)) | 0;
        sum.low = (sum.low + this.lowOf(slot)) | 0;
      }
    } else {
      this.#gather(2 * node, start, width / 2, from, to, sum);
      this.#gather(2 * node + 1, start + width / 2, width / 2, from, to, sum);
    }
  }

  /** One level more: every leaf is divided. */
  #deepen(): void {
    const heads = this.#heads;
    this.#depth++;
    const nodes = 2 << this.#depth;
    this.#counts = new Uint32Array(nodes);
    this.#highs = new Uint32Array(nodes);
    this.#lows = new Uint32Array(nodes);
    this.#heads = new Int32Array(nodes / 2).fill(NONE);
    const first = nodes / 2;
    for (let head of heads) {
      while (head !== NONE) {
        const slot = head;
        head = this.#next[slot] as number;
        const leaf = this.#leafOf(this.positionOf(slot));
        this.#next[slot] = this.#heads[leaf] as number;
        this.#heads[leaf] = slot;
        const node = first + leaf;
        this.#counts[node] = (this.#counts[node] as number) + 1;
        this.#highs[node] = (this.#highs[node] as number) + this.highOf(slot);
        this.#lows[node] = (this.#lows[node] as number) + this.lowOf(slot);
      }
    }
    for (const column of [this.#counts, this.#highs, this.#lows]) {
      for (let node = first - 1; node > 0; node--) {
        column[node] = (column[2 * node] as number) + (column[2 * node + 1] as number);
      }
    }
  }

  #makeRoom(slots: number): void {
    const capacity = Math.ceil(1.5 * slots);
    this.#positions = grown(this.#positions, new Uint32Array(capacity));
    this.#slotHighs = grown(this.#slotHighs, new Uint32Array(capacity));
    this.#slotLows = grown(this.#slotLows, new Uint32Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
  }
}

/** The larger array with what was in the smaller one. */
export function grown<T extends Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
