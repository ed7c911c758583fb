/**
 * Typed events: listeners by type, and async iterators with a bounded buffer.
 * @module
 */

/** Takes the listener off again; harmless when called twice. */
export type Unsubscribe = () => void;

interface Typed {
  readonly type: string;
}

/** What an iterator holds for a reader that lags: of more, the oldest are dropped and counted. */
export interface EventBuffer {
  readonly maxEvents: number;
  /** Payloads of messages, and 256 for what is around each event. */
  readonly maxBytes: number;
}

/** What an iterator yields in place of events that its reader was too slow for. */
export interface MissedEvents {
  readonly type: "missed";
  readonly count: number;
}

export class Emitter<E extends Typed> {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #feeds = new Set<Feed<E>>();
  readonly #onError: (error: unknown) => void;
  readonly #bytesOf: (event: E) => number;
  #missed = 0;

  /** `onError` hears what listeners throw: one listener's bug does not silence the others. */
  constructor(onError: (error: unknown) => void, bytesOf: (event: E) => number = () => 0) {
    this.#onError = onError;
    this.#bytesOf = bytesOf;
  }

  /** Events that lagging readers have missed. */
  get missed(): number {
    return this.#missed;
  }

  on<T extends E["type"]>(
    type: T,
    listener: (event: Extract<E, { type: T }>) => void,
  ): Unsubscribe {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit(event: E): void {
    for (const listener of this.#listeners.get(event.type) ?? []) {
      try {
        (listener as (event: E) => void)(event);
      } catch (error) {
        this.#onError(error);
      }
    }
    if (this.#feeds.size === 0) return;
    const bytes = EVENT_BYTES + this.#bytesOf(event);
    for (const feed of this.#feeds) this.#missed += feed.push(event, bytes);
  }

  /** All events from now on. A reader that lags by more than the buffer holds misses the oldest. */
  events(
    buffer: EventBuffer,
    onEnd: () => void = () => {},
  ): AsyncIterableIterator<E | MissedEvents> {
    const feed: Feed<E> = new Feed<E>(buffer, () => {
      if (this.#feeds.delete(feed)) onEnd();
    });
    this.#feeds.add(feed);
    return feed;
  }

  /** Ends every iterator. */
  close(): void {
    for (const feed of this.#feeds) void feed.return();
  }
}

/** What an event takes beside the payload that it may have, generously. */
const EVENT_BYTES = 256;

type Waiting<E> = (result: IteratorResult<E | MissedEvents>) => void;

class Feed<E> implements AsyncIterableIterator<E | MissedEvents> {
  readonly #limits: EventBuffer;
  readonly #onEnd: () => void;
  readonly #buffer: { readonly event: E; readonly bytes: number }[] = [];
  #bytes = 0;
  readonly #waiting: Waiting<E>[] = [];
  #missed = 0;
  #ended = false;

  constructor(limits: EventBuffer, onEnd: () => void) {
    this.#limits = limits;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Returns how many events, this one among them, are missed for it. */
  push(event: E, bytes: number): number {
    const reader = this.#waiting.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return 0;
    }
    const { maxEvents, maxBytes } = this.#limits;
    const before = this.#missed;
    this.#buffer.push({ event, bytes });
    this.#bytes += bytes;
    while (this.#buffer.length > maxEvents || this.#bytes > maxBytes) {
      this.#shift();
      this.#missed++;
    }
    return this.#missed - before;
  }

  #shift(): E | undefined {
    const first = this.#buffer.shift();
    this.#bytes -= first?.bytes ?? 0;
    return first?.event;
  }

  next(): Promise<IteratorResult<E | MissedEvents>> {
    if (this.#missed > 0) {
      const value: MissedEvents = { type: "missed", count: this.#missed };
      this.#missed = 0;
      return Promise.resolve({ done: false, value });
    }
    const value = this.#shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the iteration; what is buffered can still be read. */
  return(): Promise<IteratorResult<E | MissedEvents>> {
    this.#ended = true;
    this.#onEnd();
    for (const reader of this.#waiting.splice(0)) reader({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }
}
