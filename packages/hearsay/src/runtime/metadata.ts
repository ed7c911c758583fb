/**
 * Typed metadata: a value of the application's own type about each node, for all to see.
 *
 * It travels as the text of one tag, beside the tags and within the same 512 bytes, so that Serf's agents show
 * it and pass it on. What does not decode is no metadata: a member of a later version must not make ours throw.
 * @module
 */
import { optionError } from "../kernel/index.ts";

/** Two functions between a value and its text. JSON is the default. */
export interface MetadataCodec<Metadata> {
  /** The shorter the better: tags and metadata share 512 bytes. */
  encode(value: Metadata): string;
  /** May throw, or return `undefined`, for text that it does not understand. */
  decode(text: string): Metadata | undefined;
}

/** The tag that carries the text. */
export const METADATA_TAG = "md";

/** A codec that takes the values of `JSON.parse` as they are, unchecked. */
export function jsonCodec<Metadata>(): MetadataCodec<Metadata> {
  return {
    encode: (value) => JSON.stringify(value),
    decode: (text) => JSON.parse(text) as Metadata,
  };
}

/**
 * The text of `value`, which is of the caller's making.
 * @throws HearsayError `ERR_OPTION` when the codec does not give text
 */
export function encodeMetadata<Metadata>(codec: MetadataCodec<Metadata>, value: Metadata): string {
  const text: unknown = codec.encode(value);
  if (typeof text !== "string")
    throw optionError("metadata", "a value that its codec encodes", text);
  return text;
}

/** The value in a member's tags; `undefined` when there is none, or none that the codec understands. */
export function decodeMetadata<Metadata>(
  codec: MetadataCodec<Metadata>,
  tags: ReadonlyMap<string, string>,
): Metadata | undefined {
  const text = tags.get(METADATA_TAG);
  if (text === undefined) return undefined;
  try {
    return codec.decode(text);
  } catch {
    return undefined;
  }
}
