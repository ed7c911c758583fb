/**
 * Encodings of topics: two functions between a value and its bytes.
 * @module
 */
import { decodeUtf8, encodeUtf8 } from "../codec/index.ts";

/** Any schema library fits: `decode` may throw, and what it throws on is not delivered. */
export interface TopicEncoding<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** JSON, its values as `JSON.parse` gives them, unchecked. The default. */
export function jsonEncoding<T>(): TopicEncoding<T> {
  return {
    encode: (value) => {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new TypeError("JSON has no form for this value");
      return encodeUtf8(text);
    },
    decode: (bytes) => JSON.parse(decodeUtf8(bytes)) as T,
  };
}

/** Bytes as they are. */
export const bytesEncoding: TopicEncoding<Uint8Array> = {
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};

/** Text as UTF-8. */
export const textEncoding: TopicEncoding<string> = { encode: encodeUtf8, decode: decodeUtf8 };
