/**
 * Typed events: listeners by type, and async iterators with a bounded buffer.
 * @module
 */

/** Takes the listener off again; harmless when called twice. */
export type Unsubscribe = () => void;

interface Typed {
  readonly type: string;
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

  /** `onError` hears what listeners throw: one listener's bug does not silence the others. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
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
    for (const feed of this.#feeds) feed.push(event);
  }

  /** All events from now on. A reader that lags by more than `limit` events misses the oldest. */
  events(limit: number): AsyncIterableIterator<E | MissedEvents> {
    const feed: Feed<E> = new Feed<E>(limit, () => this.#feeds.delete(feed));
    this.#feeds.add(feed);
    return feed;
  }

  /** Ends every iterator. */
  close(): void {
    for (const feed of this.#feeds) void feed.return();
  }
}

type Waiting<E> = (result: IteratorResult<E | MissedEvents>) => void;

class Feed<E> implements AsyncIterableIterator<E | MissedEvents> {
  readonly #limit: number;
  readonly #onEnd: () => void;
  readonly #buffer: E[] = [];
  readonly #waiting: Waiting<E>[] = [];
  #missed = 0;
  #ended = false;

  constructor(limit: number, onEnd: () => void) {
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: E): void {
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader({ done: false, value: event });
    this.#buffer.push(event);
    if (this.#buffer.length > this.#limit) {
      this.#buffer.shift();
      this.#missed++;
    }
  }

  next(): Promise<IteratorResult<E | MissedEvents>> {
    if (this.#missed > 0) {
      const value: MissedEvents = { type: "missed", count: this.#missed };
      this.#missed = 0;
      return Promise.resolve({ done: false, value });
    }
    const value = this.#buffer.shift();
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
