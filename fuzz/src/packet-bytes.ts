/**
 * @module
 */
import type { Packet } from "hearsay/composition";

/** A packet as it is before anything is put around it. */
export function bytesOf(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(packet.size);
  packet.encodeInto(bytes, 0);
  return bytes;
}
