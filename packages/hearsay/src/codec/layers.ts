/**
 * Takes a packet apart: what is left of a datagram when the envelope is off.
 *
 *     compress ▸ compound ▸ message          each optional, nested up to a limit
 *                         ▸ message
 *
 * What cannot be read is dropped where it is, with its reason, and its neighbours are read all the same.
 * Whoever sends a packet decides how much work it is, so three limits hold for the packet as a whole:
 * how deep layers nest, how many messages come out, how many bytes decompression makes.
 * @see docs/wire/memberlist.md
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import type { DecodeReason } from "../kernel/index.ts";
import { decompress } from "./compress.ts";
import { TYPE_BYTE } from "./type-byte.ts";

export interface LayerLimits {
  /** Compounds and compressions around one another. memberlist itself uses two. @default 4 */
  readonly depth: number;
  /** Messages of one packet, those that are dropped included. @default 1024 */
  readonly messages: number;
  /** Bytes that all decompression within one packet may make. @default 262144 */
  readonly inflatedBytes: number;
}

export const DEFAULT_LAYER_LIMITS: LayerLimits = {
  depth: 4,
  messages: 1024,
  inflatedBytes: 256 * 1024,
};

/** Where a packet's contents go. */
export interface LayerSink {
  /** A message in `bytes[start, end)`, its type byte first; the bytes are valid during the call. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** Something could not be read. */
  drop(reason: DecodeReason): void;
}

/** Hands every message of the packet to `sink`, in order. Throws only what `sink` throws. */
export function readLayers(packet: Uint8Array, limits: LayerLimits, sink: LayerSink): void {
  new LayerReader(limits, sink).read(packet, 0, packet.length, 0);
}

class LayerReader {
  readonly #maxDepth: number;
  readonly #sink: LayerSink;
  #messagesLeft: number;
  #inflatedLeft: number;

  constructor(limits: LayerLimits, sink: LayerSink) {
    this.#maxDepth = limits.depth;
    this.#messagesLeft = limits.messages;
    this.#inflatedLeft = limits.inflatedBytes;
    this.#sink = sink;
  }

  /** Reads one layer or message; `false` when the packet has used up what it may cost. */
  read(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
    if (start >= end) return this.#drop("empty");
    switch (bytes[start]) {
      case TYPE_BYTE.compound:
        if (depth >= this.#maxDepth) return this.#drop("tooDeep");
        return this.#readCompound(bytes, start + 1, end, depth + 1);
      case TYPE_BYTE.compress:
        if (depth >= this.#maxDepth) return this.#drop("tooDeep");
        return this.#readCompressed(bytes, start + 1, end, depth + 1);
      // These go around a packet, never into it.
      case TYPE_BYTE.crc:
      case TYPE_BYTE.encrypt:
      case TYPE_BYTE.label:
        return this.#drop("misplacedType");
      default:
        if (!this.#count()) return false;
        this.#sink.message(bytes, start, end);
        return true;
    }
  }

  #readCompound(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
    if (start >= end) return this.#drop("truncated");
    const count = bytes[start] as number;
    const lengths = start + 1;
    let at = lengths + 2 * count;
    if (at > end) return this.#drop("truncated");
    if (count === 0) return this.#drop("empty");
    for (let i = 0; i < count; i++) {
      const high = bytes[lengths + 2 * i] as number;
      const partEnd = at + ((high << 8) | (bytes[lengths + 2 * i + 1] as number));
      // The parts before it were whole and have been read, as memberlist does.
      if (partEnd > end) return this.#drop("truncated");
      if (!this.read(bytes, at, partEnd, depth)) return false;
      at = partEnd;
    }
    return true;
  }

  #readCompressed(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
    let plain: Uint8Array;
    try {
      plain = decompress(bytes, start, end, this.#inflatedLeft);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // What a failed attempt has made counts as all that it might have made.
      if (error.reason === "tooLarge" || error.reason === "badCompression") this.#inflatedLeft = 0;
      return this.#drop(error.reason);
    }
    this.#inflatedLeft -= plain.length;
    return this.read(plain, 0, plain.length, depth);
  }

  #drop(reason: DecodeReason): boolean {
    if (!this.#count()) return false;
    this.#sink.drop(reason);
    return true;
  }

  /** Counts one message or drop. The one too many is reported, and ends the packet. */
  #count(): boolean {
    if (this.#messagesLeft-- > 0) return true;
    this.#sink.drop("tooMany");
    return false;
  }
}
