/**
 * Rumor mongering on the wire, in datagrams.
 *
 *     08 72 01 [asks, [[origin, epoch, number, topic, hops, payload, counter], …]]     rumors
 *     08 72 02 [[[origin, epoch, number, verdict], …]]     feedback: needed 0 · needless 1 · excused 2
 *     08 72 03 []     call      may I contact you? Where contacts are limited
 *     08 72 04 []     accept
 *     08 72 05 []     refuse
 *
 * Rumors that ask are answered with the receiver's own: alone they are a push, without any they are a pull.
 * @module
 */
import { bool, channelMessage, int, list, record } from "../../codec/index.ts";
import type { Field, WireMessage } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, Message, MessageType } from "../../kernel/index.ts";
import { MAX_HOPS, PUBLICATION_FIELDS, PUBLICATION_ID_FIELDS } from "../publication.ts";
import type { Publication, PublicationId } from "../publication.ts";

export const RUMOR_CHANNEL: Channel = channel("r");

/** Rumors in one packet, and verdicts on them. */
export const MAX_RUMORS = 128;

export interface Rumor extends Publication {
  /** Contacts that it has crossed when it arrives. */
  readonly hops: number;
  /** How often its sender has told it in vain. */
  readonly counter: number;
}

export interface Rumors extends Message {
  readonly type: "rumors";
  /** Whether the receiver is to answer with its own. */
  readonly asks: boolean;
  readonly rumors: readonly Rumor[];
}

export const VERDICT = { needed: 0, needless: 1, excused: 2 } as const;

export interface Verdict extends PublicationId {
  /** Excused: needless, but it is the receiver whose counter counts it. */
  readonly verdict: number;
}

export interface Feedback extends Message {
  readonly type: "feedback";
  readonly verdicts: readonly Verdict[];
}

export interface Call extends Message {
  readonly type: "call" | "accept" | "refuse";
}

export type RumorMessage = Rumors | Feedback | Call;

/** As much as k may be. */
const MOST_COUNTED = 1_000_000;
const COUNTER = int(0, MOST_COUNTED);
const RUMOR = record<Rumor>({ ...PUBLICATION_FIELDS, counter: COUNTER });
const VERDICTS: Field<readonly Verdict[]> = list(
  record<Verdict>({ ...PUBLICATION_ID_FIELDS, verdict: int(0, 2) }),
  MAX_RUMORS,
);

export const RUMORS: WireMessage<Rumors> = channelMessage<Rumors>(RUMOR_CHANNEL, 1, "rumors", {
  asks: bool(),
  rumors: list(RUMOR, MAX_RUMORS),
});

export const RUMOR_MESSAGES: readonly MessageType<RumorMessage>[] = [
  RUMORS,
  channelMessage<Feedback>(RUMOR_CHANNEL, 2, "feedback", { verdicts: VERDICTS }),
  channelMessage<Call>(RUMOR_CHANNEL, 3, "call", {}),
  channelMessage<Call>(RUMOR_CHANNEL, 4, "accept", {}),
  channelMessage<Call>(RUMOR_CHANNEL, 5, "refuse", {}),
];

/** Bytes of a packet of rumors without any, and as many more as the length of the list may take. */
export const PACKET_OVERHEAD: number =
  RUMORS.sizeOf({ type: "rumors", asks: false, rumors: [] }) + 4;

/** Bytes that a rumor takes in a packet, whatever its hops and its counter come to. */
export function rumorSize(rumor: Rumor): number {
  return RUMOR.sizeOf({ ...rumor, hops: MAX_HOPS, counter: MOST_COUNTED });
}
