/**
 * The state of nodes on the wire. A digest is `[owner, generation, version]`; a range is two hashes of owners, both
 * included, in which the digests beside it are all that the sender has.
 *
 *     08 73 01 [sums, ranges, digests]                      syn     where I stand
 *     08 73 02 [ranges, digests, wants, deltas, stream]     ack     what you lack, what I lack, and where I stand
 *     08 73 03 [wants, deltas, stream]                      ack2    what you want, and what I want of that
 *     08 73 04 [digests]                                    pull    on a stream: all that I have; replied to by ack2s
 *
 *     delta   [owner, generation, from, upTo, floor, whole, [[key, version, ttl, value], …]]
 *
 * A value that is nil is a deletion; a ttl of 0 is none. On a stream each message has its length in front, in four bytes.
 * @module
 */
import { bool, bytes, channelMessage, int, list, record, text, uint32 } from "../codec/index.ts";
import type { WireMessage } from "../codec/index.ts";
import { channel } from "../kernel/index.ts";
import type { Channel, Message } from "../kernel/index.ts";

export const STATE_CHANNEL: Channel = channel("s");

/** Where somebody stands with the state of an owner. */
export interface Digest {
  readonly owner: string;
  readonly generation: number;
  readonly version: number;
}

/** A key as it travels. */
export interface DeltaEntry {
  readonly key: string;
  readonly version: number;
  /** Ms that it has left; 0 for no end. */
  readonly ttlMs: number;
  /** `undefined` for a key that was deleted. */
  readonly value: Uint8Array | undefined;
}

/** All that has changed in one owner's state behind version `from`, up to and with `upTo`. */
export interface OwnerDelta {
  readonly owner: string;
  readonly generation: number;
  readonly from: number;
  readonly upTo: number;
  /** Deletions up to this version are remembered no more. */
  readonly floor: number;
  /** This is all there is: keys that are not in it are gone. */
  readonly whole: boolean;
  readonly entries: readonly DeltaEntry[];
}

export interface Syn extends Message {
  readonly type: "syn";
  /** Four bytes for each part of all owners, the parts a power of two. */
  readonly sums: Uint8Array | undefined;
  readonly ranges: readonly number[];
  readonly digests: readonly Digest[];
}

export interface Ack extends Message {
  readonly type: "ack";
  readonly ranges: readonly number[];
  readonly digests: readonly Digest[];
  readonly wants: readonly Digest[];
  readonly deltas: readonly OwnerDelta[];
  /** There is more than packets carry: ask for it on a stream. */
  readonly stream: boolean;
}

export interface Ack2 extends Message {
  readonly type: "ack2";
  readonly wants: readonly Digest[];
  readonly deltas: readonly OwnerDelta[];
  readonly stream: boolean;
}

export interface Pull extends Message {
  readonly type: "pull";
  readonly digests: readonly Digest[];
}

export type StateMessage = Syn | Ack | Ack2 | Pull;

export const MAX_OWNER_BYTES = 128;
/** Parts that sums are made for. */
export const MAX_PARTS = 64;
/** Numbers of ranges in one message: two for each part. */
const MAX_RANGES = 128;
/** Owners in one message: on a stream, all. */
export const MAX_DIGESTS = 65_536;
const MAX_ENTRIES = 65_536;
const LARGEST_VALUE_BYTES = 1 << 20;

const VERSION = int(0, Number.MAX_SAFE_INTEGER);
const DIGEST = record<Digest>({
  owner: text(MAX_OWNER_BYTES),
  generation: uint32(),
  version: VERSION,
});
const ENTRY = record<DeltaEntry>({
  key: text(1024),
  version: VERSION,
  ttlMs: VERSION,
  value: bytes(LARGEST_VALUE_BYTES),
});
const DELTA = record<OwnerDelta>({
  owner: text(MAX_OWNER_BYTES),
  generation: uint32(),
  from: VERSION,
  upTo: VERSION,
  floor: VERSION,
  whole: bool(),
  entries: list(ENTRY, MAX_ENTRIES),
});

export const SYN: WireMessage<Syn> = channelMessage<Syn>(STATE_CHANNEL, 1, "syn", {
  sums: bytes(4 * MAX_PARTS),
  ranges: list(uint32(), MAX_RANGES),
  digests: list(DIGEST, MAX_DIGESTS),
});
export const ACK: WireMessage<Ack> = channelMessage<Ack>(STATE_CHANNEL, 2, "ack", {
  ranges: list(uint32(), MAX_RANGES),
  digests: list(DIGEST, MAX_DIGESTS),
  wants: list(DIGEST, MAX_DIGESTS),
  deltas: list(DELTA, MAX_DIGESTS),
  stream: bool(),
});
export const ACK2: WireMessage<Ack2> = channelMessage<Ack2>(STATE_CHANNEL, 3, "ack2", {
  wants: list(DIGEST, MAX_DIGESTS),
  deltas: list(DELTA, MAX_DIGESTS),
  stream: bool(),
});
export const PULL: WireMessage<Pull> = channelMessage<Pull>(STATE_CHANNEL, 4, "pull", {
  digests: list(DIGEST, MAX_DIGESTS),
});

export function digestSize(digest: Digest): number {
  return DIGEST.sizeOf(digest);
}

export function entrySize(entry: DeltaEntry): number {
  return ENTRY.sizeOf(entry);
}

/** Bytes of a delta beside its entries. */
export function deltaHeadSize(delta: OwnerDelta): number {
  // The count of entries may take two bytes more than none does.
  return DELTA.sizeOf({ ...delta, entries: [] }) + 2;
}
