/**
 * What is to come, earliest first; of two things due at the same time, the one that was added first.
 *
 *     heap of four children a node     (time, order, slot)
 *     payloads                         by slot; a freed slot is used again
 *
 * Keys lie in typed arrays, so that sifting moves numbers and nothing else. Best below some thousand
 * pending; a timing wheel would take over above.
 * @see LaMarca and Ladner 1996, d-ary heaps and caches
 * @module
 */

const FIRST_CAPACITY = 256;

export class EventQueue<T> {
  #times = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  #slots = new Uint32Array(FIRST_CAPACITY);
  #free = new Uint32Array(FIRST_CAPACITY);
  #freed = 0;
  readonly #payloads: (T | undefined)[] = [];
  #size = 0;
  #order = 0;

  get size(): number {
    return this.#size;
  }

  /** When the first is due, or `Infinity`. */
  get nextAt(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] as number);
  }

  push(at: number, payload: T): void {
    if (this.#size === this.#times.length) this.#grow();
    // Without a freed slot, the slots in use are exactly those below `size`.
    const slot = this.#freed > 0 ? (this.#free[--this.#freed] as number) : this.#size;
    this.#payloads[slot] = payload;
    this.#rise(this.#size++, at, this.#order++, slot);
  }

  /** Takes the first out; `undefined` when there is none. */
  pop(): T | undefined {
    if (this.#size === 0) return undefined;
    const slot = this.#slots[0] as number;
    const payload = this.#payloads[slot] as T;
    this.#payloads[slot] = undefined;
    this.#free[this.#freed++] = slot;
    const last = --this.#size;
    if (last > 0) {
      const time = this.#times[last] as number;
      this.#sink(time, this.#orders[last] as number, this.#slots[last] as number);
    }
    return payload;
  }

  #rise(from: number, time: number, order: number, slot: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      // A new entry has the greatest order of all: only an earlier time lifts it.
      if ((this.#times[parent] as number) <= time) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, time, order, slot);
  }

  /** Puts an entry into the root's place and down from there. */
  #sink(time: number, order: number, slot: number): void {
    let at = 0;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= this.#size) break;
      let least = first;
      const end = Math.min(first + 4, this.#size);
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
    this.#free = widened(this.#free, new Uint32Array(capacity));
  }
}

function widened<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
