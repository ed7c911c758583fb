/**
 * memberlist's compound: several messages in one packet.
 *
 *     07  count  length u16 be × count  message × count
 *
 * @module
 */
import { invariant } from "../kernel/index.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/**
 * Most messages that we put into one compound. The count is a byte, but memberlist before 0.2.4 doubles it
 * in eight bits and reads garbage from 128 on.
 */
export const MAX_COMPOUND_PARTS = 127;

const MAX_PART_BYTES = 0xffff;

/** Bytes before the first message of a compound. */
export function compoundHeaderSize(parts: number): number {
  return 2 + 2 * parts;
}

/** Writes the header for messages of these sizes at `offset`; returns where the first message goes. */
export function writeCompoundHeader(
  sizes: readonly number[],
  target: Uint8Array,
  offset: number,
): number {
  invariant(sizes.length <= MAX_COMPOUND_PARTS, `a compound of ${sizes.length} messages`);
  let at = offset;
  target[at++] = TYPE_BYTE.compound;
  target[at++] = sizes.length;
  for (const size of sizes) {
    // Old peers crash on a message of no bytes.
    invariant(size > 0 && size <= MAX_PART_BYTES, `a message of ${size} bytes in a compound`);
    target[at++] = size >> 8;
    target[at++] = size;
  }
  return at;
}
