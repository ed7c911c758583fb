/**
 * Records on the wire, in two layouts made from the same field descriptions.
 *
 *     struct   86 "Addr" … "Incarnation" … "Meta" …      memberlist's: a map, keys in byte order
 *     record   93 … … …                                  ours: an array, in the order of the table
 *
 * Reading is as tolerant as Go's: a struct may come in any order or as an array of its fields; fields that
 * it does not know are skipped, and those that are missing are read as their zero values. A record can
 * therefore grow at its end.
 * @module
 */
import { DecodeError, invariant } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";
import type { Field } from "./field.ts";
import * as read from "./msgpack-read.ts";
import * as write from "./msgpack-write.ts";
import type { Reader } from "./reader.ts";
import { encodeUtf8 } from "./utf8.ts";
import type { Writer } from "./writer.ts";

/** A field and its exact name on the wire. */
export interface NamedField<T> {
  readonly name: string;
  readonly field: Field<T>;
  /** Left out of what we write when it is empty. */
  readonly omitEmpty: boolean;
}

/** The fields of `T` under their wire names, in the order in which Go declares them. */
export type StructTable<T> = { readonly [K in Exclude<keyof T, "type">]-?: NamedField<T[K]> };

/** The fields of `T`, in the order in which they are written. */
export type RecordTable<T> = { readonly [K in Exclude<keyof T, "type">]-?: Field<T[K]> };

/** A field that is always written. */
export function named<T>(name: string, field: Field<T>): NamedField<T> {
  return { name, field, omitEmpty: false };
}

/** A field that is left out when empty, as Go's `omitempty` does. */
export function omittable<T>(name: string, field: Field<T>): NamedField<T> {
  return { name, field, omitEmpty: true };
}

/** A map of named fields: memberlist's layout. */
export function struct<T extends object>(table: StructTable<T>): Field<T> {
  return new StructField<T>(undefined, namedSlots(table));
}

/** An array of fields: the layout of our own messages. */
export function record<T extends object>(table: RecordTable<T>): Field<T> {
  return new RecordField<T>(undefined, slots(table));
}

/** What both layouts know of a field: where it lives in memory and how it is written. */
export interface Slot {
  readonly property: string;
  readonly field: Field<unknown>;
  readonly omitEmpty: boolean;
  /** Name with its msgpack header; empty in a record. */
  readonly key: Uint8Array;
}

type Values = Record<string, unknown>;

/** Fields that a bit set of an integer can hold. */
const MAX_FIELDS = 31;

/** More entries than any version of memberlist will give a struct. */
const MAX_STRUCT_ENTRIES = 1024;

export function slots<T>(table: RecordTable<T>): Slot[] {
  const fields = table as Readonly<Record<string, Field<unknown>>>;
  return Object.entries(fields).map(([property, field]) => {
    return { property, field, omitEmpty: false, key: NO_BYTES };
  });
}

export function namedSlots<T>(table: StructTable<T>): Slot[] {
  const fields = table as Readonly<Record<string, NamedField<unknown>>>;
  return Object.entries(fields).map(([property, { name, field, omitEmpty }]) => {
    const text = encodeUtf8(name);
    invariant(text.length < 32, `the wire name ${name} is too long for a short header`);
    return { property, field, omitEmpty, key: new Uint8Array([0xa0 | text.length, ...text]) };
  });
}

/** The part that both layouts share: reading, and the zero value with the right shape. */
abstract class SlotField<T extends object> implements Field<T> {
  readonly zero: T;
  readonly mandatory: boolean;
  protected readonly declared: readonly Slot[];
  /** Bit `i` is set when a value without `declared[i]` is malformed. */
  readonly #mandatory: number;

  constructor(type: string | undefined, declared: readonly Slot[]) {
    invariant(declared.length <= MAX_FIELDS, `a struct of ${declared.length} fields`);
    const zero: Values = type === undefined ? {} : { type };
    let mandatory = 0;
    for (const [i, { property, field }] of declared.entries()) {
      zero[property] = field.zero;
      if (field.mandatory) mandatory |= 1 << i;
    }
    this.zero = zero as T;
    this.declared = declared;
    this.#mandatory = mandatory;
    this.mandatory = mandatory !== 0;
  }

  read(reader: Reader): T {
    const value = { ...this.zero };
    let seen = 0;
    if (!read.readNil(reader)) {
      const head = reader.at < reader.end ? (reader.bytes[reader.at] as number) : 0;
      const values = value as unknown as Values;
      seen = read.isArray(head) ? this.#readArray(reader, values) : this.readMap(reader, values);
    }
    if ((seen & this.#mandatory) !== this.#mandatory) {
      throw new DecodeError("malformed", "a field that must be there is not");
    }
    return value;
  }

  abstract write(writer: Writer, value: T): void;
  abstract sizeOf(value: T): number;

  isEmpty(): boolean {
    return false;
  }

  /** Fills in what a map holds; returns the fields seen as a bit set. */
  protected abstract readMap(reader: Reader, values: Values): number;

  #readArray(reader: Reader, values: Values): number {
    const { declared } = this;
    const count = read.readArrayHeader(reader, MAX_STRUCT_ENTRIES);
    const known = Math.min(count, declared.length);
    for (let i = 0; i < known; i++) {
      const { property, field } = declared[i] as Slot;
      values[property] = field.read(reader);
    }
    for (let i = known; i < count; i++) read.skipValue(reader);
    return (1 << known) - 1;
  }
}

