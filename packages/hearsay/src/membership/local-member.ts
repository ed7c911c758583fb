/**
 * Ourselves: the one member whose incarnation we may raise and whose metadata we make.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import { formatChannels, NO_CHANNELS, optionError } from "../kernel/index.ts";
import type { ChannelSet, Incarnation } from "../kernel/index.ts";
import type { Member } from "./member.ts";
import { CAPABILITY_TAG, encodeTags } from "./tags.ts";
import type { Tags } from "./tags.ts";
import type { Alive, Dead } from "./wire.ts";

/** Incarnations are 32 bits on the wire. Nobody can speak up after the last one. */
export const LAST_INCARNATION = 0xffff_ffff;

export class LocalMember {
  readonly member: Member;
  /** Has said goodbye: what others say of us is not refuted any more. */
  isLeaving = false;

  constructor(member: Member) {
    this.member = member;
  }

  /** What we say to whoever takes us for alive when we have left; nothing before. */
  get farewell(): Dead | undefined {
    if (!this.isLeaving) return undefined;
    const { name, incarnation } = this.member;
    return { type: "dead", incarnation, node: name, from: name };
  }

  /**
   * Takes the next incarnation, above `accused` if that is higher than ours. Returns whether there was one:
   * whoever accuses the last incarnation of all cannot be contradicted.
   */
  raiseAbove(accused: number): boolean {
    const next = Math.max(this.member.incarnation, accused) + 1;
    if (next > LAST_INCARNATION) return false;
    this.#say({ incarnation: next as Incarnation });
    return true;
  }

  setMeta(meta: Uint8Array): void {
    this.#say({ meta });
  }

  #say(news: Partial<Alive>): void {
    const { member } = this;
    member.say({ ...member.said, ...news });
  }
}

/**
 * A name that can stand in messages.
 * @throws HearsayError `ERR_OPTION`
 */
export function checkName(name: string, maxBytes: number): string {
  if (name === "" || utf8Size(name) > maxBytes) {
    throw optionError("name", `text of 1 to ${maxBytes} bytes`, name);
  }
  return name;
}

/**
 * Our metadata: the application's tags, and the channels that our tenants read.
 * @throws HearsayError `ERR_OPTION`, `ERR_META_TOO_LARGE`
 */
export function ownMeta(tags: Tags, channels: ChannelSet): Uint8Array {
  if (tags.has(CAPABILITY_TAG)) {
    const rule = `another name: ${CAPABILITY_TAG} is hearsay's own`;
    throw optionError(`tags.${CAPABILITY_TAG}`, rule, tags.get(CAPABILITY_TAG));
  }
  if (channels === NO_CHANNELS) return encodeTags(tags);
  return encodeTags(new Map([...tags, [CAPABILITY_TAG, formatChannels(channels)]]));
}
