/**
 * A cursor over bytes that came from elsewhere.
 *
 *     ┌──────────┬──────────────────┬─────────┐
 *     │ read     │ to read          │ not ours│
 *     └──────────┴──────────────────┴─────────┘
 *     start      at                 end
 *
 * It hands out numbers and views, never copies. Running off the end is a `DecodeError` `truncated`,
 * thrown before anything was allocated for what was claimed.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";

export class Reader {
  bytes: Uint8Array;
  end: number;
  at: number;
  /** After `truncated`: where the bytes would have to reach for the reading to get further. */
  wantedEnd = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Goes on in other bytes: who reads often keeps one reader. */
  moveTo(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.wantedEnd = 0;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Claims that `count` more bytes are there. */
  need(count: number): void {
    if (this.at + count > this.end) this.#truncated(count);
  }

  uint8(): number {
    if (this.at >= this.end) this.#truncated(1);
    return this.bytes[this.at++] as number;
  }

  uint16(): number {
    this.need(2);
    const { bytes, at } = this;
    this.at = at + 2;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  uint32(): number {
    const high = this.uint16();
    return high * 0x10000 + this.uint16();
  }

  float32(): number {
    return this.#number(4).getFloat32(0);
  }

  float64(): number {
    return this.#number(8).getFloat64(0);
  }

  /** The next `count` bytes as a view, valid as long as the input is. */
  view(count: number): Uint8Array {
    this.need(count);
    const start = this.at;
    this.at = start + count;
    return this.bytes.subarray(start, this.at);
  }

  skip(count: number): void {
    this.need(count);
    this.at += count;
  }

  #number(count: number): DataView {
    this.need(count);
    const { buffer, byteOffset } = this.bytes;
    const view = new DataView(buffer, byteOffset + this.at, count);
    this.at += count;
    return view;
  }

  #truncated(count: number): never {
    this.wantedEnd = this.at + count;
    throw new DecodeError("truncated", `${count} bytes expected, ${this.left} left`);
  }
}
