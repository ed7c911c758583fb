/**
 * The spanning tree on the wire, in datagrams.
 *
 *     08 61 01 [origin, epoch, number, topic, hops, payload]     leaf     a publication
 *     08 61 02 [[[origin, epoch, number], …]]                    ack      these have come
 *     08 61 03 [[[origin, epoch, number], …]]                    nak      these have not: send them again
 *     08 61 04 [origin, epoch, number]                           tail     this was the last of that origin
 *
 * @module
 */
import { channelMessage, list, record } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, Message, MessageType } from "../../kernel/index.ts";
import { PUBLICATION_FIELDS, PUBLICATION_ID_FIELDS } from "../publication.ts";
import type { Publication, PublicationId } from "../publication.ts";

export const TREE_CHANNEL: Channel = channel("a");

/** Names in one ack or nak, and how far behind the latest a gap is asked for. */
export const MAX_NAMED = 64;

export interface Leaf extends Message, Publication {
  readonly type: "leaf";
  readonly hops: number;
}

export interface Named extends Message {
  readonly type: "ack" | "nak";
  readonly ids: readonly PublicationId[];
}

export interface Tail extends Message, PublicationId {
  readonly type: "tail";
}

export type TreeMessage = Leaf | Named | Tail;

const IDS = list(record<PublicationId>(PUBLICATION_ID_FIELDS), MAX_NAMED);

export const LEAF: WireMessage<Leaf> = channelMessage<Leaf>(
  TREE_CHANNEL,
  1,
  "leaf",
  PUBLICATION_FIELDS,
);

export const TREE_MESSAGES: readonly MessageType<TreeMessage>[] = [
  LEAF,
  channelMessage<Named>(TREE_CHANNEL, 2, "ack", { ids: IDS }),
  channelMessage<Named>(TREE_CHANNEL, 3, "nak", { ids: IDS }),
  channelMessage<Tail>(TREE_CHANNEL, 4, "tail", PUBLICATION_ID_FIELDS),
];
