/**
 * Plumtree on the wire, on links alone.
 *
 *     08 62 01 [origin, epoch, number, topic, hops, payload]     gossip     eager push
 *     08 62 02 [[[origin, epoch, number, hops], …]]              announce   lazy push, the paper's IHAVE
 *     08 62 03 [[origin, epoch, number] or nil]                  graft      be eager with me, and send me this
 *     08 62 04 []                                                prune      be lazy with me
 *
 * @module
 */
import { channelMessage, list, optional, record, uint16 } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, Message, MessageType } from "../../kernel/index.ts";
import { PUBLICATION_FIELDS, PUBLICATION_ID_FIELDS } from "../publication.ts";
import type { Publication, PublicationId } from "../publication.ts";

export const PLUMTREE_CHANNEL: Channel = channel("b");

/** Announcements in one message. */
export const MAX_ANNOUNCED = 1024;

export interface Gossip extends Message, Publication {
  readonly type: "gossip";
  /** Links that it has crossed when it arrives; the paper's round. */
  readonly hops: number;
}

export interface Announcement extends PublicationId {
  /** Hops that the payload would have crossed. */
  readonly hops: number;
}

export interface Announce extends Message {
  readonly type: "announce";
  readonly announcements: readonly Announcement[];
}

export interface Graft extends Message {
  readonly type: "graft";
  /** What to send at once; nothing when only the link is to become eager. */
  readonly wanted: PublicationId | undefined;
}

export interface Prune extends Message {
  readonly type: "prune";
}

export type PlumtreeMessage = Gossip | Announce | Graft | Prune;

const ANNOUNCEMENT = record<Announcement>({ ...PUBLICATION_ID_FIELDS, hops: uint16() });
const ID = record<PublicationId>(PUBLICATION_ID_FIELDS);

export const GOSSIP: WireMessage<Gossip> = channelMessage<Gossip>(
  PLUMTREE_CHANNEL,
  1,
  "gossip",
  PUBLICATION_FIELDS,
);

export const PLUMTREE_MESSAGES: readonly MessageType<PlumtreeMessage>[] = [
  GOSSIP,
  channelMessage<Announce>(PLUMTREE_CHANNEL, 2, "announce", {
    announcements: list(ANNOUNCEMENT, MAX_ANNOUNCED),
  }),
  channelMessage<Graft>(PLUMTREE_CHANNEL, 3, "graft", { wanted: optional(ID) }),
  channelMessage<Prune>(PLUMTREE_CHANNEL, 4, "prune", {}),
];
