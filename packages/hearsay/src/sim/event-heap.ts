/**
 * Times in order: a heap of four children a node, whose keys lie in typed arrays, so that sifting moves numbers and
 * nothing else.
 *
 *     (time, order, slot)      least time first, and of equal times least order first
 *
 * @see LaMarca and Ladner 1996, d-ary heaps and caches
 * @module
 */

const FIRST_CAPACITY = 64;

export class EventHeap {
  #times = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  #slots = new Uint32Array(FIRST_CAPACITY);
  size = 0;

  /** The least time, or `Infinity`. */
  get nextAt(): number {
    return this.size === 0 ? Infinity : (this.#times[0] as number);
  }

  /** The order of the first, of a heap that is not empty. */
  get nextOrder(): number {
    return this.#orders[0] as number;
  }

  push(time: number, order: number, slot: number): void {
    if (this.size === this.#times.length) this.#grow();
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (this.#before(parent, time, order)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, time, order, slot);
  }

  /** Takes the first out of a heap that is not empty; returns its slot. */
  pop(): number {
    const slot = this.#slots[0] as number;
    const last = --this.size;
    if (last > 0) {
      this.#sink(
        this.#times[last] as number,
        this.#orders[last] as number,
        this.#slots[last] as number,
      );
    }
    return slot;
  }

  /** Puts an entry into the root's place and down from there. */
  #sink(time: number, order: number, slot: number): void {
    let at = 0;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= this.size) break;
      let least = first;
      const end = Math.min(first + 4, this.size);
      for (let child = first + 1; child < end; child++) {
        if (this.#before(child, this.#times[least] as number, this.#orders[least] as number)) {
          least = child;
        }
      }
      if (!this.#before(least, time, order)) break;
      this.#move(least, at);
      at = least;
    }
    this.#put(at, time, order, slot);
  }

  #before(index: number, time: number, order: number): boolean {
    const own = this.#times[index] as number;
    return own < time || (own === time && (this.#orders[index] as number) < order);
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#slots[to] = this.#slots[from] as number;
  }

  #put(index: number, time: number, order: number, slot: number): void {
    this.#times[index] = time;
    this.#orders[index] = order;
    this.#slots[index] = slot;
  }

  #grow(): void {
    const capacity = 2 * this.#times.length;
    this.#times = widened(this.#times, new Float64Array(capacity));
    this.#orders = widened(this.#orders, new Float64Array(capacity));
    this.#slots = widened(this.#slots, new Uint32Array(capacity));
  }
}

/** The same numbers in an array with more room. */
export function widened<A extends Float64Array | Uint32Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
