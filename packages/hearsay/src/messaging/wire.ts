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

/** Largest user message on a stream; memberlist's own limit. */
export const MAX_USER_MESSAGE_BYTES: number = 20 * 1024 * 1024;

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
  payload: bytes(MAX_USER_MESSAGE_BYTES),
});

export const BROADCAST: WireMessage<Broadcast> = channelMessage<Broadcast>(
  MESSAGING_CHANNEL,
  2,
  "broadcast",
  {
    origin: text(MAX_NAME_BYTES),
    epoch: uint32(),
    number: uint32(),
    payload: bytes(MAX_USER_MESSAGE_BYTES),
  },
);

export const MESSAGING_MESSAGES: readonly MessageType<MessagingMessage>[] = [DIRECT, BROADCAST];

/** Follows the type byte of a user message on a stream; the message follows it. */
export interface UserMessageHeader {
  readonly bytes: number;
}

export const USER_MESSAGE_HEADER: Field<UserMessageHeader> = struct<UserMessageHeader>({
  bytes: named("UserMsgLen", int(0, MAX_USER_MESSAGE_BYTES, "tooLarge")),
});
