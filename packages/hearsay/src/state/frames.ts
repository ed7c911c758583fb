/**
 * Messages on a stream, each with its length in front.
 *
 *     ┌ length: 4 bytes ┬ message, without its prefix ┐ ┌ length …
 *
 * @module
 */
import type { WireMessage } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Message } from "../kernel/index.ts";

const LENGTH_BYTES = 4;

/** The bytes of one message. */
export function framed<M extends Message>(type: WireMessage<M>, message: M): Uint8Array {
  const { length: prefixBytes } = type.prefix;
  const size = type.sizeOf(message) - prefixBytes;
  // The length takes the place of the prefix: a stream carries messages of one type alone.
  const bytes = new Uint8Array(LENGTH_BYTES + size);
  const whole = new Uint8Array(prefixBytes + size);
  type.encodeInto(message, whole, 0);
  bytes.set(whole.subarray(prefixBytes), LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, size);
  return bytes;
}

/** What has come of a stream and makes no whole message yet. */
export class FrameInbox<M extends Message> {
  readonly #type: WireMessage<M>;
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(type: WireMessage<M>, maxBytes: number) {
    this.#type = type;
    this.#maxBytes = maxBytes;
  }

  /**
   * The messages that this chunk completes.
   * @throws DecodeError
   */
  push(chunk: Uint8Array): M[] {
    this.#chunks.push(chunk.slice());
    this.#size += chunk.length;
    const messages: M[] = [];
    for (;;) {
      const head = this.#head();
      if (head === undefined) return messages;
      if (head > this.#maxBytes) throw new DecodeError("tooLarge", `${head} bytes of state`);
      const end = LENGTH_BYTES + head;
      if (this.#size < end) return messages;
      const bytes = this.#joined();
      messages.push(this.#type.decode(bytes, LENGTH_BYTES, end));
      this.#chunks = end < bytes.length ? [bytes.subarray(end)] : [];
      this.#size -= end;
    }
  }

  save(): Uint8Array {
    return this.#joined().slice();
  }

  restore(bytes: Uint8Array): void {
    this.#chunks = [bytes];
    this.#size = bytes.length;
  }

  /** The length of the message that begins here. */
  #head(): number | undefined {
    if (this.#size < LENGTH_BYTES) return undefined;
    const first = this.#chunks[0] as Uint8Array;
    const { buffer, byteOffset } = first.length >= LENGTH_BYTES ? first : this.#joined();
    return new DataView(buffer, byteOffset).getUint32(0);
  }

  #joined(): Uint8Array {
    const [first, ...rest] = this.#chunks;
    if (first !== undefined && rest.length === 0) return first;
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [bytes];
    return bytes;
  }
}
