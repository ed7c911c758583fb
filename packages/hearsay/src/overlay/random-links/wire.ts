/**
 * Random links on the wire, on links alone.
 *
 *     08 6b 01 [priority]   neighbour    be my neighbour: low or high
 *     08 6b 02 []           accepted
 *     08 6b 03 []           refused
 *     08 6b 04 []           disconnect   you are my neighbour no more
 *
 * @module
 */
import { channelMessage, uint8 } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, MessageType } from "../../kernel/index.ts";

export const RANDOM_LINKS_CHANNEL: Channel = channel("k");

/** How much a neighbour is wanted; whoever has none at all must not be refused. */
export const WANT = { low: 0, high: 1 } as const;

export interface LinkWish {
  readonly type: "neighbour";
  readonly priority: number;
}

export interface LinkAnswer {
  readonly type: "accepted" | "refused" | "disconnect";
}

export type RandomLinksMessage = LinkWish | LinkAnswer;

function bare(kind: number, type: LinkAnswer["type"]): WireMessage<LinkAnswer> {
  return channelMessage<LinkAnswer>(RANDOM_LINKS_CHANNEL, kind, type, {});
}

export const RANDOM_LINKS_MESSAGES: readonly MessageType<RandomLinksMessage>[] = [
  channelMessage<LinkWish>(RANDOM_LINKS_CHANNEL, 1, "neighbour", { priority: uint8() }),
  bare(2, "accepted"),
  bare(3, "refused"),
  bare(4, "disconnect"),
];
