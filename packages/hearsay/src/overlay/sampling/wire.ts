/**
 * Peer sampling on the wire: one datagram each way.
 *
 *     08 70 01 [number, wants, entries]   request   my entries, if I give some; yours, if I want some
 *     08 70 02 [number, entries]          reply     always: also one without entries says that I live
 *
 * An entry is `[name, address, age]`. A sender's own stands first, its age is 0. The number is drawn at
 * random: whoever does not see the request cannot answer in the place of the peer that was asked.
 * @module
 */
import {
  address,
  bool,
  channelMessage,
  list,
  record,
  text,
  uint16,
  uint32,
} from "../../codec/index.ts";
import type { Field } from "../../codec/index.ts";
import { channel } from "../../kernel/index.ts";
import type { Channel, MessageType } from "../../kernel/index.ts";
import { MAX_NAME_BYTES } from "../peer-entry.ts";
import type { PeerEntry } from "../peer-entry.ts";

export const PEER_SAMPLING_CHANNEL: Channel = channel("p");

/** Entries that one message may carry, whatever its sender's options say. */
export const MAX_EXCHANGED = 257;
/** Ages that are told apart; older is as old as that. */
export const OLDEST = 65_535;

/** A peer, and how many exchanges those who passed it on have had since it said itself that it was there. */
export interface AgedEntry extends PeerEntry {
  readonly age: number;
}

export interface SamplingRequest {
  readonly type: "sampleRequest";
  readonly number: number;
  readonly wants: boolean;
  readonly entries: readonly AgedEntry[];
}

export interface SamplingReply {
  readonly type: "sampleReply";
  readonly number: number;
  readonly entries: readonly AgedEntry[];
}

export type PeerSamplingMessage = SamplingRequest | SamplingReply;

export const AGED_ENTRY: Field<AgedEntry> = record<AgedEntry>({
  name: text(MAX_NAME_BYTES),
  address: address(),
  age: uint16(),
});

export const PEER_SAMPLING_MESSAGES: readonly MessageType<PeerSamplingMessage>[] = [
  channelMessage<SamplingRequest>(PEER_SAMPLING_CHANNEL, 1, "sampleRequest", {
    number: uint32(),
    wants: bool(),
    entries: list(AGED_ENTRY, MAX_EXCHANGED),
  }),
  channelMessage<SamplingReply>(PEER_SAMPLING_CHANNEL, 2, "sampleReply", {
    number: uint32(),
    entries: list(AGED_ENTRY, MAX_EXCHANGED),
  }),
];
