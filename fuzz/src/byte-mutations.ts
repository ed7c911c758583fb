/**
 * Mutations that know nothing: bits, bytes, pieces. For what has no structure, and for structure that nobody thought of.
 * @module
 */
import type { Rng } from "hearsay/kernel";
import { concat, splice } from "./msgpack-mutations.ts";

/** Larger inputs are not made: what is large is a seed. */
export const MAX_INPUT_BYTES = 64 * 1024;

const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xff];

export function mutateBytes(
  bytes: Uint8Array,
  inputs: readonly Uint8Array[],
  rng: Rng,
): Uint8Array {
  const { length } = bytes;
  const at = rng.below(length + 1);
  const end = Math.min(length, at + 1 + rng.below(16));
  switch (rng.below(8)) {
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << rng.below(8)));
    case 1:
      return changed(bytes, at, () => rng.below(256));
    case 2:
      return changed(bytes, at, () => EDGES[rng.below(EDGES.length)] as number);
    case 3:
      return bytes.slice(0, at);
    case 4:
      return splice(bytes, at, end, NOTHING);
    case 5:
      return splice(bytes, at, at, bytes.subarray(at, end));
    case 6: {
      const other = inputs[rng.below(Math.max(1, inputs.length))] ?? NOTHING;
      const cut = rng.below(other.length + 1);
      return concat(bytes.subarray(0, at), other.subarray(cut)).slice(0, MAX_INPUT_BYTES);
    }
    default: {
      const more = Uint8Array.from({ length: 1 + rng.below(8) }, () => rng.below(256));
      return splice(bytes, at, at, more);
    }
  }
}

function changed(bytes: Uint8Array, at: number, by: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  const byte = copy[at];
  if (byte !== undefined) copy[at] = by(byte);
  return copy;
}

const NOTHING = new Uint8Array(0);
