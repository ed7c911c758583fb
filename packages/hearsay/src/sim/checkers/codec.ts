/**
 * What is sent is what is read: every packet that a node makes, encoded, taken apart and decoded again.
 *
 *     messages ── encode ──▶ bytes, exactly as many as announced ── decode ──▶ the same messages ── encode ──▶ the same bytes
 *
 * @module
 */
import { DEFAULT_LAYER_LIMITS, readLayers } from "../../codec/index.ts";
import type { Outgoing, Packet } from "../../composition/index.ts";
import { DecodeError } from "../../kernel/index.ts";
import type { Message } from "../../kernel/index.ts";
import type { WorldSend } from "../world-options.ts";
import type { Checker } from "./checker.ts";

export class Codec implements Checker {
  readonly name = "codec";
  looks = 0;

  sent({ packet }: WorldSend): string | undefined {
    return packet === undefined ? undefined : this.#differenceIn(packet);
  }

  #differenceIn(packet: Packet): string | undefined {
    this.looks++;
    const bytes = new Uint8Array(packet.size);
    const written = packet.encodeInto(bytes, 0);
    if (written !== packet.size) return `announces ${packet.size} bytes and writes ${written}`;
    let seen: string | undefined;
    let at = 0;
    readLayers(bytes, DEFAULT_LAYER_LIMITS, {
      message: (from, start, end) => {
        const part = packet.parts[at++];
        seen ??=
          part === undefined ? "sends a message too many" : differenceIn(part, from, start, end);
      },
      drop: (reason) => void (seen ??= `sends what cannot be read: ${reason}`),
    });
    if (seen === undefined && at !== packet.parts.length) return "sends a message too few";
    return seen;
  }
}

function differenceIn(
  { wire, message, size }: Outgoing,
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  const { type, prefix } = wire;
  if (end - start !== size) return `sends a ${type} of ${end - start} bytes, announced as ${size}`;
  if (!isEqual(prefix, bytes, start)) return `sends a ${type} as another type`;
  let decoded: Message;
  try {
    decoded = wire.decode(bytes, start + prefix.length, end);
  } catch (error) {
    if (error instanceof DecodeError)
      return `sends a ${type} that nobody can read: ${error.message}`;
    throw error;
  }
  const fields = decoded as unknown as Record<string, unknown>;
  for (const name in message) {
    const value = (message as unknown as Record<string, unknown>)[name];
    if (!isSame(value, fields[name]))
      return `sends a ${type} whose ${name} is read as something else`;
  }
  const again = new Uint8Array(wire.sizeOf(decoded));
  wire.encodeInto(decoded, again, 0);
  if (again.length === size && isEqual(again, bytes, start)) return undefined;
  return `sends a ${type} that is encoded differently when it was decoded`;
}

/** Whether these bytes stand at `start` of those; a loop, because every byte that is sent comes here. */
function isEqual(bytes: ArrayLike<number>, those: Uint8Array, start: number): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== those[start + i]) return false;
  }
  return true;
}

/** Whether two values of messages are the same; nothing and an empty list of bytes are. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && isEqual(a, b, 0);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name in left) if (!isSame(left[name], right[name])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (value instanceof Uint8Array && value.length === 0);
}
