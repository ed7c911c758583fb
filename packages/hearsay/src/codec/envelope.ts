/**
 * What goes around a packet before it is a datagram.
 *
 *     0C  crc32 be  packet        to peers whose PMax is 5 or more
 *     packet                      to everybody else; receivers take both from anybody
 *
 * Others go around this one: `LabelledEnvelope` ▸ `SealedEnvelope` ▸ `CompressingEnvelope` ▸ `PlainEnvelope`.
 * Nothing else has to know.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import type { Crc32 } from "./crc32.ts";
import { TYPE_BYTE } from "./type-byte.ts";

export interface Envelope {
  /** Bytes that `seal` may use before the packet. */
  readonly headroomBytes: number;
  /** Most bytes that `seal` adds in all, before and behind the packet. */
  readonly overheadBytes: number;
  /** Bytes of the datagram for a packet of `packetBytes`: exact unless the envelope compresses, then at most. */
  sizeOf(packetBytes: number, checksum: boolean): number;
  /**
   * The packet in a datagram, as a view of it or as bytes of its own.
   * @throws DecodeError
   */
  open(datagram: Uint8Array): Uint8Array;
  /**
   * The datagram for the packet in `buffer[start, end)`, as a view of the same buffer, which must have
   * `headroomBytes` free before `start` and `overheadBytes - headroomBytes` behind `end`. `checksum`
   * asks for a CRC, for peers that understand it.
   */
  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array;
}

/** Type byte and checksum. */
const CRC_BYTES = 5;

/** Shortest encrypted payload: version, nonce, tag. */
const MIN_ENCRYPTED_BYTES = 29;

/** No secrets: a checksum at most. */
export class PlainEnvelope implements Envelope {
  readonly headroomBytes: number = CRC_BYTES;
  readonly overheadBytes: number = CRC_BYTES;
  readonly #crc32: Crc32;

  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  sizeOf(packetBytes: number, checksum: boolean): number {
    return packetBytes + (checksum ? CRC_BYTES : 0);
  }

  open(datagram: Uint8Array): Uint8Array {
    if (datagram.length === 0) throw new DecodeError("empty", "a datagram of no bytes");
    const first = datagram[0] as number;
    if (first === TYPE_BYTE.label) throw new DecodeError("unexpectedLabel", "a labelled packet");
    if (first === TYPE_BYTE.crc) return this.#openChecked(datagram);
    if (looksEncrypted(datagram)) throw new DecodeError("encrypted", "an encrypted packet");
    return datagram;
  }

  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    if (!checksum) return buffer.subarray(start, end);
    const crc = this.#crc32(buffer.subarray(start, end));
    const head = start - CRC_BYTES;
    buffer[head] = TYPE_BYTE.crc;
    buffer[head + 1] = crc >>> 24;
    buffer[head + 2] = crc >>> 16;
    buffer[head + 3] = crc >>> 8;
    buffer[head + 4] = crc;
    return buffer.subarray(head, end);
  }

  #openChecked(datagram: Uint8Array): Uint8Array {
    if (datagram.length < CRC_BYTES) throw new DecodeError("truncated", "a checksum cut short");
    if (datagram.length === CRC_BYTES) throw new DecodeError("empty", "a checksum of nothing");
    const packet = datagram.subarray(CRC_BYTES);
    const [, a, b, c, d] = datagram as unknown as [number, number, number, number, number];
    const claimed = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (this.#crc32(packet) !== claimed)
      throw new DecodeError("badChecksum", "a checksum that differs");
    return packet;
  }
}

/**
 * Encrypted packets start with a version, 0 or 1, then random bytes; a ping or an indirect ping with the same
 * byte, then a struct. Six times in seven this tells an operator "encrypted" rather than "malformed".
 */
function looksEncrypted(datagram: Uint8Array): boolean {
  if (datagram.length < MIN_ENCRYPTED_BYTES || (datagram[0] as number) > 1) return false;
  const head = datagram[1] as number;
  const isStruct = (head & 0xe0) === 0x80 || head === 0xc0 || (head >= 0xdc && head <= 0xdf);
  return !isStruct;
}
