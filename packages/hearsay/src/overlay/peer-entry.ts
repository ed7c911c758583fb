/**
 * Peers as they travel in the messages of overlays: by name and address.
 * @module
 */
import { address, record, text } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import type { Address, PeerId, Peers } from "../kernel/index.ts";

/** memberlist's limit for names. */
export const MAX_NAME_BYTES = 128;

export interface PeerEntry {
  readonly name: string;
  readonly address: Address;
}

export const PEER_ENTRY: Field<PeerEntry> = record<PeerEntry>({
  name: text(MAX_NAME_BYTES),
  address: address(),
});

export function entryOf(peer: PeerId, peers: Peers): PeerEntry {
  return { name: peers.nameOf(peer), address: peers.addressOf(peer) };
}
