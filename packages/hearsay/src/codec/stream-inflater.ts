/**
 * Takes memberlist's compression off a stream while it arrives.
 *
 *     09  82  a4 "Algo" 00  a3 "Buf"  db 01 40 00 00  LZW …   ──▶   06 83 a4 "Join" …
 *
 * Go compresses whatever it sends on a stream, as one value of up to 20 MiB. Here nothing waits for the
 * whole: each chunk is turned into plaintext at once, and reads on like an uncompressed stream.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { checkAlgorithm } from "./compress.ts";
import { LzwDecoder } from "./lzw.ts";
import type { SavedLzwDecoder } from "./lzw.ts";
import {
  isArray,
  readArrayHeader,
  readInt,
  readMapHeader,
  readRawHeader,
  readRawLength,
  skipValue,
} from "./msgpack-read.ts";
import type { Reader } from "./reader.ts";
import { StreamReader } from "./stream-reader.ts";
import { TYPE_BYTE } from "./type-byte.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Largest compressed body: what memberlist takes as one frame. */
export const MAX_COMPRESSED_STREAM_BYTES: number = 20 * 1024 * 1024;

/** Most plaintext from one stream; memberlist's own limit. */
export const MAX_INFLATED_STREAM_BYTES: number = 40 * 1024 * 1024;

/** Most fields of a wrapper, and bytes of any but the body: far more than there ever were. */
const MAX_WRAPPER_FIELDS = 16;
const MAX_WRAPPER_FIELD_BYTES = 256;

/** Most plaintext handed out at a time. */
const SLICE_BYTES = 16 * 1024;

const ALGORITHM_FIELD = "Algo";
const BODY_FIELD = "Buf";

/** The order that counts when a wrapper is written as an array. */
const FIELDS: readonly string[] = [ALGORITHM_FIELD, BODY_FIELD];

type Phase = "header" | "field" | "body" | "done";

export interface SavedStreamInflater {
  readonly waiting: Uint8Array;
  readonly decoder: SavedLzwDecoder;
  readonly phase: Phase;
  readonly fieldsLeft: number;
  readonly positional: boolean;
  readonly position: number;
  readonly bodyLeft: number;
  readonly inflated: number;
}

export class StreamInflater {
  readonly #waiting = new StreamReader(MAX_COMPRESSED_STREAM_BYTES + MAX_WRAPPER_FIELD_BYTES);
  readonly #decoder = new LzwDecoder();
  readonly #slice = new Uint8Array(SLICE_BYTES);
  readonly #maxInflatedBytes: number;
  #phase: Phase = "header";
  #fieldsLeft = 0;
  /** Whether fields come without names, as an array. */
  #positional = false;
  #position = 0;
  #bodyLeft = 0;
  #inflated = 0;

  constructor(maxInflatedBytes: number = MAX_INFLATED_STREAM_BYTES) {
    this.#maxInflatedBytes = maxInflatedBytes;
  }

  /** Whether the wrapper has been read to its end; what follows it is ignored. */
  get done(): boolean {
    return this.#phase === "done";
  }

  /**
   * Takes what came, the type byte of the wrapper first, and hands its plaintext to `sink` in slices, which
   * are the sink's to keep.
   * @throws DecodeError
   */
  push(chunk: Uint8Array, sink: (plain: Uint8Array) => void): void {
    if (this.done) return;
    this.#waiting.push(chunk);
    for (let more = true; more;) {
      switch (this.#phase) {
        case "header":
          more = this.#readHeader();
          break;
        case "field":
          more = this.#readField();
          break;
        case "body":
          more = this.#readBody(sink);
          break;
        case "done":
          return;
      }
    }
  }

  save(): SavedStreamInflater {
    return {
      waiting: this.#waiting.save(),
      decoder: this.#decoder.save(),
      phase: this.#phase,
      fieldsLeft: this.#fieldsLeft,
      positional: this.#positional,
      position: this.#position,
      bodyLeft: this.#bodyLeft,
      inflated: this.#inflated,
    };
  }

  restore(saved: SavedStreamInflater): void {
    this.#waiting.push(saved.waiting);
    this.#decoder.restore(saved.decoder);
    this.#phase = saved.phase;
    this.#fieldsLeft = saved.fieldsLeft;
    this.#positional = saved.positional;
    this.#position = saved.position;
    this.#bodyLeft = saved.bodyLeft;
    this.#inflated = saved.inflated;
  }

