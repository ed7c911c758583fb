/**
 * Mutations that know msgpack: what they change is a whole value, or the length that its header claims.
 *
 *     85 a5 "SeqNo" ce 00 00 00 01 …
 *        └────────┘ └────────────┘      values: replaced, doubled, dropped, swapped, or lied about
 *
 * A decoder that is given random bytes gives up at the first of them. One that is given these reads on.
 * @module
 */
import type { Rng } from "hearsay/kernel";

/** A value in `bytes[start, end)`. */
export interface Item {
  readonly start: number;
  readonly end: number;
}

const MAX_ITEMS = 512;
const MAX_DEPTH = 24;

/** Every value that begins at `from` or later, those inside of others too, until one cannot be read. */
export function itemsOf(bytes: Uint8Array, from: number): Item[] {
  const items: Item[] = [];
  for (let at = from; at < bytes.length && items.length < MAX_ITEMS;) {
    const end = walk(bytes, at, items, 0);
    if (end === undefined) break;
    at = end;
  }
  return items;
}

/** Where the value at `at` ends, itself and what is in it put on the list. */
function walk(bytes: Uint8Array, at: number, items: Item[], depth: number): number | undefined {
  if (depth > MAX_DEPTH || items.length >= MAX_ITEMS) return undefined;
  const { body, held } = shapeAt(bytes, at) ?? {};
  if (body === undefined || held === undefined || body > bytes.length) return undefined;
  const place = items.push({ start: at, end: body }) - 1;
  let end = body;
  for (let i = 0; i < held; i++) {
    const next = walk(bytes, end, items, depth + 1);
    if (next === undefined) return undefined;
    end = next;
  }
  items[place] = { start: at, end };
  return end;
}

/** Where the bytes of its own end, and how many values it holds behind them. */
function shapeAt(bytes: Uint8Array, at: number): { body: number; held: number } | undefined {
  const head = bytes[at];
  if (head === undefined) return undefined;
  const plain = (size: number) => ({ body: at + size, held: 0 });
  const raw = (lengthBytes: number) => plain(1 + lengthBytes + number(bytes, at + 1, lengthBytes));
  const many = (lengthBytes: number, each: number) => {
    return { body: at + 1 + lengthBytes, held: each * number(bytes, at + 1, lengthBytes) };
  };
  if (head <= 0x7f || head >= 0xe0) return plain(1);
  if (head <= 0x8f) return { body: at + 1, held: 2 * (head & 0x0f) };
  if (head <= 0x9f) return { body: at + 1, held: head & 0x0f };
  if (head <= 0xbf) return plain(1 + (head & 0x1f));
  if (head >= 0xc4 && head <= 0xc6) return raw(1 << (head - 0xc4));
  if (head >= 0xd9 && head <= 0xdb) return raw(1 << (head - 0xd9));
  if (head === 0xdc || head === 0xdd) return many(head === 0xdc ? 2 : 4, 1);
  if (head === 0xde || head === 0xdf) return many(head === 0xde ? 2 : 4, 2);
  const fixed = FIXED_SIZES[head];
  return fixed === undefined ? undefined : plain(fixed);
}

/** Of nil, booleans, floats and integers, header included. */
const FIXED_SIZES: Readonly<Record<number, number>> = {
  0xc0: 1,
  0xc2: 1,
  0xc3: 1,
  0xca: 5,
  0xcb: 9,
  0xcc: 2,
  0xcd: 3,
  0xce: 5,
  0xcf: 9,
  0xd0: 2,
  0xd1: 3,
  0xd2: 5,
  0xd3: 9,
};

