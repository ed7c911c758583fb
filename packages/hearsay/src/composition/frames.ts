/**
 * Frames on a link: `[length u32 be][message]`, the length checked before a byte is kept.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";

const HEADER_BYTES = 4;

/** A frame around `size` bytes that `write` puts where it is told. */
export function frameOf(
  size: number,
  write: (target: Uint8Array, offset: number) => void,
): Uint8Array {
  const framed = new Uint8Array(HEADER_BYTES + size);
  for (let i = 0; i < HEADER_BYTES; i++) framed[i] = size >>> (24 - 8 * i);
  write(framed, HEADER_BYTES);
  return framed;
}

/** A frame around `bytes`. */
export function frame(bytes: Uint8Array): Uint8Array {
  return frameOf(bytes.length, (target, offset) => target.set(bytes, offset));
}

/** What has come of a frame that is not whole yet. */
export interface SavedFrame {
  readonly header: Uint8Array;
  readonly body: Uint8Array | undefined;
}

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerLength = 0;
  #body: Uint8Array | undefined;
  #bodyLength = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads on; calls `each` for every frame that is now whole, until it returns false. The bytes are valid only during
   * that call: a frame that has come in one piece is a view of the chunk.
   * @throws DecodeError `tooLarge` or `empty`
   */
  push(chunk: Uint8Array, each: (bytes: Uint8Array) => boolean): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) {
        while (at < chunk.length && this.#headerLength < HEADER_BYTES) {
          this.#header[this.#headerLength++] = chunk[at++] as number;
        }
        if (this.#headerLength < HEADER_BYTES) return;
        const end = at + this.#checkedLength();
        if (end <= chunk.length) {
          this.#headerLength = 0;
          const whole = chunk.subarray(at, end);
          at = end;
          if (!each(whole)) return;
          continue;
        }
        this.#begin(chunk.length - at);
      }
      const body = this.#body as unknown as Uint8Array;
      const part = chunk.subarray(at, at + this.#length - this.#bodyLength);
      this.#store(body, part);
      at += part.length;
      if (this.#bodyLength < this.#length) continue;
      const whole = (this.#body as unknown as Uint8Array).subarray(0, this.#length);
      this.#body = undefined;
      this.#headerLength = 0;
      if (!each(whole)) return;
    }
  }

  save(): SavedFrame {
    const body = this.#body?.slice(0, this.#bodyLength);
    return { header: this.#header.slice(0, this.#headerLength), body };
  }

  restore({ header, body }: SavedFrame): void {
    this.#header.set(header);
    this.#headerLength = header.length;
    this.#body = body?.slice();
    this.#bodyLength = body?.length ?? 0;
  }

  get #length(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#header;
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  #checkedLength(): number {
    const length = this.#length;
    if (length > this.#maxBytes) throw new DecodeError("tooLarge", `a frame of ${length} bytes`);
    if (length === 0) throw new DecodeError("empty", "a frame of no bytes");
    return length;
  }

  #begin(available: number): void {
    const length = this.#length;
    // A claimed length is not yet a reason to allocate it.
    this.#body = new Uint8Array(Math.min(length, Math.max(available, 1024)));
    this.#bodyLength = 0;
  }

  #store(body: Uint8Array, part: Uint8Array): void {
    if (this.#bodyLength + part.length > body.length) {
      const grown = new Uint8Array(
        Math.min(this.#length, Math.max(2 * body.length, this.#bodyLength + part.length)),
      );
      grown.set(body.subarray(0, this.#bodyLength));
      this.#body = grown;
      body = grown;
    }
    body.set(part, this.#bodyLength);
    this.#bodyLength += part.length;
  }
}
