/**
 * A member's metadata: tags, written as Serf writes them.
 *
 *     ff 82 a2 "dc" a4 "east" a4 "role" a3 "web"      0xFF, then a map of text by text
 *     "web"                                          before Serf's protocol 3: the role, nothing else
 *
 * One tag is ours: `hs` names the channels that a node of our kind reads, such as `mt`. Who has none is
 * a plain memberlist or Serf node, and is sent nothing that those do not know.
 * @module
 */
import { decodeUtf8, Reader, textMap, Writer } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { DecodeError, HearsayError, NO_CHANNELS, parseChannels } from "../kernel/index.ts";
import type { ChannelSet } from "../kernel/index.ts";
import { MAX_META_RECEIVED_BYTES } from "./wire.ts";

/** Tags of a member. */
export type Tags = ReadonlyMap<string, string>;

/** Largest metadata that memberlist lets a node have, the leading 0xFF included. */
export const MAX_META_BYTES = 512;

/** Key of the tag that says which channels a node reads. */
export const CAPABILITY_TAG = "hs";

/** Key that a legacy role is found under. */
const ROLE_TAG = "role";

/** Tells a map of tags from a legacy role: no UTF-8 text starts with it. */
const TAGS_BYTE = 0xff;

/** A tag takes two bytes at least. */
const MAX_TAGS = MAX_META_RECEIVED_BYTES / 2;

const TAGS: Field<Tags> = textMap(MAX_TAGS, MAX_META_RECEIVED_BYTES);

/**
 * Metadata for `tags`, keys in byte order.
 * @throws HearsayError `ERR_META_TOO_LARGE` beyond `MAX_META_BYTES`
 */
export function encodeTags(tags: Tags): Uint8Array {
  const size = 1 + TAGS.sizeOf(tags);
  if (size > MAX_META_BYTES) {
    const expected = `tags of at most ${MAX_META_BYTES} bytes encoded`;
    throw new HearsayError("ERR_META_TOO_LARGE", `tags: expected ${expected}, got ${size} bytes`, {
      option: "tags",
      expected,
      received: size,
    });
  }
  const meta = new Uint8Array(size);
  const writer = new Writer(meta);
  writer.uint8(TAGS_BYTE);
  TAGS.write(writer, tags);
  return meta;
}

/**
 * The tags in `meta`. Like Serf, takes metadata without the leading 0xFF for a role, no metadata for an
 * empty one.
 * @throws DecodeError for metadata of another application; the member itself is none the worse for it
 */
export function decodeTags(meta: Uint8Array | undefined): Tags {
  if (meta === undefined || meta[0] !== TAGS_BYTE) {
    return new Map([[ROLE_TAG, meta === undefined ? "" : decodeUtf8(meta)]]);
  }
  return TAGS.read(new Reader(meta, 1));
}

/** The channels that a member's metadata says it reads; none in metadata that is not ours to read. */
export function channelsIn(meta: Uint8Array | undefined): ChannelSet {
  if (meta === undefined || meta[0] !== TAGS_BYTE) return NO_CHANNELS;
  try {
    return parseChannels(decodeTags(meta).get(CAPABILITY_TAG) ?? "");
  } catch (error) {
    if (error instanceof DecodeError) return NO_CHANNELS;
    throw error;
  }
}
