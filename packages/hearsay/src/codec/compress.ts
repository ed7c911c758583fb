/**
 * memberlist's compression wrapper: a type byte and a struct of two fields.
 *
 *     09  82  a4 "Algo" 00  a3 "Buf" raw
 *
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { int, NO_BYTES } from "./field.ts";
import type { Field } from "./field.ts";
import { decodeLzw, encodeLzw } from "./lzw.ts";
import { readRawHeader } from "./msgpack-read.ts";
import { rawHeaderSize, writeRawHeader } from "./msgpack-write.ts";
import { Reader } from "./reader.ts";
import { named, struct } from "./struct.ts";
import { TYPE_BYTE } from "./type-byte.ts";
import { Writer } from "./writer.ts";

/** The one algorithm that memberlist has. */
export const LZW_ALGORITHM = 0;

interface Compressed {
  readonly algorithm: number;
  readonly body: Uint8Array;
}

/** Bytes that stay where they are: what is inside is decompressed at once. */
const BODY: Field<Uint8Array> = {
  zero: NO_BYTES,
  mandatory: false,
  read: (reader) => reader.view(Math.max(0, readRawHeader(reader, Infinity))),
  write: (writer, value) => {
    writeRawHeader(writer, value.length);
    writer.raw(value);
  },
  sizeOf: (value) => rawHeaderSize(value.length) + value.length,
  isEmpty: (value) => value.length === 0,
};

const COMPRESSED: Field<Compressed> = struct<Compressed>({
  algorithm: named("Algo", int()),
  body: named("Buf", BODY),
});

/**
 * The plaintext in a wrapper whose type byte has been passed.
 * @throws DecodeError `unsupported`, `badCompression`, `tooLarge`, `empty` and those of any struct
 */
export function decompress(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxBytes: number,
): Uint8Array {
  const { algorithm, body } = COMPRESSED.read(new Reader(bytes, start, end));
  checkAlgorithm(algorithm);
  const plain = decodeLzw(body, 0, body.length, maxBytes);
  // Old peers crash on it, so nobody sends it in good faith.
  if (plain.length === 0) throw new DecodeError("empty", "compression of nothing");
  return plain;
}

/** `plain` in its wrapper, type byte first. Never wrap nothing: it crashes old peers. */
export function compress(plain: Uint8Array): Uint8Array {
  const compressed: Compressed = { algorithm: LZW_ALGORITHM, body: encodeLzw(plain) };
  const writer = new Writer(new Uint8Array(1 + COMPRESSED.sizeOf(compressed)));
  writer.uint8(TYPE_BYTE.compress);
  COMPRESSED.write(writer, compressed);
  return writer.bytes;
}

/** @throws DecodeError `unsupported` */
export function checkAlgorithm(algorithm: number): void {
  if (algorithm === LZW_ALGORITHM) return;
  throw new DecodeError("unsupported", `compression algorithm ${algorithm}`);
}
