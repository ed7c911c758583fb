/**
 * Slots in the order of their times: an inverted index by timestamp, which peeling back and lists of recent changes read
 * from its end.
 *
 *     chunks   │ 3 8 1 │ 4 9 │ 2 7 5 … │      what is newest is appended; what is not is put into one chunk
 *
 * @see Demers et al. 1987, section 1.3
 * @module
 */

/** Slots of a chunk; one that is full is halved. */
const CHUNK = 512;

class Chunk {
  slots: Uint32Array = new Uint32Array(16);
  length = 0;

  insert(index: number, slot: number): void {
    if (this.length === this.slots.length) {
      const larger = new Uint32Array(Math.min(CHUNK, 2 * this.length));
      larger.set(this.slots);
      this.slots = larger;
    }
    this.slots.copyWithin(index + 1, index, this.length);
    this.slots[index] = slot;
    this.length++;
  }

  remove(index: number): void {
    this.slots.copyWithin(index, index + 1, this.length);
    this.length--;
  }

  /** Takes the upper half away. */
  halve(): Chunk {
    const upper = new Chunk();
    const kept = this.length >> 1;
    upper.slots = new Uint32Array(CHUNK);
    upper.slots.set(this.slots.subarray(kept, this.length));
    upper.length = this.length - kept;
    this.length = kept;
    return upper;
  }
}

export class TimeIndex {
  /** The time of a slot; it must not change while the slot is in here. */
  readonly #timeOf: (slot: number) => number;
  readonly #chunks: Chunk[] = [];

  constructor(timeOf: (slot: number) => number) {
    this.#timeOf = timeOf;
  }

  add(slot: number): void {
    const last = this.#chunks.at(-1);
    if (last === undefined || (last.length === CHUNK && this.#isAfter(slot, last))) {
      // Most come in order: full chunks stay full.
      const chunk = new Chunk();
      chunk.insert(0, slot);
      this.#chunks.push(chunk);
      return;
    }
    const at = this.#chunkOf(slot);
    const chunk = this.#chunks[at] as Chunk;
    if (chunk.length === CHUNK) {
      this.#chunks.splice(at + 1, 0, chunk.halve());
      return this.add(slot);
    }
    chunk.insert(this.#indexIn(chunk, slot), slot);
  }

  delete(slot: number): void {
    const at = this.#chunkOf(slot);
    const chunk = this.#chunks[at] as Chunk;
    chunk.remove(this.#indexIn(chunk, slot));
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** From the newest that is older than `before` to the oldest. */
  *newest(before: number): IterableIterator<number> {
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const chunk = this.#chunks[at] as Chunk;
      if (this.#timeOf(chunk.slots[0] as number) >= before) continue;
      for (let i = chunk.length - 1; i >= 0; i--) {
        const slot = chunk.slots[i] as number;
        if (this.#timeOf(slot) < before) yield slot;
      }
    }
  }

  /** From the oldest that is newer than `after` to the newest. */
  *oldest(after: number): IterableIterator<number> {
    for (const chunk of this.#chunks) {
      if (this.#timeOf(chunk.slots[chunk.length - 1] as number) <= after) continue;
      for (let i = 0; i < chunk.length; i++) {
        const slot = chunk.slots[i] as number;
        if (this.#timeOf(slot) > after) yield slot;
      }
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#timeOf(a), this.#timeOf(b)];
    return first === second ? a < b : first < second;
  }

  #isAfter(slot: number, chunk: Chunk): boolean {
    return this.#isBefore(chunk.slots[chunk.length - 1] as number, slot);
  }

  /** The chunk that a slot is in, or belongs into: the last one that does not begin after it. */
  #chunkOf(slot: number): number {
    let [low, high] = [0, this.#chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = (this.#chunks[middle] as Chunk).slots[0] as number;
      if (this.#isBefore(slot, first)) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  /** Where a slot is in a chunk, or belongs. */
  #indexIn({ slots, length }: Chunk, slot: number): number {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isBefore(slots[middle] as number, slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
