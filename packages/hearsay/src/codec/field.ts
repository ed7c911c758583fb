/**
 * Field descriptions: one object knows how a value is read, written and measured.
 *
 * Messages are tables of these (`message.ts`), so that decoding, encoding and the exact size of a message
 * cannot disagree. Every maker that could be asked for a lot of memory takes a limit, and the limit is
 * compared with what the bytes claim before anything is made.
 * @module
 */
import {
  addressBytes,
  addressHost,
  addressPort,
  DecodeError,
  formatAddress,
} from "../kernel/index.ts";
import type { Address, DecodeReason } from "../kernel/index.ts";
import * as read from "./msgpack-read.ts";
import * as write from "./msgpack-write.ts";
import type { Reader } from "./reader.ts";
import { decodeUtf8, utf8Size, writeUtf8 } from "./utf8.ts";
import type { Writer } from "./writer.ts";

/** How one kind of value looks on the wire. */
export interface Field<T> {
  /** What an absent value or nil is read as. */
  readonly zero: T;
  /** Whether a message without this value is malformed. */
  readonly mandatory: boolean;
  /** @throws DecodeError */
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
  /** Exact bytes that `write` takes. */
  sizeOf(value: T): number;
  /** Whether a field that may be left out is left out. */
  isEmpty(value: T): boolean;
}

/** An integer in `[min, max]`. `beyond` is what one outside is counted as. */
export function int<T extends number = number>(
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
  beyond: DecodeReason = "outOfRange",
): Field<T> {
  return {
    zero: 0 as T,
    mandatory: false,
    read: (reader) => read.readInt(reader, min, max, beyond) as T,
    write: write.writeInt,
    sizeOf: write.intSize,
    isEmpty: (value) => value === 0,
  };
}

export function uint8<T extends number = number>(): Field<T> {
  return int<T>(0, 0xff);
}

export function uint16<T extends number = number>(): Field<T> {
  return int<T>(0, 0xffff);
}

export function uint32<T extends number = number>(): Field<T> {
  return int<T>(0, 0xffffffff);
}

export function bool(): Field<boolean> {
  return {
    zero: false,
    mandatory: false,
    read: read.readBool,
    write: write.writeBool,
    sizeOf: () => 1,
    isEmpty: (value) => !value,
  };
}

export function float64(): Field<number> {
  return {
    zero: 0,
    mandatory: false,
    read: read.readFloat64,
    write: write.writeFloat64,
    sizeOf: () => 9,
    isEmpty: (value) => value === 0,
  };
}

/** Text of at most `maxBytes` bytes of UTF-8. The limit binds what is read; senders keep to it earlier. */
export function text<T extends string = string>(maxBytes: number): Field<T> {
  return {
    zero: "" as T,
    mandatory: false,
    read: (reader) => readText(reader, maxBytes) as T,
    write: writeText,
    sizeOf: textSize,
    isEmpty: (value) => value === "",
  };
}

/**
 * Bytes, at most `maxBytes`. `undefined` is msgpack's nil, which peers tell from no bytes: the difference
 * survives reading and writing. The value is a copy of its own, so that a message may outlive the
 * datagram that it came in.
 */
export function bytes(maxBytes: number): Field<Uint8Array | undefined> {
  return {
    zero: undefined,
    mandatory: false,
    read: (reader) => readBytes(reader, maxBytes),
    write: (writer, value) =>
      value === undefined ? write.writeNil(writer) : writeBytes(writer, value),
    sizeOf: (value) => (value === undefined ? 1 : bytesSize(value)),
    isEmpty: (value) => value === undefined || value.length === 0,
  };
}

/** Bytes of one of the given lengths. Without them the message is malformed. */
export function fixedBytes(...lengths: readonly number[]): Field<Uint8Array> {
  const maybe = optionalFixedBytes(...lengths);
  return {
    zero: NO_BYTES,
    mandatory: true,
    read: (reader) => {
      const value = maybe.read(reader);
      if (value.length === 0)
        throw new DecodeError("malformed", "bytes that must be there are not");
      return value;
    },
    write: writeBytes,
    sizeOf: bytesSize,
    isEmpty: (value) => value.length === 0,
  };
}

/** Bytes of one of the given lengths, or none at all: nil and absent are read as no bytes. */
export function optionalFixedBytes(...lengths: readonly number[]): Field<Uint8Array> {
  const max = Math.max(...lengths);
  return {
    zero: NO_BYTES,
    mandatory: false,
    read: (reader) => {
      const value = readBytes(reader, max) ?? NO_BYTES;
      if (value.length > 0 && !lengths.includes(value.length)) {
        throw new DecodeError(
          "malformed",
          `${value.length} bytes where ${lengths.join(" or ")} belong`,
        );
      }
      return value;
    },
    write: writeBytes,
    sizeOf: bytesSize,
    isEmpty: (value) => value.length === 0,
  };
}

/** An address: 4 or 16 bytes of IP and two of port, the greater first. A port of 0 is malformed. */
export function address(): Field<Address> {
  const raw = fixedBytes(6, 18);
  return {
    zero: "" as Address,
    mandatory: true,
    read: (reader) => {
      const value = raw.read(reader);
      const ipBytes = value.length - 2;
      const port = ((value[ipBytes] as number) << 8) | (value[ipBytes + 1] as number);
      const known = port === 0 ? undefined : formatAddress(value.subarray(0, ipBytes), port);
      if (known === undefined) throw new DecodeError("malformed", "an address with port 0");
      return known;
    },
    write: (writer, value) => raw.write(writer, rawAddress(value)),
    sizeOf: (value) => 1 + (addressHost(value).includes(":") ? 18 : 6),
    isEmpty: () => false,
  };
}

