/**
 * Anti-entropy on the wire: in datagrams what fits one, over a stream what does not.
 *
 *     08 65 01 [[[store, step, words], …]]      talk      conversations, one of each store
 *     08 65 02 [store, hops, delta]             news      a change, told at once; to be passed on so often
 *
 *     stream:  E0 65   length u32 be  message   length u32 be  message …       one conversation, both sides in turn
 *
 * `words` and `delta` are bytes of the store's own: see `comparison` of each kind in docs/protocols/anti-entropy.md.
 * @module
 */
import { bytes, channelMessage, int, list, NO_BYTES, record, text } from "../codec/index.ts";
import type { Reader, WireMessage } from "../codec/index.ts";
import { channel, DecodeError, encode } from "../kernel/index.ts";
import type { Channel, Message, MessageType } from "../kernel/index.ts";

export const ANTI_ENTROPY_CHANNEL: Channel = channel("e");

/** Bytes of a store's name. */
export const MAX_STORE_NAME = 64;
/** Conversations in one message. */
export const MAX_TALKS = 256;
/** What a message can hold at all; how much a node reads is its option `maxWordsBytes`. */
export const MAX_BYTES: number = 16 << 20;
/** Bytes of a message around its stores' own. */
export const ENVELOPE_BYTES = 16;

export interface TalkPart {
  readonly store: string;
  /** How many words have been said before these. */
  readonly step: number;
  readonly words: Uint8Array | undefined;
}

export interface Talk extends Message {
  readonly type: "talk";
  readonly parts: readonly TalkPart[];
}

export interface News extends Message {
  readonly type: "news";
  readonly store: string;
  readonly hops: number;
  readonly delta: Uint8Array | undefined;
}

export type AntiEntropyMessage = Talk | News;

const NAME = text(MAX_STORE_NAME);
const PART = record<TalkPart>({ store: NAME, step: int(0, 65_535), words: bytes(MAX_BYTES) });

export const TALK: WireMessage<Talk> = channelMessage<Talk>(ANTI_ENTROPY_CHANNEL, 1, "talk", {
  parts: list(PART, MAX_TALKS),
});

export const NEWS: WireMessage<News> = channelMessage<News>(ANTI_ENTROPY_CHANNEL, 2, "news", {
  store: NAME,
  hops: int(0, 64),
  delta: bytes(MAX_BYTES),
});

export const ANTI_ENTROPY_MESSAGES: readonly MessageType<AntiEntropyMessage>[] = [TALK, NEWS];

/** Bytes of one store's words in a message. */
export function talkPartSize(part: TalkPart): number {
  return PART.sizeOf(part);
}

export function sizeOfMessage(message: AntiEntropyMessage): number {
  return message.type === "talk" ? TALK.sizeOf(message) : NEWS.sizeOf(message);
}

const LENGTH_BYTES = 4;
const PREFIX_BYTES = 3;

/** A message as it stands on a stream. */
export function frameOf(message: AntiEntropyMessage): Uint8Array {
  const body = message.type === "talk" ? encode(TALK, message) : encode(NEWS, message);
  const frame = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, LENGTH_BYTES);
  return frame;
}

/** Reads a frame of at most `maxBytes`. @throws DecodeError */
export function readFrame(reader: Reader, maxBytes: number): AntiEntropyMessage {
  const length = reader.uint32();
  if (length > maxBytes) throw new DecodeError("tooLarge", `a message of ${length} bytes`);
  const body = reader.view(length);
  const kind = body[PREFIX_BYTES - 1];
  if (kind === 1) return TALK.decode(body, PREFIX_BYTES, length);
  if (kind === 2) return NEWS.decode(body, PREFIX_BYTES, length);
  throw new DecodeError("unknownType", `a message of kind ${kind ?? "none"} on a stream`);
}

/** What a field of bytes holds: a peer may have written nil. */
export function bytesOf(field: Uint8Array | undefined): Uint8Array {
  return field ?? NO_BYTES;
}
