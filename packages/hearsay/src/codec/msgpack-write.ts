/**
 * Writing msgpack as Go's memberlist 0.2 does (go-msgpack 0.5.5), which every version reads.
 *
 * - Text and bytes are "raw": fixstr, str16, str32. Old peers take neither str8 for a key nor bin for
 *   text, so we write none of them.
 * - Integers take the smallest unsigned form, negative ones the smallest signed form.
 * - Floating point numbers take eight bytes always.
 * @module
 */
import { invariant } from "../kernel/index.ts";
import { NIL } from "./msgpack-read.ts";
import type { Writer } from "./writer.ts";

const TWO_32 = 0x100000000;

/** Bytes of a raw header for `length` bytes. */
export function rawHeaderSize(length: number): number {
  if (length < 32) return 1;
  return length < 0x10000 ? 3 : 5;
}

export function writeRawHeader(writer: Writer, length: number): void {
  if (length < 32) writer.uint8(0xa0 | length);
  else if (length < 0x10000) {
    writer.uint8(0xda);
    writer.uint16(length);
  } else {
    writer.uint8(0xdb);
    writer.uint32(length);
  }
}

/** Bytes of an array's or map's header. */
export function containerHeaderSize(count: number): number {
  if (count < 16) return 1;
  return count < 0x10000 ? 3 : 5;
}

export function writeArrayHeader(writer: Writer, count: number): void {
  if (count < 16) writer.uint8(0x90 | count);
  else writeLongHeader(writer, 0xdc, count);
}

export function writeMapHeader(writer: Writer, count: number): void {
  if (count < 16) writer.uint8(0x80 | count);
  else writeLongHeader(writer, 0xde, count);
}

export function writeNil(writer: Writer): void {
  writer.uint8(NIL);
}

export function writeBool(writer: Writer, value: boolean): void {
  writer.uint8(value ? 0xc3 : 0xc2);
}

export function writeFloat64(writer: Writer, value: number): void {
  writer.uint8(0xcb);
  writer.float64(value);
}

/** Bytes of an integer as `writeInt` writes it. */
export function intSize(value: number): number {
  if (value >= 0) {
    if (value < 0x80) return 1;
    if (value < 0x100) return 2;
    if (value < 0x10000) return 3;
    return value < TWO_32 ? 5 : 9;
  }
  if (value >= -0x20) return 1;
  if (value >= -0x80) return 2;
  if (value >= -0x8000) return 3;
  return value >= -0x80000000 ? 5 : 9;
}

export function writeInt(writer: Writer, value: number): void {
  if (value >= 0 && value < 0x80) writer.uint8(value);
  else if (value >= 0) writeUnsigned(writer, value);
  else writeNegative(writer, value);
}

function writeUnsigned(writer: Writer, value: number): void {
  if (value < 0x100) {
    writer.uint8(0xcc);
    writer.uint8(value);
  } else if (value < 0x10000) {
    writer.uint8(0xcd);
    writer.uint16(value);
  } else if (value < TWO_32) {
    writer.uint8(0xce);
    writer.uint32(value);
  } else writeLong(writer, 0xcf, value);
}

function writeNegative(writer: Writer, value: number): void {
  if (value >= -0x20) writer.uint8(value);
  else if (value >= -0x80) {
    writer.uint8(0xd0);
    writer.uint8(value);
  } else if (value >= -0x8000) {
    writer.uint8(0xd1);
    writer.uint16(value);
  } else if (value >= -0x80000000) {
    writer.uint8(0xd2);
    writer.uint32(value);
  } else writeLong(writer, 0xd3, value);
}

/** Eight bytes, two's complement. */
function writeLong(writer: Writer, head: number, value: number): void {
  invariant(Number.isSafeInteger(value), `${value} is not an integer that can be written`);
  const high = Math.floor(value / TWO_32);
  writer.uint8(head);
  writer.uint32(high);
  writer.uint32(value - high * TWO_32);
}

/** The 16-bit form at `head`, the 32-bit form after it. */
function writeLongHeader(writer: Writer, head: number, count: number): void {
  if (count < 0x10000) {
    writer.uint8(head);
    writer.uint16(count);
  } else {
    writer.uint8(head + 1);
    writer.uint32(count);
  }
}
