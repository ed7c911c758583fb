/**
 * What happened last, numbered, for any number of readers at their own pace.
 *
 *     node ──▶ [ 17 18 19 20 21 22 ] ──▶ a reader that has 19
 *              oldest       newest   ──▶ one that comes back with 18 (Last-Event-ID): 19, 20, …
 *                                    ──▶ one that comes back with 3: missed, the members as they are, 23, …
 *
 * The ring is bounded, and nothing is kept for a reader: one that is too slow for it is told so, and begins anew with
 * the members as they are. An id is `run-number`; the run tells ids of this agent from those before its restart.
 * @module
 */
import type { HearsayEvent } from "hearsay";
import { eventJson } from "./event-json.ts";
import type { EventJson } from "./event-json.ts";
import { frame } from "./event-stream.ts";

/** Events that are kept for readers who lag or come back. */
export const EVENT_RING = 1024;
/** Bytes of those, roughly: payloads, and 512 for what is around each. */
export const EVENT_RING_BYTES = 4 << 20;

const EVENT_BYTES = 512;

type Raw = HearsayEvent | { readonly type: "missed"; readonly count: number };

interface Entry {
  readonly event: Raw;
  readonly at: string;
  readonly bytes: number;
  /** Made for the first reader, and the same for all. */
  text?: string;
}

export interface EventRingOptions {
  readonly maxEvents?: number;
  readonly maxBytes?: number;
}

export class EventRing {
  readonly #run: string = Date.now().toString(36);
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #entries: Entry[] = [];
  /** How many events of each type there were. */
  readonly counts: Map<string, number> = new Map();
  #bytes = 0;
  /** Number of the newest event; the first is 1. */
  #newest = 0;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor({ maxEvents = EVENT_RING, maxBytes = EVENT_RING_BYTES }: EventRingOptions = {}) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** Takes in all events, to their end. */
  async fill(events: AsyncIterable<Raw>): Promise<void> {
    for await (const event of events) this.#add(event);
    this.#isClosed = true;
    this.#wakeAll();
  }

  /**
   * The frames of a stream: what came after `lastId`, or the members as they are, and then what happens.
   * @param members made anew whenever a reader begins with it
   */
  read(lastId: string | undefined, members: () => EventJson): AsyncIterator<string, void> {
    return new RingReader(this, lastId, members);
  }

  get newest(): number {
    return this.#newest;
  }

  /** One more than `newest` when there is none. */
  get oldest(): number {
    return this.#newest - this.#entries.length + 1;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls back once, when there is something new. */
  onNews(wake: () => void): void {
    this.#waiting.push(wake);
  }

  /** The frame of an event that is here. */
  textOf(number: number): string {
    const entry = this.#entries[number - this.oldest] as Entry;
    return (entry.text ??= frame(eventJson(entry.event, entry.at), this.idOf(number)));
  }

  idOf(number: number): string {
    return `${this.#run}-${number}`;
  }

  /** `undefined` for an id that is not of this run. */
  numberOf(id: string): number | undefined {
    const [, run, digits] = /^([0-9a-z]{1,12})-(\d{1,15})$/u.exec(id) ?? [];
    const number = Number(digits);
    return run === this.#run && number <= this.#newest ? number : undefined;
  }

  #add(event: Raw): void {
    const payload = "payload" in event ? (event.payload?.length ?? 0) : 0;
    const entry = { event, at: new Date().toISOString(), bytes: EVENT_BYTES + 2 * payload };
    this.#entries.push(entry);
    this.#newest++;
    this.#bytes += entry.bytes;
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
    while (this.#entries.length > this.#maxEvents || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#entries.shift()?.bytes ?? 0;
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

class RingReader implements AsyncIterator<string, void> {
  readonly #ring: EventRing;
  readonly #members: () => EventJson;
  /** The newest event that the reader has; none before it has the members. */
  #last: number | undefined;
  /** What it is told before the members: how many events are lost to it, `null` where nobody knows. */
  #lost: number | null | undefined;
  #hasEnded = false;
  #wake = (): void => {};

  constructor(ring: EventRing, lastId: string | undefined, members: () => EventJson) {
    this.#ring = ring;
    this.#members = members;
    if (lastId === undefined) return;
    this.#last = ring.numberOf(lastId);
    if (this.#last === undefined) this.#lost = null;
  }

  async next(): Promise<IteratorResult<string, void>> {
    const ring = this.#ring;
    while (!this.#hasEnded) {
      if (this.#last !== undefined && this.#last + 1 < ring.oldest) {
        this.#lost = ring.newest - this.#last;
        this.#last = undefined;
      }
      if (this.#last === undefined) return { done: false, value: this.#beginning() };
      if (this.#last < ring.newest) {
        this.#last++;
        return { done: false, value: ring.textOf(this.#last) };
      }
      if (ring.isClosed) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        ring.onNews(resolve);
      });
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<string, void>> {
    this.#hasEnded = true;
    this.#wake();
    return { done: true, value: undefined };
  }

  #beginning(): string {
    if (this.#lost !== undefined) {
      const at = new Date().toISOString();
      const missed: EventJson = { type: "missed", at, count: this.#lost };
      this.#lost = undefined;
      return frame(missed);
    }
    this.#last = this.#ring.newest;
    return frame(this.#members(), this.#ring.idOf(this.#last));
  }
}