  #readHeader(): boolean {
    const header = this.#waiting.tryRead(readWrapperHeader, MAX_WRAPPER_FIELD_BYTES);
    if (header === undefined) return false;
    this.#fieldsLeft = header.fields;
    this.#positional = header.positional;
    this.#nextField();
    return true;
  }

  /** Reads a field, or the header of the body. */
  #readField(): boolean {
    const field = this.#waiting.tryRead(this.#fieldReader, MAX_WRAPPER_FIELD_BYTES);
    if (field === undefined) return false;
    this.#fieldsLeft--;
    this.#position++;
    if (field.bodyBytes === undefined) this.#nextField();
    else {
      if (this.#decoder.finished) throw new DecodeError("malformed", "two bodies in one wrapper");
      this.#bodyLeft = field.bodyBytes;
      this.#phase = "body";
    }
    return true;
  }

  readonly #fieldReader = (reader: Reader): WrapperField => {
    return readWrapperField(reader, this.#positional ? this.#position : undefined);
  };

  /** Decompresses what is there; `false` when more has to come. */
  #readBody(sink: (plain: Uint8Array) => void): boolean {
    const part = this.#waiting.takeUpTo(this.#bodyLeft);
    this.#bodyLeft -= part.length;
    // What follows the end code within the body is of no use to anybody.
    if (!this.#decoder.finished) this.#inflate(part, sink);
    if (this.#bodyLeft > 0) return false;
    if (!this.#decoder.finished)
      throw new DecodeError("badCompression", "LZW data without their end");
    this.#nextField();
    return true;
  }

  #inflate(part: Uint8Array, sink: (plain: Uint8Array) => void): void {
    this.#decoder.feed(part);
    for (;;) {
      // One byte beyond the limit is enough to know that there is more.
      const room = Math.min(SLICE_BYTES, this.#maxInflatedBytes + 1 - this.#inflated);
      const length = this.#decoder.read(this.#slice, 0, room);
      this.#inflated += length;
      if (this.#inflated > this.#maxInflatedBytes) {
        throw new DecodeError("tooLarge", `more than ${this.#maxInflatedBytes} bytes decompressed`);
      }
      if (length > 0) sink(this.#slice.slice(0, length));
      if (length < room) return;
    }
  }

  #nextField(): void {
    this.#phase = this.#fieldsLeft > 0 ? "field" : "done";
    // Old peers crash on it, so nobody sends it in good faith.
    if (this.done && this.#inflated === 0) throw new DecodeError("empty", "compression of nothing");
  }
}

interface WrapperField {
  /** Length of the body, if this is it; it follows. */
  readonly bodyBytes: number | undefined;
}

const NO_BODY: WrapperField = { bodyBytes: undefined };

function readWrapperHeader(reader: Reader): { fields: number; positional: boolean } {
  if (reader.uint8() !== TYPE_BYTE.compress) {
    throw new DecodeError("misplacedType", "expected a compressed stream");
  }
  reader.need(1);
  const positional = isArray(reader.bytes[reader.at] as number);
  const fields = positional
    ? readArrayHeader(reader, MAX_WRAPPER_FIELDS)
    : readMapHeader(reader, MAX_WRAPPER_FIELDS);
  return { fields: Math.max(0, fields), positional };
}

function readWrapperField(reader: Reader, position: number | undefined): WrapperField {
  const name = position === undefined ? readName(reader) : FIELDS[position];
  if (name === BODY_FIELD) {
    const bodyBytes = readRawLength(reader, reader.uint8());
    if (bodyBytes <= MAX_COMPRESSED_STREAM_BYTES) return { bodyBytes: Math.max(0, bodyBytes) };
    throw new DecodeError("tooLarge", `a compressed body of ${bodyBytes} bytes`);
  }
  if (name === ALGORITHM_FIELD) {
    checkAlgorithm(readInt(reader, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
  } else skipValue(reader);
  return NO_BODY;
}

function readName(reader: Reader): string {
  const length = readRawHeader(reader, MAX_WRAPPER_FIELD_BYTES);
  if (length < 0) throw new DecodeError("malformed", "a field without a name");
  reader.at += length;
  return decodeUtf8(reader.bytes, reader.at - length, reader.at);
}
