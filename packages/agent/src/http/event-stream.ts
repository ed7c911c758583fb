/**
 * Server-sent events at the speed of the reader.
 *
 *     frames ──next──▶ EventStream ──▶ socket
 *                        return, when the client goes, ends the frames, too
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

/** One event as text. A client that comes back says the last `id` that it has seen. */
export function frame(event: Typed, id?: string): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The frames, and comments while there are none; `onEnd` is called once. */
export class EventStream implements AsyncIterator<string, void> {
  readonly #frames: AsyncIterator<string, void>;
  readonly #onEnd: () => void;
  /** The frame that is waited for, over any number of comments. */
  #next: Promise<IteratorResult<string, void>> | undefined;
  #hasEnded = false;

  constructor(frames: AsyncIterator<string, void>, onEnd: () => void) {
    this.#frames = frames;
    this.#onEnd = onEnd;
  }

  async next(): Promise<IteratorResult<string, void>> {
    this.#next ??= this.#frames.next();
    const result = await orQuiet(this.#next);
    if (result === "quiet") return { done: false, value: KEEP_ALIVE };
    this.#next = undefined;
    if (result.done === true) this.#end();
    return result;
  }

  async return(): Promise<IteratorResult<string, void>> {
    this.#end();
    await this.#frames.return?.();
    return { done: true, value: undefined };
  }

  #end(): void {
    if (!this.#hasEnded) this.#onEnd();
    this.#hasEnded = true;
  }
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
