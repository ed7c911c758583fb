/**
 * Compresses packets where that makes them shorter, as memberlist does by default.
 * @module
 */
import { compress } from "./compress.ts";
import type { Envelope } from "./envelope.ts";

/** Around the checksum, which is of the compressed packet. Readers need nothing of the kind. */
export class CompressingEnvelope implements Envelope {
  readonly headroomBytes: number;
  readonly overheadBytes: number;
  readonly #inner: Envelope;

  constructor(inner: Envelope) {
    this.#inner = inner;
    this.headroomBytes = inner.headroomBytes;
    this.overheadBytes = inner.overheadBytes;
  }

  sizeOf(packetBytes: number, checksum: boolean): number {
    return this.#inner.sizeOf(packetBytes, checksum);
  }

  open(datagram: Uint8Array): Uint8Array {
    return this.#inner.open(datagram);
  }

  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    const packed = compress(buffer.subarray(start, end));
    if (packed.length >= end - start) return this.#inner.seal(buffer, start, end, checksum);
    buffer.set(packed, start);
    return this.#inner.seal(buffer, start, start + packed.length, checksum);
  }
}
