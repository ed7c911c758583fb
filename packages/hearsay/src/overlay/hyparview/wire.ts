/**
 * HyParView on the wire. All but the shuffle's reply travel on links.
 *
 *     08 76 01 [priority]                     neighbour     be my neighbour: join, high or low
 *     08 76 02 []                             accepted
 *     08 76 03 []                             refused
 *     08 76 04 []                             disconnect    you are my neighbour no more, but not dead
 *     08 76 05 [newcomer, hops]               forwardJoin   a random walk
 *     08 76 06 [origin, hops, entries]        shuffle       a random walk
 *     08 76 07 [entries]                      shuffleReply  to the origin
 *     08 76 08 []                             beat          I live
 *
 * @module
 */
import { channelMessage, list, uint8 } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, MessageType } from "../../kernel/index.ts";
import { PEER_ENTRY } from "../peer-entry.ts";
import type { PeerEntry } from "../peer-entry.ts";

export const HYPARVIEW_CHANNEL: Channel = channel("v");

/** Entries that a shuffle may carry, whatever its sender's options say. */
export const MAX_SHUFFLED = 129;

/** How much a neighbour is wanted. Only `LOW` may be refused. */
export const PRIORITY = { low: 0, high: 1, join: 2 } as const;

export interface Neighbour {
  readonly type: "neighbour";
  readonly priority: number;
}

export interface Bare {
  readonly type: "accepted" | "refused" | "disconnect" | "beat";
}

export interface ForwardJoin {
  readonly type: "forwardJoin";
  readonly newcomer: PeerEntry;
  readonly hops: number;
}

export interface Shuffle {
  readonly type: "shuffle";
  readonly origin: PeerEntry;
  readonly hops: number;
  readonly entries: readonly PeerEntry[];
}

export interface ShuffleReply {
  readonly type: "shuffleReply";
  readonly entries: readonly PeerEntry[];
}

export type HyParViewMessage = Neighbour | Bare | ForwardJoin | Shuffle | ShuffleReply;

function bare(kind: number, type: Bare["type"]): WireMessage<Bare> {
  return channelMessage<Bare>(HYPARVIEW_CHANNEL, kind, type, {});
}

export const HYPARVIEW_MESSAGES: readonly MessageType<HyParViewMessage>[] = [
  channelMessage<Neighbour>(HYPARVIEW_CHANNEL, 1, "neighbour", { priority: uint8() }),
  bare(2, "accepted"),
  bare(3, "refused"),
  bare(4, "disconnect"),
  channelMessage<ForwardJoin>(HYPARVIEW_CHANNEL, 5, "forwardJoin", {
    newcomer: PEER_ENTRY,
    hops: uint8(),
  }),
  channelMessage<Shuffle>(HYPARVIEW_CHANNEL, 6, "shuffle", {
    origin: PEER_ENTRY,
    hops: uint8(),
    entries: list(PEER_ENTRY, MAX_SHUFFLED),
  }),
  channelMessage<ShuffleReply>(HYPARVIEW_CHANNEL, 7, "shuffleReply", {
    entries: list(PEER_ENTRY, MAX_SHUFFLED),
  }),
  bare(8, "beat"),
];
