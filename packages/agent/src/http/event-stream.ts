/**
 * Events as the text of server-sent events, at the speed of the reader.
 *
 *     events ──next──▶ frames ──▶ socket
 *                        return, when the client goes, ends the events, too
 *
 * Whoever writes to the socket asks for the next frame when there is room for it. What comes meanwhile waits where
 * the events come from, which is bounded and says how much it had to drop.
 * @module
 */

/** What goes out as one event: its `type` is the event's name. */
interface Typed {
  readonly type: string;
}

/** A comment at this rate finds out about clients that went without a word. */
export const KEEP_ALIVE_MS = 15_000;

const KEEP_ALIVE = ":\n\n";

/** The frames of `first` and then of the events; `onEnd` is called once. */
export class EventStream<E extends Typed> implements AsyncIterator<string, void> {
  readonly #events: AsyncIterator<E>;
  readonly #onEnd: () => void;
  #first: E | undefined;
  /** The event that is waited for, over any number of comments. */
  #next: Promise<IteratorResult<E>> | undefined;
  #hasEnded = false;

  constructor(first: E, events: AsyncIterator<E>, onEnd: () => void) {
    this.#first = first;
    this.#events = events;
    this.#onEnd = onEnd;
  }

  async next(): Promise<IteratorResult<string, void>> {
    if (this.#first !== undefined) {
      const value = frame(this.#first);
      this.#first = undefined;
      return { done: false, value };
    }
    this.#next ??= this.#events.next();
    const result = await orQuiet(this.#next);
    if (result === "quiet") return { done: false, value: KEEP_ALIVE };
    this.#next = undefined;
    if (result.done !== true) return { done: false, value: frame(result.value) };
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<string, void>> {
    this.#end();
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  #end(): void {
    if (!this.#hasEnded) this.#onEnd();
    this.#hasEnded = true;
  }
}

function frame(event: Typed): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function orQuiet<T>(promise: Promise<T>): Promise<T | "quiet"> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<"quiet">((resolve) => {
    timer = setTimeout(() => resolve("quiet"), KEEP_ALIVE_MS).unref();
  });
  try {
    return await Promise.race([promise, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
