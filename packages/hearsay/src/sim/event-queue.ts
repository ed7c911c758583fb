/**
 * What is to come, earliest first; of two things due at the same time, the one that was added first.
 *
 *     ready        heap: of the present millisecond and before       nearly always one to five
 *     wheel        a list for each of the next 1024 milliseconds     where nearly everything goes first
 *     far          heap: all that is later
 *
 * To add something is to put it at the head of a list; it is put in order among the few of its millisecond when that
 * comes. Thousands of pending things cost hardly more than one.
 * @see Varghese and Lauck 1987, timing wheels; Brown 1988, calendar queues
 * @module
 */
import { EventHeap, widened } from "./event-heap.ts";

/** Milliseconds on the wheel: a power of two. */
const SPOKES = 1024;
const FIRST_CAPACITY = 256;
/** The end of a list. */
const NONE = -1;

export class EventQueue<T> {
  readonly #ready = new EventHeap();
  readonly #far = new EventHeap();
  /** The first entry of each spoke's list. */
  readonly #heads = new Int32Array(SPOKES).fill(NONE);
  /** One bit a spoke: whether its list has entries. */
  readonly #used = new Uint32Array(SPOKES / 32);
  #onWheel = 0;
  /** The millisecond up to which all is ready. */
  #present = -1;
  // Entries, by slot; a freed slot is used again.
  #times = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  /** The next one in the same list, or among the free ones. */
  #next = new Int32Array(FIRST_CAPACITY);
  readonly #payloads: (T | undefined)[] = [];
  #free = NONE;
  #order = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the first is due, or `Infinity`. */
  get nextAt(): number {
    if (this.#ready.size === 0) this.#advance();
    return this.#ready.nextAt;
  }

  push(at: number, payload: T): void {
    const slot = this.#claim();
    const order = this.#order++;
    const ms = Math.floor(at);
    this.#payloads[slot] = payload;
    this.#size++;
    if (ms <= this.#present) return this.#ready.push(at, order, slot);
    if (!(ms - this.#present < SPOKES)) return this.#far.push(at, order, slot);
    const spoke = ms & (SPOKES - 1);
    this.#times[slot] = at;
    this.#orders[slot] = order;
    this.#next[slot] = this.#heads[spoke] as number;
    this.#heads[spoke] = slot;
    this.#used[spoke >> 5] = (this.#used[spoke >> 5] as number) | (1 << (spoke & 31));
    this.#onWheel++;
  }

  /** Takes the first out; `undefined` when there is none. */
  pop(): T | undefined {
    if (this.#size === 0) return undefined;
    if (this.#ready.size === 0) this.#advance();
    const slot = this.#ready.pop();
    const payload = this.#payloads[slot] as T;
    this.#payloads[slot] = undefined;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.#size--;
    return payload;
  }

  /** Moves on to the next millisecond in which anything is due, and makes that ready. */
  #advance(): void {
    if (this.#size === 0) return;
    const onWheel = this.#onWheel === 0 ? Infinity : this.#nextOnWheel();
    this.#present = Math.min(onWheel, Math.floor(this.#far.nextAt));
    if (onWheel === this.#present) this.#unload(onWheel & (SPOKES - 1));
    while (this.#far.size > 0 && Math.floor(this.#far.nextAt) <= this.#present) {
      const at = this.#far.nextAt;
      const order = this.#far.nextOrder;
      this.#ready.push(at, order, this.#far.pop());
    }
  }

  /** The next millisecond with a list; there is one. */
  #nextOnWheel(): number {
    const first = this.#present + 1;
    const spoke = first & (SPOKES - 1);
    let word = spoke >> 5;
    let bits = (this.#used[word] as number) & (-1 << (spoke & 31));
    while (bits === 0) {
      word = (word + 1) % this.#used.length;
      bits = this.#used[word] as number;
    }
    const found = 32 * word + 31 - Math.clz32(bits & -bits);
    return first + ((found - spoke) & (SPOKES - 1));
  }

  #unload(spoke: number): void {
    let slot = this.#heads[spoke] as number;
    this.#heads[spoke] = NONE;
    this.#used[spoke >> 5] = (this.#used[spoke >> 5] as number) & ~(1 << (spoke & 31));
    while (slot !== NONE) {
      this.#onWheel--;
      this.#ready.push(this.#times[slot] as number, this.#orders[slot] as number, slot);
      slot = this.#next[slot] as number;
    }
  }

  #claim(): number {
    const reused = this.#free;
    if (reused !== NONE) {
      this.#free = this.#next[reused] as number;
      return reused;
    }
    // Without a freed slot, the slots in use are exactly those below `size`.
    if (this.#size === this.#times.length) this.#grow();
    return this.#size;
  }

  #grow(): void {
    const capacity = 2 * this.#times.length;
    this.#times = widened(this.#times, new Float64Array(capacity));
    this.#orders = widened(this.#orders, new Float64Array(capacity));
    this.#next = widened(this.#next, new Int32Array(capacity));
  }
}
