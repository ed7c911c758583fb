/**
 * A cursor over bytes to send. It trusts that `sizeOf` was asked for room: a typed array drops what is
 * written beyond its end, and whoever made the writer checks the final position once.
 * @module
 */

export class Writer {
  bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Goes on in other bytes: who writes often keeps one writer. */
  moveTo(bytes: Uint8Array, at: number): void {
    this.bytes = bytes;
    this.at = at;
  }

  uint8(value: number): void {
    this.bytes[this.at++] = value;
  }

  uint16(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 8;
    bytes[at + 1] = value;
    this.at = at + 2;
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value);
  }

  float64(value: number): void {
    const { buffer, byteOffset } = this.bytes;
    new DataView(buffer, byteOffset + this.at, 8).setFloat64(0, value);
    this.at += 8;
  }

  /** Copies; short runs by hand, since `set` costs more than it saves below some forty bytes. */
  raw(source: Uint8Array): void {
    const { length } = source;
    if (length <= 40) {
      const { bytes, at } = this;
      for (let i = 0; i < length; i++) bytes[at + i] = source[i] as number;
    } else this.bytes.set(source, this.at);
    this.at += length;
  }
}