function rawAddress(value: Address): Uint8Array {
  const ip = addressBytes(value);
  const port = addressPort(value);
  const raw = new Uint8Array(ip.length + 2);
  raw.set(ip);
  raw[ip.length] = port >>> 8;
  raw[ip.length + 1] = port & 0xff;
  return raw;
}

/** Text by text. Written in the order of the keys' bytes; what comes twice is read as the last of it. */
export function textMap(maxEntries: number, maxBytes: number): Field<ReadonlyMap<string, string>> {
  return {
    zero: new Map<string, string>(),
    mandatory: false,
    read: (reader) => {
      const entries = new Map<string, string>();
      for (let left = read.readMapHeader(reader, maxEntries); left > 0; left--) {
        const key = readText(reader, maxBytes);
        entries.set(key, readText(reader, maxBytes));
      }
      return entries;
    },
    write: (writer, value) => {
      write.writeMapHeader(writer, value.size);
      for (const [key, entry] of [...value].toSorted(([a], [b]) => compareUtf8(a, b))) {
        writeText(writer, key);
        writeText(writer, entry);
      }
    },
    sizeOf: (value) => {
      let size = write.containerHeaderSize(value.size);
      for (const [key, entry] of value) size += textSize(key) + textSize(entry);
      return size;
    },
    isEmpty: (value) => value.size === 0,
  };
}

/** Up to `maxCount` values of one kind. */
export function list<T>(item: Field<T>, maxCount: number): Field<readonly T[]> {
  return {
    zero: [],
    mandatory: false,
    read: (reader) => {
      const items: T[] = [];
      for (let left = read.readArrayHeader(reader, maxCount); left > 0; left--) {
        items.push(item.read(reader));
      }
      return items;
    },
    write: (writer, value) => {
      write.writeArrayHeader(writer, value.length);
      for (const one of value) item.write(writer, one);
    },
    sizeOf: (value) => {
      let size = write.containerHeaderSize(value.length);
      for (const one of value) size += item.sizeOf(one);
      return size;
    },
    isEmpty: (value) => value.length === 0,
  };
}

/** A value that may be missing: `undefined` is msgpack's nil. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    zero: undefined,
    mandatory: false,
    read: (reader) => (read.readNil(reader) ? undefined : field.read(reader)),
    write: (writer, value) => {
      if (value === undefined) write.writeNil(writer);
      else field.write(writer, value);
    },
    sizeOf: (value) => (value === undefined ? 1 : field.sizeOf(value)),
    isEmpty: (value) => value === undefined,
  };
}

/** No bytes, shared. */
export const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

function readText(reader: Reader, maxBytes: number): string {
  const length = read.readRawHeader(reader, maxBytes);
  if (length <= 0) return "";
  const start = reader.at;
  reader.at = start + length;
  return decodeUtf8(reader.bytes, start, reader.at);
}

function writeText(writer: Writer, value: string): void {
  const { length } = value;
  if (length < 32) {
    // Most text is short ASCII: then its length is its size, and one pass is enough.
    const head = writer.at;
    writer.at = writeUtf8(value, writer.bytes, head + 1);
    const size = writer.at - head - 1;
    if (size < 32) {
      writer.bytes[head] = 0xa0 | size;
      return;
    }
    writer.at = head;
  }
  write.writeRawHeader(writer, utf8Size(value));
  writer.at = writeUtf8(value, writer.bytes, writer.at);
}

function textSize(value: string): number {
  const size = utf8Size(value);
  return write.rawHeaderSize(size) + size;
}

/** A copy by hand, because `slice` of Node's `Buffer` is a view. */
function readBytes(reader: Reader, maxBytes: number): Uint8Array | undefined {
  const head = reader.at < reader.end ? (reader.bytes[reader.at] as number) : 0;
  if (read.isArray(head)) return readByteArray(reader, maxBytes);
  const length = read.readRawHeader(reader, maxBytes);
  if (length < 0) return undefined;
  if (length === 0) return NO_BYTES;
  const copy = new Uint8Array(length);
  if (length <= 40) {
    const { bytes: source, at } = reader;
    for (let i = 0; i < length; i++) copy[i] = source[at + i] as number;
    reader.at = at + length;
  } else copy.set(reader.view(length));
  return copy;
}

/** Some encoders write bytes as an array of integers, and Go reads them. */
function readByteArray(reader: Reader, maxBytes: number): Uint8Array {
  const count = read.readArrayHeader(reader, maxBytes);
  const copy = new Uint8Array(count);
  for (let i = 0; i < count; i++) copy[i] = read.readInt(reader, 0, 0xff);
  return copy;
}

function writeBytes(writer: Writer, value: Uint8Array): void {
  write.writeRawHeader(writer, value.length);
  writer.raw(value);
}

function bytesSize(value: Uint8Array): number {
  return write.rawHeaderSize(value.length) + value.length;
}

/** The order of the bytes, which differs from the order of UTF-16 units beyond the basic plane. */
function compareUtf8(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const left = a.codePointAt(i) as number;
    const right = b.codePointAt(i) as number;
    if (left !== right) return left - right;
  }
  return a.length - b.length;
}
