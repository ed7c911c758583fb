/**
 * Entries: what a keyed store knows of one key, a value or the certificate of its death.
 *
 *     value         key  stamp  origin  value                                newer stamp wins, then the greater origin
 *     certificate   key  stamp  origin  ―   activation  by  sites            cancels what is older than its stamp
 *
 * A certificate lives by its activation, not by its stamp: one that was awakened spreads once more, and cancels no more than
 * it did before.
 * @see Demers et al. 1987, section 2
 * @module
 */
import { int, list, optional, Reader, record, text, Writer } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { HASHER } from "./fingerprint.ts";
import type { Fingerprint } from "./fingerprint.ts";

export interface Entry<V> {
  readonly key: string;
  /** When it was written, in ticks of a hybrid clock: never twice by one origin. */
  readonly stamp: number;
  /** Whose stamp that is. */
  readonly origin: string;
  readonly value: V | undefined;
  /** In place of a value. */
  readonly certificate: Certificate | undefined;
}

export interface Certificate {
  /** Since when it counts as young; its stamp, until it is awakened. */
  readonly activation: number;
  /** Who has awakened it, or else its origin. */
  readonly by: string;
  /** Names of nodes that keep it when others have forgotten it. */
  readonly sites: readonly string[];
}

/** Ticks of a stamp in a millisecond. Safe integers until the year 2109. */
export const TICKS_PER_MS = 2048;
/** Bytes of a key. */
export const MAX_KEY_BYTES = 1024;
/** Bytes of the name of an origin or a retention site. */
export const MAX_ORIGIN_BYTES = 255;
/** Retention sites of one certificate. */
export const MAX_SITES = 16;
/** Entries of one message. */
const MAX_TOLD_ENTRIES = 1 << 20;

/** When an entry was last made news: its stamp, or the activation of a certificate. */
export function newsTimeOf({ stamp, certificate }: Entry<unknown>): number {
  return certificate?.activation ?? stamp;
}

/** Who made it news then. */
export function newsOriginOf({ origin, certificate }: Entry<unknown>): string {
  return certificate?.by ?? origin;
}

/** Whether `a` takes the place of `b`. */
export function isNewer(a: Entry<unknown>, b: Entry<unknown>): boolean {
  if (a.stamp !== b.stamp) return a.stamp > b.stamp;
  if (a.origin !== b.origin) return a.origin > b.origin;
  if (newsTimeOf(a) !== newsTimeOf(b)) return newsTimeOf(a) > newsTimeOf(b);
  return newsOriginOf(a) > newsOriginOf(b);
}

/** Where a key lies among all others. */
export function positionOf(key: string): number {
  return HASHER.begin(1).text(key).high;
}

/** Of the version that an entry is: value and sites go with it. */
export function versionOf(entry: Entry<unknown>): Fingerprint {
  const { key, stamp, origin, certificate } = entry;
  const hasher = HASHER.begin(2).text(key).number(stamp).text(origin);
  if (certificate !== undefined) hasher.number(certificate.activation).text(certificate.by);
  return hasher.end();
}

/** Entries with such values, on the wire. */
export function entriesField<V>(value: Field<V>): Field<readonly Entry<V>[]> {
  const stamp = int(0, Number.MAX_SAFE_INTEGER);
  const name = text(MAX_ORIGIN_BYTES);
  const certificate = record<Certificate>({
    activation: stamp,
    by: name,
    sites: list(name, MAX_SITES),
  });
  const entry = record<Entry<V>>({
    key: text(MAX_KEY_BYTES),
    stamp,
    origin: name,
    value: optional(value),
    certificate: optional(certificate),
  });
  return list(entry, MAX_TOLD_ENTRIES);
}

/** The bytes of a value of a field. */
export function write<T>(field: Field<T>, value: T): Uint8Array {
  const writer = new Writer(new Uint8Array(field.sizeOf(value)));
  field.write(writer, value);
  return writer.bytes;
}

/** The same behind a byte that tells what it is. */
export function writeTagged<T>(tag: number, field: Field<T>, value: T): Uint8Array {
  const writer = new Writer(new Uint8Array(1 + field.sizeOf(value)));
  writer.uint8(tag);
  field.write(writer, value);
  return writer.bytes;
}

/** @throws DecodeError */
export function read<T>(field: Field<T>, bytes: Uint8Array): T {
  return field.read(new Reader(bytes));
}
