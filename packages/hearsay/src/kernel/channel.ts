/**
 * Channels: one letter for a tenant's messages, one bit for the capability to read them.
 * @module
 */
import { invariant } from "./errors.ts";
import type { Channel, ChannelSet } from "./ids.ts";

const FIRST = 0x61;
const COUNT = 26;

/** Brands a letter. Asserts that it is one of `a`..`z`: channels are chosen by programmers. */
export function channel(letter: string): Channel {
  invariant(/^[a-z]$/.test(letter), `a channel is one letter a..z, got ${letter}`);
  return letter as Channel;
}

/** The set that holds exactly `letter`. */
export function channelBit(letter: Channel): ChannelSet {
  return (1 << (letter.charCodeAt(0) - FIRST)) as ChannelSet;
}

/**
 * Who has this letter reads no datagrams and sends none: it is reached by streams alone. No tenant has it for a channel,
 * and it is the last one, so that it never will be in anybody's way.
 */
export const STREAMS_ONLY: Channel = "z" as Channel;

/** Reads a capability tag such as `"mt"`; letters of versions to come are ignored. */
export function parseChannels(tag: string): ChannelSet {
  let set = 0;
  for (let i = 0; i < tag.length && i < COUNT; i++) {
    const bit = tag.charCodeAt(i) - FIRST;
    if (bit >= 0 && bit < COUNT) set |= 1 << bit;
  }
  return set as ChannelSet;
}

/** Writes a capability tag, letters in alphabetical order. */
export function formatChannels(set: ChannelSet): string {
  let tag = "";
  for (let bit = 0; bit < COUNT; bit++) {
    if ((set & (1 << bit)) !== 0) tag += String.fromCharCode(FIRST + bit);
  }
  return tag;
}

/** Whether every channel of `needed` is in `set`. */
export function includesChannels(set: ChannelSet, needed: ChannelSet): boolean {
  return (set & needed) === needed;
}

/** Both sets together. */
export function joinChannels(a: ChannelSet, b: ChannelSet): ChannelSet {
  return (a | b) as ChannelSet;
}
