/**
 * Reading msgpack as Go's memberlist does: both dialects, and everything its decoder lets pass.
 *
 *     a0-bf d9 da db | c4 c5 c6   text and bytes alike, in every form
 *     00-7f cc-cf | e0-ff d0-d3   integers, signed or not, in any width
 *     90-9f dc dd                 arrays: of bytes for bytes, of fields for a struct
 *     80-8f de df                 maps
 *     c0                          nil: the zero value of whatever was expected
 *
 * Each claim of a length is compared with a limit and with what is left before anything is made.
 * @see docs/wire/memberlist.md
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import type { DecodeReason } from "../kernel/index.ts";
import type { Reader } from "./reader.ts";

/** First byte of msgpack's nil. */
export const NIL = 0xc0;

/** Levels of arrays and maps that a value of no interest to us may have. */
export const MAX_SKIPPED_DEPTH = 16;

/** Whether the next value is nil; if so, it is passed. */
export function readNil(reader: Reader): boolean {
  const isNil = reader.at < reader.end && reader.bytes[reader.at] === NIL;
  if (isNil) reader.at++;
  return isNil;
}

/** An integer in `[min, max]`; nil is 0. */
export function readInt(
  reader: Reader,
  min: number,
  max: number,
  beyond: DecodeReason = "outOfRange",
): number {
  const head = reader.uint8();
  const value = head < 0x80 ? head : readLongInt(reader, head);
  if (value < min || value > max) {
    throw new DecodeError(beyond, `integer ${value} is not in ${min}..${max}`);
  }
  return value;
}

/** A boolean; 0 and 1 will do, nil is false. */
export function readBool(reader: Reader): boolean {
  const head = reader.uint8();
  if (head === 0xc3) return true;
  if (head === 0xc2 || head === NIL) return false;
  reader.at--;
  return readInt(reader, 0, 1, "malformed") === 1;
}

/** A floating point number; integers and float32 will do, nil is 0. */
export function readFloat64(reader: Reader): number {
  const head = reader.uint8();
  if (head === 0xcb) return reader.float64();
  if (head === 0xca) return reader.float32();
  return head < 0x80 ? head : readLongInt(reader, head);
}

/**
 * Passes the header of text or bytes and returns their length, which is at most `max` and there to be
 * read; -1 for nil.
 */
export function readRawHeader(reader: Reader, max: number): number {
  const head = reader.uint8();
  const length = (head & 0xe0) === 0xa0 ? head & 0x1f : readRawLength(reader, head);
  if (length > max) throw new DecodeError("tooLarge", `${length} bytes, the limit is ${max}`);
  reader.need(length);
  return length;
}

/** As `readRawHeader`, of any length, with what it announces perhaps still on its way. */
export function readRawLength(reader: Reader, head: number): number {
  if ((head & 0xe0) === 0xa0) return head & 0x1f;
  switch (head) {
    case 0xd9:
    case 0xc4:
      return reader.uint8();
    case 0xda:
    case 0xc5:
      return reader.uint16();
    case 0xdb:
    case 0xc6:
      return reader.uint32();
    case NIL:
      return -1;
    default:
      throw unexpected("text or bytes", head);
  }
}

/** Whether `head` opens an array. */
export function isArray(head: number): boolean {
  return (head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd;
}

/** Elements of the array that starts here; -1 for nil. An element takes a byte at least. */
export function readArrayHeader(reader: Reader, max: number): number {
  const head = reader.uint8();
  let count: number;
  if ((head & 0xf0) === 0x90) count = head & 0x0f;
  else if (head === 0xdc) count = reader.uint16();
  else if (head === 0xdd) count = reader.uint32();
  else if (head === NIL) return -1;
  else throw unexpected("an array", head);
  if (count > max) throw new DecodeError("tooMany", `${count} elements, the limit is ${max}`);
  reader.need(count);
  return count;
}

/** Entries of the map that starts here; -1 for nil. An entry takes two bytes at least. */
export function readMapHeader(reader: Reader, max: number): number {
  const head = reader.uint8();
  let count: number;
  if ((head & 0xf0) === 0x80) count = head & 0x0f;
  else if (head === 0xde) count = reader.uint16();
  else if (head === 0xdf) count = reader.uint32();
  else if (head === NIL) return -1;
  else throw unexpected("a map", head);
  if (count > max) throw new DecodeError("tooMany", `${count} entries, the limit is ${max}`);
  reader.need(2 * count);
  return count;
}

/**
 * Passes one value of any kind. Keeps count in a short array of its own, so that a nest of arrays costs
 * neither stack nor memory.
 */
export function skipValue(reader: Reader): void {
  // How many values are still open at each level.
  const open: number[] = [1];
  while (open.length > 0) {
    const level = open.length - 1;
    const left = open[level] as number;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[level] = left - 1;
    const inside = skipHead(reader);
    if (inside === 0) continue;
    if (open.length > MAX_SKIPPED_DEPTH) {
      throw new DecodeError("tooDeep", `more than ${MAX_SKIPPED_DEPTH} levels in an unknown field`);
    }
    open.push(inside);
  }
}

/** Passes a scalar, or the header of a container: returns the values inside. */
function skipHead(reader: Reader): number {
  const head = reader.uint8();
  if (head < 0x80 || head >= 0xe0) return 0;
  if (head < 0xa0 || (head >= 0xdc && head <= 0xdf)) {
    reader.at--;
    return isArray(head) ? readArrayHeader(reader, Infinity) : 2 * readMapHeader(reader, Infinity);
  }
  if (head >= 0xc7 && head <= 0xc9) reader.skip(extLength(reader, head));
  else if (head >= 0xca && head <= 0xd8) reader.skip(SCALAR_BYTES[head - 0xca] as number);
  else if (head === 0xc1) throw unexpected("a value", head);
  else if (head !== NIL && head !== 0xc2 && head !== 0xc3) reader.skip(readRawLength(reader, head));
  return 0;
}

/** Bytes after the heads 0xca to 0xd8: floats, integers, extensions of fixed size. */
const SCALAR_BYTES: readonly number[] = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

/** An extension: its length, then one byte of type. */
function extLength(reader: Reader, head: number): number {
  if (head === 0xc7) return reader.uint8() + 1;
  return (head === 0xc8 ? reader.uint16() : reader.uint32()) + 1;
}

/** The integers that take more than their first byte. */
function readLongInt(reader: Reader, head: number): number {
  switch (head) {
    case 0xcd:
      return reader.uint16();
    case 0xce:
      return reader.uint32();
    case 0xcc:
      return reader.uint8();
    case 0xd1:
      return (reader.uint16() << 16) >> 16;
    case 0xd2:
      return reader.uint32() | 0;
    case 0xd0:
      return (reader.uint8() << 24) >> 24;
    case 0xcf:
      return safe(reader.uint32(), reader.uint32());
    case 0xd3:
      return safe(reader.uint32() | 0, reader.uint32());
    case NIL:
      return 0;
    default:
      if (head >= 0xe0) return head - 0x100;
      throw unexpected("an integer", head);
  }
}

function safe(high: number, low: number): number {
  const value = high * 0x100000000 + low;
  if (Number.isSafeInteger(value)) return value;
  throw new DecodeError("outOfRange", "an integer of more than 53 bits");
}

function unexpected(expected: string, head: number): DecodeError {
  return new DecodeError(
    "malformed",
    `expected ${expected}, got a value that starts 0x${head.toString(16)}`,
  );
}
