/**
 * Repair on the wire: beside the messages of the machine that is repaired, under its letter.
 *
 *     08 letter e0 [asks, complete, [[origin, epoch, floor, [first, last, …]], …]]       digest
 *     08 letter e1 [more, [[origin, epoch, number, topic, hops, payload], …]]            delta
 *
 * A digest is answered with what its sender lacks, and, if it asks and we lack something too, with our own.
 * @module
 */
import { bool, channelMessage, int, list, record, uint32 } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import type { Channel, Message } from "../../kernel/index.ts";
import { PUBLICATION_FIELDS, PUBLICATION_ID_FIELDS } from "../publication.ts";
import { MAX_RUNS } from "./recent-log.ts";
import type { LogDigest, OriginDigest, Kept } from "./recent-log.ts";

/** Origins in one digest, and publications in one delta. */
export const MAX_DIGESTED = 256;

export interface Digest extends Message, LogDigest {
  readonly type: "digest";
  readonly asks: boolean;
}

export interface Delta extends Message {
  readonly type: "delta";
  /** Whether there is more than this. */
  readonly more: boolean;
  readonly publications: readonly Kept[];
}

export type RepairMessage = Digest | Delta;

const KINDS = { digest: 0xe0, delta: 0xe1 };
const KEPT = record<Kept>(PUBLICATION_FIELDS);
const ORIGIN = record<OriginDigest>({
  origin: PUBLICATION_ID_FIELDS.origin,
  epoch: PUBLICATION_ID_FIELDS.epoch,
  floor: uint32(),
  ranges: list(int(0, 0xffff_ffff), 2 * MAX_RUNS),
});

export interface RepairWire {
  readonly digest: WireMessage<Digest>;
  readonly delta: WireMessage<Delta>;
}

export function repairWire(channel: Channel): RepairWire {
  return {
    digest: channelMessage<Digest>(channel, KINDS.digest, "digest", {
      asks: bool(),
      complete: bool(),
      origins: list(ORIGIN, MAX_DIGESTED),
    }),
    delta: channelMessage<Delta>(channel, KINDS.delta, "delta", {
      more: bool(),
      publications: list(KEPT, MAX_DIGESTED),
    }),
  };
}

/** Bytes of a publication in a delta. */
export function keptSize(kept: Kept): number {
  return KEPT.sizeOf(kept);
}
