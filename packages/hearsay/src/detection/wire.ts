/**
 * Heartbeats on the wire, in datagrams.
 *
 *     08 68 01 [[[name, heartbeat], …]]                              heartbeats   the sender's own is the first
 *     08 68 02 [[suspect, …], [[by, stamp, bits], …], [name, …]]     suspicions   of GEMS: who suspects whom; who has failed
 *
 * In `bits`, bit `i % 8` of byte `i / 8` stands for the suspect at place `i` of the list.
 * @module
 */
import { bytes, channelMessage, int, list, record, text } from "../codec/index.ts";
import { channel } from "../kernel/index.ts";
import type { Channel, Message, MessageType } from "../kernel/index.ts";

export const HEARTBEAT_CHANNEL: Channel = channel("h");

/** As large as a heartbeat may be: 2^52. */
export const LARGEST_HEARTBEAT: number = 4_503_599_627_370_496;
/** As many suspects as one message of suspicions may name. */
export const MAX_SUSPECTS = 256;
const MAX_NAME_BYTES = 128;
/** More than fit into the largest datagram. */
const MAX_ENTRIES = 16_384;

export interface Heartbeat {
  readonly name: string;
  readonly heartbeat: number;
}

export interface Heartbeats extends Message {
  readonly type: "heartbeats";
  readonly entries: readonly Heartbeat[];
}

/** Whom one member suspects, among the suspects of the message. */
export interface SuspectRow {
  readonly by: string;
  /** Its heartbeat when it last changed its mind. */
  readonly stamp: number;
  readonly bits: Uint8Array | undefined;
}

export interface Suspicions extends Message {
  readonly type: "suspicions";
  readonly suspects: readonly string[];
  readonly rows: readonly SuspectRow[];
  /** Those on whom all agree. */
  readonly decided: readonly string[];
}

export type HeartbeatMessage = Heartbeats | Suspicions;

const NAME = text(MAX_NAME_BYTES);
const HEARTBEAT = int(0, LARGEST_HEARTBEAT);
const ENTRY = record<Heartbeat>({ name: NAME, heartbeat: HEARTBEAT });
const ROW = record<SuspectRow>({ by: NAME, stamp: HEARTBEAT, bits: bytes(MAX_SUSPECTS / 8) });

/** Exact bytes of each part of a message, for whoever fills a packet. */
export const sizeOf: {
  readonly entry: (entry: Heartbeat) => number;
  readonly row: (row: SuspectRow) => number;
  readonly name: (name: string) => number;
} = { entry: ENTRY.sizeOf.bind(ENTRY), row: ROW.sizeOf.bind(ROW), name: NAME.sizeOf };

/** What a message takes beside its parts, at most. */
export const MESSAGE_BYTES = 16;

export const HEARTBEAT_MESSAGES: readonly MessageType<HeartbeatMessage>[] = [
  channelMessage<Heartbeats>(HEARTBEAT_CHANNEL, 1, "heartbeats", {
    entries: list(ENTRY, MAX_ENTRIES),
  }),
  channelMessage<Suspicions>(HEARTBEAT_CHANNEL, 2, "suspicions", {
    suspects: list(NAME, MAX_SUSPECTS),
    rows: list(ROW, MAX_ENTRIES),
    decided: list(NAME, MAX_SUSPECTS),
  }),
];
