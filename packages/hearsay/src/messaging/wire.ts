/**
 * User messages on the wire.
 *
 *     datagram   08 6d 01 [from, payload]                       direct
 *     datagram   08 6d 02 [origin, epoch, number, payload]      broadcast
 *     stream     08 {UserMsgLen} 6d 01 [from, payload]          direct, reliable: memberlist's user stream
 *
 * @module
 */
import { bytes, channelMessage, int, named, struct, text, uint32 } from "../codec/index.ts";
import type { Field, WireMessage } from "../codec/index.ts";
import { channel } from "../kernel/index.ts";
import type { Channel, MessageType } from "../kernel/index.ts";

export const MESSAGING_CHANNEL: Channel = channel("m");

/** First byte of memberlist's stream with one user message. */
export const USER_STREAM = 8;

/** Largest user message that memberlist takes from a stream (since v0.6.0). */
export const MAX_STREAM_BYTES: number = 20 << 20;

const MAX_NAME_BYTES = 128;

/** From one member to another. */
export interface Direct {
  readonly type: "direct";
  /** Name of the sender, as the sender says. */
  readonly from: string;
  readonly payload: Uint8Array | undefined;
}

/** From one member to all, passed on by each receiver once. */
export interface Broadcast {
  readonly type: "broadcast";
  readonly origin: string;
  /** The origin's boot, in seconds: a restarted origin counts from 1 again. */
  readonly epoch: number;
  /** Counts the origin's broadcasts from 1. */
  readonly number: number;
  readonly payload: Uint8Array | undefined;
}

export type MessagingMessage = Direct | Broadcast;

export const DIRECT: WireMessage<Direct> = channelMessage<Direct>(MESSAGING_CHANNEL, 1, "direct", {
  from: text(MAX_NAME_BYTES),
  payload: bytes(MAX_STREAM_BYTES),
});

export const BROADCAST: WireMessage<Broadcast> = channelMessage<Broadcast>(
  MESSAGING_CHANNEL,
  2,
  "broadcast",
  {
    origin: text(MAX_NAME_BYTES),
    epoch: uint32(),
    number: uint32(),
    payload: bytes(MAX_STREAM_BYTES),
  },
);

export const MESSAGING_MESSAGES: readonly MessageType<MessagingMessage>[] = [DIRECT, BROADCAST];

/** Stands between the stream's first byte and the message. */
export interface UserStreamHeader {
  readonly length: number;
}

export const USER_STREAM_HEADER: Field<UserStreamHeader> = struct<UserStreamHeader>({
  length: named("UserMsgLen", int(0, MAX_STREAM_BYTES)),
});
