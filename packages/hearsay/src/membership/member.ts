/**
 * A member: the row that we keep, and the copy that we show.
 *
 * Rows are lean, because there is one of each member at each node: nothing in them is made before it
 * is needed, and what is equal in most of them (no metadata, the usual versions) is shared.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import type { Address, ChannelSet, Incarnation, Instant, PeerId } from "../kernel/index.ts";
import type { Reason } from "./reasons.ts";
import { CAPABILITY_TAG, channelsIn, decodeTags } from "./tags.ts";
import type { Tags } from "./tags.ts";
import type { Alive } from "./wire.ts";

/**
 *     unknown ──▶ alive ──▶ suspect ──▶ dead ──▶ forgotten
 *                  ▲ │ ◀──────┘ │        │
 *                  │ └──▶ left ◀┘        │        left ──▶ forgotten
 *                  └───────┴─────────────┘
 *                    a higher incarnation
 */
export type MemberState = "alive" | "suspect" | "dead" | "left";

export const NO_META: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

export class Member {
  // What probes and exchanges of states look at comes first: these five lie in one or two lines of a cache, and
  // where there are a million rows each line is waited for.
  peer: PeerId;
  /** What it says of itself, as whoever told us said it: told on as it is, and not to be changed. */
  said: Alive;
  /** That of the last word on it, be it others'. */
  incarnation: Incarnation;
  state: MemberState = "alive";
  /** Bytes of its row in a state, once they have been counted; 0 is not yet. */
  rowBytes = 0;
  address: Address;
  stateChangedAt: Instant;
  /** Why it has this state. */
  reason: Reason;
  /** Place in the table's order by state; the table's alone. */
  index = -1;

  constructor(said: Alive, peer: PeerId, address: Address, reason: Reason, now: Instant) {
    this.peer = peer;
    this.address = address;
    this.said = said;
    this.incarnation = said.incarnation;
    this.stateChangedAt = now;
    this.reason = reason;
  }

  get name(): string {
    return this.said.node;
  }

  /** It has said something new of itself. */
  say(said: Alive): void {
    this.said = said;
    this.date(said.incarnation);
  }

  /** Somebody has said something of it, under this incarnation. */
  date(incarnation: Incarnation): void {
    this.incarnation = incarnation;
    this.rowBytes = 0;
  }

  get meta(): Uint8Array {
    return this.said.meta ?? NO_META;
  }

  /** Six bytes: see `versions.ts`. */
  get versions(): Uint8Array {
    return this.said.versions;
  }
}

/** A member as it was at one moment: a copy that nothing changes any more. */
export interface MemberView {
  readonly name: string;
  readonly address: Address;
  readonly peer: PeerId;
  readonly state: MemberState;
  readonly incarnation: Incarnation;
  readonly stateChangedAt: Instant;
  readonly reason: Reason;
  /** Without our capability tag. Empty when the metadata is none or another application's. */
  readonly tags: Tags;
  readonly meta: Uint8Array;
  readonly versions: Uint8Array;
  /** The channels it reads: none unless it is of our kind. */
  readonly channels: ChannelSet;
}

export function viewOf(member: Member): MemberView {
  return {
    name: member.name,
    address: member.address,
    peer: member.peer,
    state: member.state,
    incarnation: member.incarnation,
    stateChangedAt: member.stateChangedAt,
    reason: member.reason,
    tags: tagsOf(member.meta),
    meta: member.meta.length === 0 ? NO_META : member.meta.slice(),
    versions: member.versions.slice(),
    channels: channelsIn(member.meta),
  };
}

/** Whether two pieces of metadata are the same; nil and no bytes are. */
export function equalBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  if (a === undefined || a.length !== b.length) return (a?.length ?? 0) === b.length;
  for (let i = 0; i < b.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

const NO_TAGS: Tags = /* @__PURE__ */ new Map<string, string>();

/** The tags in metadata, without our own; none if it is none or another application's. */
export function tagsOf(meta: Uint8Array): Tags {
  if (meta.length === 0) return NO_TAGS;
  try {
    const tags = new Map(decodeTags(meta));
    tags.delete(CAPABILITY_TAG);
    return tags;
  } catch (error) {
    if (error instanceof DecodeError) return NO_TAGS;
    throw error;
  }
}