function number(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** The short texts and bytes of the inputs that are known: names of fields above all. */
export function vocabularyOf(inputs: readonly Uint8Array[]): Uint8Array[] {
  const words = new Map<string, Uint8Array>();
  for (const input of inputs) {
    for (const from of [1, 3, 7]) {
      for (const { start, end } of itemsOf(input, from)) {
        const head = input[start] as number;
        const isShortRaw = head >= 0xa1 && head <= 0xb0;
        if (isShortRaw) words.set(String(input.subarray(start, end)), input.slice(start, end));
      }
    }
  }
  return [...words.values()];
}

/** One value or one claim in the message changed; `from` is where its values begin. */
export function mutateItems(
  bytes: Uint8Array,
  from: number,
  words: readonly Uint8Array[],
  rng: Rng,
): Uint8Array {
  const items = itemsOf(bytes, from);
  const item = items[rng.below(Math.max(1, items.length))];
  if (item === undefined) return concat(bytes, valueOf(words, rng));
  const { start, end } = item;
  const other = items[rng.below(items.length)] as Item;
  const replaced = (by: Uint8Array) => splice(bytes, start, end, by);
  switch (rng.below(7)) {
    case 0:
      return replaced(NOTHING);
    case 1:
      return splice(bytes, end, end, bytes.subarray(start, end));
    case 2:
      return replaced(bytes.slice(other.start, other.end));
    case 3:
      return replaced(concat(claimOf(rng), bytes.subarray(Math.min(start + 1, end), end)));
    case 4: {
      // A count or a length that is off by a little.
      const changed = bytes.slice();
      changed[start] = ((changed[start] as number) + (rng.below(2) === 0 ? 1 : 255)) & 0xff;
      return changed;
    }
    default:
      return replaced(valueOf(words, rng));
  }
}

/** A value of its own, at the borders of what types can hold; or one that is none. */
function valueOf(words: readonly Uint8Array[], rng: Rng): Uint8Array {
  const word = words[rng.below(Math.max(1, words.length))];
  if (word !== undefined && rng.below(3) === 0) return word;
  if (rng.below(4) === 0) return rawOf(rng);
  if (rng.below(24) === 0) return new Uint8Array(1 + rng.below(64)).fill(0x91);
  return Uint8Array.from(VALUES[rng.below(VALUES.length)] as readonly number[]);
}

/** Text or bytes, in one of the forms that there are, with the length they claim or nearly so. */
function rawOf(rng: Rng): Uint8Array {
  const size = SIZES[rng.below(SIZES.length)] as number;
  const body = new Uint8Array(size).fill(rng.below(2) === 0 ? 0x61 : rng.below(256));
  if (size < 32 && rng.below(2) === 0) return concat(Uint8Array.of(0xa0 + size), body);
  return concat(Uint8Array.of(0xda, size >> 8, size & 0xff), body);
}

/** A header that claims what does not follow. */
function claimOf(rng: Rng): Uint8Array {
  return Uint8Array.from(CLAIMS[rng.below(CLAIMS.length)] as readonly number[]);
}

const NOTHING = new Uint8Array(0);

/** Around the limits of names, metadata, payloads and short forms. */
const SIZES = [0, 1, 3, 4, 5, 6, 7, 15, 16, 17, 31, 32, 127, 128, 129, 255, 256, 512, 2048, 2049];

const F = 0xff;
const CLAIMS: readonly (readonly number[])[] = [
  [0xdf, F, F, F, F],
  [0xdf, 0, 0, 0, 0x20],
  [0xde, F, F],
  [0xdd, F, F, F, F],
  [0xdd, 0, 0x10, 0, 0],
  [0xdc, F, F],
  [0xdb, F, F, F, F],
  [0xdb, 0x7f, F, F, F],
  [0xdb, 0, 0x20, 0, 0],
  [0xda, F, F],
  [0xd9, F],
  [0xc6, F, F, F, F],
  [0xc5, F, F],
  [0xc4, F],
  [0x8f],
  [0x9f],
  [0xbf],
];

const VALUES: readonly (readonly number[])[] = [
  [0x00],
  [0x01],
  [0x7f],
  [0xe0],
  [0xff],
  [0xc0],
  [0xc1],
  [0xc2],
  [0xc3],
  [0xcc, F],
  [0xcd, F, F],
  [0xce, F, F, F, F],
  [0xce, 0x80, 0, 0, 0],
  [0xcf, F, F, F, F, F, F, F, F],
  [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0],
  [0xd0, 0x80],
  [0xd1, 0x80, 0],
  [0xd2, 0x80, 0, 0, 0],
  [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
  [0xd3, 0, 0, 0, 1, 0, 0, 0, 0],
  [0xca, 0x7f, 0xc0, 0, 0],
  [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0],
  [0xc7, 0x04, 1, 2, 3, 4, 5],
  [0xd4, 1, 2],
  [0xd8],
  [0x80],
  [0x90],
  [0xa0],
];

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `bytes` with `by` in the place of `[start, end)`. */
export function splice(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), by, bytes.subarray(end));
}
