/**
 * Bytes of a stream, collected until an item is whole.
 *
 *     chunks ──▶ ┌──────────┬─────────────────┬──────────┐
 *                │ taken    │ available       │ free     │ ──▶ items
 *                └──────────┴─────────────────┴──────────┘
 *
 * An item that is not whole yet is read again from its start when more has come. That costs at most
 * `maxItemBytes` a chunk, and nothing while fewer bytes are there than the last try found missing.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";
import { Reader } from "./reader.ts";

/** A buffer that has grown beyond this is given back when it is empty. */
const KEPT_BUFFER_BYTES = 64 * 1024;

/** As much as engines keep on their heap: most streams begin with a few bytes that tell what they are. */
const FIRST_BUFFER_BYTES = 64;

type ReadItem = (reader: Reader) => unknown;

export class StreamReader {
  readonly #maxBytes: number;
  #buffer = NO_BYTES;
  #start = 0;
  #end = 0;
  /** The last question that was too early, and how many bytes it takes to get further with it. */
  #asked: ReadItem | undefined;
  #wanted = 0;

  /** `maxBytes` is the most that may wait to be read. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait to be read. */
  get available(): number {
    return this.#end - this.#start;
  }

  /** The next byte, not taken; `undefined` if none is there. */
  get first(): number | undefined {
    return this.available === 0 ? undefined : this.#buffer[this.#start];
  }

  /**
   * Adds a copy of `chunk`.
   * @throws DecodeError `tooLarge` when more waits than may
   */
  push(chunk: Uint8Array): void {
    const total = this.available + chunk.length;
    if (total > this.#maxBytes) {
      throw new DecodeError(
        "tooLarge",
        `${total} bytes of a stream wait, the limit is ${this.#maxBytes}`,
      );
    }
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Reads one item of a byte or more, or returns `undefined` and takes nothing while it is not whole. Passing the same function
   * each time saves re-reading.
   * @throws DecodeError what `read` throws, and `tooLarge` for an item of more than `maxItemBytes`
   */
  tryRead<T>(read: (reader: Reader) => T, maxItemBytes: number): T | undefined {
    if (this.available === 0 || (this.#asked === read && this.available < this.#wanted)) {
      return undefined;
    }
    const start = this.#start;
    const reader = new Reader(this.#buffer, start, Math.min(this.#end, start + maxItemBytes));
    let item: T;
    try {
      item = read(reader);
    } catch (error) {
      // Without `wantedEnd` something inside a whole item was cut short, which waiting does not cure.
      const early =
        error instanceof DecodeError && error.reason === "truncated" && reader.wantedEnd > 0;
      if (!early) throw error;
      this.#asked = read;
      this.#wanted = reader.wantedEnd - start;
      if (this.#wanted <= maxItemBytes) return undefined;
      throw new DecodeError("tooLarge", `an item of a stream exceeds ${maxItemBytes} bytes`);
    }
    this.#consume(reader.at - start);
    return item;
  }

  /** Exactly `count` bytes, the caller's to keep; `undefined` while fewer are there. */
  take(count: number): Uint8Array | undefined {
    return this.available < count ? undefined : this.takeUpTo(count);
  }

  /** What is there, up to `count` bytes, the caller's to keep. */
  takeUpTo(count: number): Uint8Array {
    if (count === 0 || this.available === 0) return NO_BYTES;
    const taken = this.#buffer.slice(this.#start, this.#start + Math.min(count, this.available));
    this.#consume(taken.length);
    return taken;
  }

  /** What waits to be read: pushed into a fresh reader, it stands for this one. */
  save(): Uint8Array {
    return this.#buffer.slice(this.#start, this.#end);
  }

  #consume(count: number): void {
    this.#start += count;
    this.#asked = undefined;
    if (this.#start < this.#end) return;
    this.#start = this.#end = 0;
    if (this.#buffer.length > KEPT_BUFFER_BYTES) this.#buffer = NO_BYTES;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const { available } = this;
    const fits = available + count <= this.#buffer.length;
    // Moving is cheap only when at least as much has been taken since as has to be moved.
    if (fits && this.#start >= available) this.#buffer.copyWithin(0, this.#start, this.#end);
    else {
      const size = Math.max(FIRST_BUFFER_BYTES, 2 * (available + count));
      const larger = new Uint8Array(size);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = larger;
    }
    this.#start = 0;
    this.#end = available;
  }
}
