/**
 * Wire values in JSON, for people who look at packets.
 *
 *     7f 00 00 01   in a field for addresses   { "$hex": "7f000001", "ip": "127.0.0.1" }
 *     68 69         in a field for bytes       { "$hex": "6869", "utf8": "hi" }
 *     a2 68 69      in a field nobody knows    "hi"
 *
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import {
  isArray,
  MAX_SKIPPED_DEPTH,
  NIL,
  readArrayHeader,
  readFloat64,
  readMapHeader,
  readRawLength,
} from "./msgpack-read.ts";
import type { Reader } from "./reader.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What `JSON.stringify` takes as it is. */
export type DescribedValue =
  | null
  | boolean
  | number
  | string
  | readonly DescribedValue[]
  | Description;

/** A layer, a message or a value of several parts. */
export interface Description {
  readonly [name: string]: DescribedValue;
}

export function hexOf(bytes: Uint8Array): string {
  const parts: string[] = [];
  // Text made of codes is one piece; made of digits, one by one, it would be a tree of a node each.
  for (let at = 0; at < bytes.length; at += HEX_STEP) {
    const codes: number[] = [];
    for (const byte of bytes.subarray(at, at + HEX_STEP)) {
      codes.push(HEX_CODES[byte >> 4] as number, HEX_CODES[byte & 0x0f] as number);
    }
    parts.push(String.fromCharCode(...codes));
  }
  return parts.join("");
}

/** Bytes; with their text, if it is printable ASCII through and through. */
export function describeBytes(bytes: Uint8Array): Description {
  const $hex = hexOf(bytes);
  const isPrintable = bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isPrintable ? { $hex, utf8: decodeUtf8(bytes) } : { $hex };
}

/** The bytes of an IP address; in IPv6 no zeros are left out. */
export function describeAddress(bytes: Uint8Array): Description {
  const $hex = hexOf(bytes);
  if (bytes.length === 4) return { $hex, ip: bytes.join(".") };
  if (bytes.length !== 16) return { $hex };
  const groups = Array.from({ length: 8 }, (_, i) => {
    return (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16);
  });
  return { $hex, ip: groups.join(":") };
}

/** Text, or its bytes if it is not UTF-8. */
export function describeText(bytes: Uint8Array): string | Description {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return { $hex: hexOf(bytes) };
    throw error;
  }
}

/** Text as the name of a field: what is not UTF-8 becomes `$hex:…`. */
export function describeName(bytes: Uint8Array): string {
  const text = describeText(bytes);
  return typeof text === "string" ? text : `$hex:${String(text["$hex"])}`;
}

/**
 * A value of any kind, for fields whose kind is not known.
 * @throws DecodeError
 */
export function describeUnknown(reader: Reader, depth = 0): DescribedValue {
  if (depth > MAX_SKIPPED_DEPTH) {
    throw new DecodeError("tooDeep", `more than ${MAX_SKIPPED_DEPTH} levels in an unknown field`);
  }
  reader.need(1);
  const head = reader.bytes[reader.at] as number;
  if (isArray(head)) {
    const values: DescribedValue[] = [];
    for (let left = readArrayHeader(reader, Infinity); left > 0; left--) {
      values.push(describeUnknown(reader, depth + 1));
    }
    return values;
  }
  if ((head & 0xf0) === 0x80 || head === 0xde || head === 0xdf) return describeMap(reader, depth);
  return describeScalar(reader, head);
}

/** Bytes made hex at a time. */
const HEX_STEP = 4096;

/** The codes of the characters 0 to 9 and a to f. */
const HEX_CODES: readonly number[] = /* @__PURE__ */ Array.from("0123456789abcdef", (digit) => {
  return digit.charCodeAt(0);
});

function describeMap(reader: Reader, depth: number): Description {
  const entries: [string, DescribedValue][] = [];
  for (let left = readMapHeader(reader, Infinity); left > 0; left--) {
    const key = describeUnknown(reader, depth + 1);
    const name = typeof key === "string" ? key : JSON.stringify(key);
    entries.push([name, describeUnknown(reader, depth + 1)]);
  }
  // Not by assignment: a field named __proto__ is a field.
  return Object.fromEntries(entries);
}

function describeScalar(reader: Reader, head: number): DescribedValue {
  if (head < 0x80 || head === 0xca || head === 0xcb) return finite(readFloat64(reader));
  reader.at++;
  if (head >= 0xe0) return head - 0x100;
  switch (head) {
    case NIL:
      return null;
    case 0xc2:
    case 0xc3:
      return head === 0xc3;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return describeBytes(reader.view(readRawLength(reader, head)));
    case 0xcf:
      return wide(reader.uint32(), reader.uint32());
    case 0xd3:
      return wide(reader.uint32() | 0, reader.uint32());
    case 0xc7:
      return describeExtension(reader, reader.uint8());
    case 0xc8:
      return describeExtension(reader, reader.uint16());
    case 0xc9:
      return describeExtension(reader, reader.uint32());
    default:
      if (head >= 0xd4 && head <= 0xd8) return describeExtension(reader, 1 << (head - 0xd4));
      if (head >= 0xcc && head <= 0xd2) {
        reader.at--;
        return readFloat64(reader);
      }
      return describeText(reader.view(readRawLength(reader, head)));
  }
}

function describeExtension(reader: Reader, length: number): Description {
  const type = (reader.uint8() << 24) >> 24;
  return { $ext: type, $hex: hexOf(reader.view(length)) };
}

/** JSON has no word for these numbers. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** 64 bits: as digits in text if a number would not be exact. */
function wide(high: number, low: number): number | string {
  const value = high * 0x1_0000_0000 + low;
  return Number.isSafeInteger(value) ? value : String(BigInt(high) * 0x1_0000_0000n + BigInt(low));
}
