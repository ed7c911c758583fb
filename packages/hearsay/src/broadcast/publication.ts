/**
 * What is broadcast, whatever spreads it: the vocabulary that all delivery machines share.
 *
 *     command  publish { topic, payload }      ──▶  machine of one node
 *     event    delivered { topic, … payload }  ◀──  machine of every node that it reaches, its own too
 *
 * A publication is named by its origin, the origin's boot and a number that counts from 1: what arrives twice is
 * told by its name, and a gap in the numbers tells what is missing.
 * @module
 */
import { bytes, text, uint16, uint32 } from "../codec/index.ts";
import type { RecordTable } from "../codec/index.ts";
import type { Command, NodeEvent } from "../kernel/index.ts";

/** Names one publication, the same at every node. */
export interface PublicationId {
  /** Name of the node that has published it. */
  readonly origin: string;
  /** The origin's boot, in seconds since 1970: a restarted origin counts from 1 again. */
  readonly epoch: number;
  /** Counts the origin's publications from 1. */
  readonly number: number;
}

export interface Publication extends PublicationId {
  readonly topic: string;
  readonly payload: Uint8Array | undefined;
}

/** Hands bytes to everybody; `delivered` at each node tells that they have come. */
export interface PublishCommand extends Command {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** A publication has come, for the first and only time. */
export interface Delivered extends NodeEvent {
  readonly type: "delivered";
  readonly topic: string;
  readonly origin: string;
  readonly epoch: number;
  readonly number: number;
  readonly payload: Uint8Array;
  /** Links that it has crossed; 0 at its origin. */
  readonly hops: number;
}

export const MAX_TOPIC_BYTES = 128;
const MAX_NAME_BYTES = 128;
/** What one publication may hold; links take as much in one frame. */
export const MAX_PAYLOAD_BYTES: number = 1 << 20;
/** More hops than any overlay that works has. */
export const MAX_HOPS = 65_535;

export const PUBLICATION_ID_FIELDS: RecordTable<PublicationId> = {
  origin: text(MAX_NAME_BYTES),
  epoch: uint32(),
  number: uint32(),
};

export const PUBLICATION_FIELDS: RecordTable<Publication & { readonly hops: number }> = {
  ...PUBLICATION_ID_FIELDS,
  topic: text(MAX_TOPIC_BYTES),
  hops: uint16(),
  payload: bytes(MAX_PAYLOAD_BYTES),
};

/** One text for one publication: the number first, because that is where they differ. */
export function keyOf({ origin, epoch, number }: PublicationId): string {
  return `${number} ${epoch} ${origin}`;
}

const NO_PAYLOAD = new Uint8Array(0);

export function delivered(publication: Publication, hops: number): Delivered {
  const { topic, origin, epoch, number, payload = NO_PAYLOAD } = publication;
  return { type: "delivered", topic, origin, epoch, number, payload, hops };
}
