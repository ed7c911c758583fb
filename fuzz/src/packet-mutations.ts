/**
 * Mutations that know memberlist's layers: what is changed inside is wrapped again as it was, so that the change
 * gets as far as the decoder that it is for.
 *
 *     0C crc ▸ 09 compressed ▸ 07 compound ▸ message        unwrapped, changed at one of them, wrapped
 *
 * @module
 */
import { compress, crc32, DEFAULT_LAYER_LIMITS, readLayers, TYPE_BYTE } from "hearsay/codec";
import type { Rng } from "hearsay/kernel";
import { mutateBytes } from "./byte-mutations.ts";
import { concat, mutateItems } from "./msgpack-mutations.ts";

/** What mutations take from. */
export interface Material {
  /** Inputs that are known. */
  readonly inputs: readonly Uint8Array[];
  /** Short texts in msgpack that occur in them. */
  readonly words: readonly Uint8Array[];
}

const CRC_BYTES = 5;
const MAX_DEPTH = 4;
/** One change in so many is made around the innermost message, and not in it. */
const AROUND = 5;

export function mutatePacket(
  bytes: Uint8Array,
  material: Material,
  rng: Rng,
  depth = 0,
): Uint8Array {
  if (rng.below(8) === 0 || depth > MAX_DEPTH) return mutateBytes(bytes, material.inputs, rng);
  if (rng.below(AROUND * 2) === 0) return wrapped(bytes, material, rng);
  const inside = (part: Uint8Array) => mutatePacket(part, material, rng, depth + 1);
  switch (bytes[0]) {
    case TYPE_BYTE.crc:
      return checked(inside(bytes.subarray(CRC_BYTES)));
    case TYPE_BYTE.compound: {
      const parts = partsOf(bytes);
      return parts === undefined
        ? mutateBytes(bytes, material.inputs, rng)
        : mutateParts(parts, material, rng, inside);
    }
    case TYPE_BYTE.compress: {
      const parts = messagesIn(bytes);
      if (parts.length === 0) return mutateItems(bytes, 1, material.words, rng);
      const plain = parts.length === 1 ? (parts[0] as Uint8Array) : compoundOf(parts);
      return compress(inside(plain));
    }
    case TYPE_BYTE.label: {
      const end = 2 + (bytes[1] ?? 0);
      return concat(bytes.subarray(0, end), inside(bytes.subarray(end)));
    }
    case TYPE_BYTE.user:
      return mutateItems(bytes, rng.below(3) === 0 ? 1 : 3, material.words, rng);
    default:
      return mutateItems(bytes, 1, material.words, rng);
  }
}

/** A compound with one of its parts changed, gone, doubled, strange, or with counts and lengths that lie. */
function mutateParts(
  parts: readonly Uint8Array[],
  { inputs }: Material,
  rng: Rng,
  inside: (part: Uint8Array) => Uint8Array,
): Uint8Array {
  const at = rng.below(Math.max(1, parts.length));
  const part = parts[at] ?? NOTHING;
  const changed = [...parts];
  switch (rng.below(8)) {
    case 0:
      changed.splice(at, 1);
      return compoundOf(changed);
    case 1:
      changed.splice(at, 0, part);
      return compoundOf(changed);
    case 2:
      changed.splice(at, 1, NOTHING);
      return compoundOf(changed);
    case 3:
      changed.splice(at, 0, inputs[rng.below(inputs.length)] ?? NOTHING);
      return compoundOf(changed);
    case 4: {
      const whole = compoundOf(changed);
      whole[1] = [0, 1, 127, 128, 255][rng.below(5)] as number;
      return whole;
    }
    case 5: {
      const whole = compoundOf(changed);
      if (parts.length > 0) whole[2 + 2 * at + rng.below(2)] = rng.below(256);
      return whole;
    }
    default:
      changed.splice(at, 1, inside(part));
      return compoundOf(changed);
  }
}

/** One more layer around it. */
function wrapped(bytes: Uint8Array, { inputs }: Material, rng: Rng): Uint8Array {
  const other = inputs[rng.below(inputs.length)] ?? NOTHING;
  switch (rng.below(5)) {
    case 0:
      return compress(bytes);
    case 1:
      return checked(bytes);
    case 2:
      return compoundOf([bytes, other]);
    case 3:
      return compoundOf(Array.from({ length: 1 + rng.below(255) }, () => bytes.subarray(0, 64)));
    default:
      return concat(Uint8Array.of(TYPE_BYTE.label, 2, 0x61, 0x62), bytes);
  }
}

/** The parts of a compound, its type byte first; `undefined` if it is none. */
function partsOf(bytes: Uint8Array): Uint8Array[] | undefined {
  const count = bytes[1] ?? 0;
  let at = 2 + 2 * count;
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const end = at + (((bytes[2 + 2 * i] ?? 0) << 8) | (bytes[3 + 2 * i] ?? 0));
    if (end > bytes.length) return undefined;
    parts.push(bytes.slice(at, end));
    at = end;
  }
  return parts;
}

/** The messages in a packet, whatever is around them. */
function messagesIn(packet: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  readLayers(packet, DEFAULT_LAYER_LIMITS, {
    message: (bytes, start, end) => messages.push(bytes.slice(start, end)),
    drop: () => {},
  });
  return messages.slice(0, 0xff);
}

/** Unlike the codec's, it writes what no peer may: parts of no bytes. */
export function compoundOf(parts: readonly Uint8Array[]): Uint8Array {
  const some = parts.slice(0, 0xff);
  const lengths = some.flatMap(({ length }) => [(length >> 8) & 0xff, length & 0xff]);
  return concat(Uint8Array.of(TYPE_BYTE.compound, some.length, ...lengths), ...some);
}

/** `packet` behind its checksum. */
export function checked(packet: Uint8Array): Uint8Array {
  const crc = crc32(packet);
  const head = [TYPE_BYTE.crc, crc >>> 24, (crc >>> 16) & 0xff, (crc >>> 8) & 0xff, crc & 0xff];
  return concat(Uint8Array.from(head), packet);
}

const NOTHING = new Uint8Array(0);