export class StructField<T extends object> extends SlotField<T> {
  readonly #sorted: readonly Slot[];
  /** Index in `declared` by index in `#sorted`. */
  readonly #bits: readonly number[];
  readonly #fixedSize: number;

  constructor(type: string | undefined, declared: readonly Slot[]) {
    super(type, declared);
    this.#sorted = declared.toSorted((a, b) => compareKeys(a.key, b.key));
    this.#bits = this.#sorted.map((slot) => 1 << declared.indexOf(slot));
    this.#fixedSize = declared.reduce(
      (sum, slot) => sum + (slot.omitEmpty ? 0 : slot.key.length),
      0,
    );
  }

  write(writer: Writer, value: T): void {
    const values = value as unknown as Values;
    const header = writer.at;
    let count = 0;
    write.writeMapHeader(writer, this.#sorted.length);
    for (const { property, key, field, omitEmpty } of this.#sorted) {
      const one = values[property];
      if (omitEmpty && field.isEmpty(one)) continue;
      writer.raw(key);
      field.write(writer, one);
      count++;
    }
    this.#patchCount(writer, header, count);
  }

  sizeOf(value: T): number {
    const values = value as unknown as Values;
    let size = write.containerHeaderSize(this.#sorted.length) + this.#fixedSize;
    for (const { property, key, field, omitEmpty } of this.declared) {
      const one = values[property];
      if (!omitEmpty) size += field.sizeOf(one);
      else if (!field.isEmpty(one)) size += key.length + field.sizeOf(one);
    }
    return size;
  }

  protected readMap(reader: Reader, values: Values): number {
    const sorted = this.#sorted;
    let seen = 0;
    let next = 0;
    for (let left = read.readMapHeader(reader, MAX_STRUCT_ENTRIES); left > 0; left--) {
      const at = this.#findKey(reader, next);
      if (at < 0) {
        read.skipValue(reader);
        continue;
      }
      const { property, field } = sorted[at] as Slot;
      values[property] = field.read(reader);
      seen |= this.#bits[at] as number;
      next = at + 1;
    }
    return seen;
  }

  /**
   * Passes a key; returns its place among ours or -1. Peers of our kind send keys in order, so the search
   * starts where the last one ended and nearly always ends there too.
   */
  #findKey(reader: Reader, next: number): number {
    const sorted = this.#sorted;
    for (let i = 0; i < sorted.length; i++) {
      const at = next + i < sorted.length ? next + i : next + i - sorted.length;
      if (passKey(reader, (sorted[at] as Slot).key)) return at;
    }
    // Not in the short form: an unknown name, or a known one as str8, str16 or bin.
    const length = read.readRawHeader(reader, Infinity);
    if (length < 0) throw new DecodeError("malformed", "a field without a name");
    const start = reader.at;
    reader.skip(length);
    return sorted.findIndex(({ key }) => {
      return key.length === length + 1 && startsWith(reader.bytes, start, key, 1);
    });
  }

  /** The header was written for all fields; it has one byte either way, or three. */
  #patchCount(writer: Writer, header: number, count: number): void {
    if (count === this.#sorted.length) return;
    if (this.#sorted.length < 16) writer.bytes[header] = 0x80 | count;
    else {
      writer.bytes[header + 1] = count >>> 8;
      writer.bytes[header + 2] = count;
    }
  }
}

export class RecordField<T extends object> extends SlotField<T> {
  write(writer: Writer, value: T): void {
    const values = value as unknown as Values;
    write.writeArrayHeader(writer, this.declared.length);
    for (const { property, field } of this.declared) field.write(writer, values[property]);
  }

  sizeOf(value: T): number {
    const values = value as unknown as Values;
    let size = write.containerHeaderSize(this.declared.length);
    for (const { property, field } of this.declared) size += field.sizeOf(values[property]);
    return size;
  }

  protected readMap(): number {
    throw new DecodeError("malformed", "expected an array of fields, got something else");
  }
}

/** Passes `key` if the next bytes are exactly it. */
function passKey(reader: Reader, key: Uint8Array): boolean {
  if (reader.at + key.length > reader.end || !startsWith(reader.bytes, reader.at, key, 0))
    return false;
  reader.at += key.length;
  return true;
}

function startsWith(bytes: Uint8Array, at: number, key: Uint8Array, from: number): boolean {
  for (let i = from; i < key.length; i++) {
    if (bytes[at + i - from] !== key[i]) return false;
  }
  return true;
}

/** Byte order of the names, whatever their lengths. */
function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let i = 1; i < end; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
