/**
 * The wire: messages as tables of fields, packet layers, envelopes, streams. Pure; ports come from outside.
 * @module
 */
export * from "./aead.ts";
export { decodeBase64, encodeBase64 } from "./base64.ts";
export { MAX_COMPOUND_PARTS, compoundHeaderSize, writeCompoundHeader } from "./compound.ts";
export { compress } from "./compress.ts";
export * from "./compressing-envelope.ts";
export * from "./crc32.ts";
export * from "./describe.ts";
export type { TagsOf } from "./describe-message.ts";
export type { DescribedValue, Description } from "./describe-value.ts";
export * from "./envelope.ts";
export * from "./field.ts";
export * from "./keyring.ts";
export * from "./label.ts";
export * from "./layers.ts";
export * from "./message.ts";
export * from "./reader.ts";
export * from "./sealed-envelope.ts";
export { openPayload, PAYLOAD_HEAD_BYTES, payloadSize, sealPayload } from "./sealed-payload.ts";
export type { PayloadVersion } from "./sealed-payload.ts";
export { MAX_SEALED_PART_BYTES } from "./sealed-sequence.ts";
export * from "./stream-envelope.ts";
export {
  MAX_COMPRESSED_STREAM_BYTES,
  MAX_INFLATED_STREAM_BYTES,
  StreamInflater,
} from "./stream-inflater.ts";
export type { SavedStreamInflater } from "./stream-inflater.ts";
export { MAX_SEALED_STREAM_BYTES, MAX_UNOPENED_BYTES } from "./stream-opener.ts";
export * from "./stream-reader.ts";
export type { StreamRole } from "./stream-speech.ts";
export { named, omittable, record, struct } from "./struct.ts";
export type { NamedField, RecordTable, StructTable } from "./struct.ts";
export * from "./type-byte.ts";
export * from "./utf8.ts";
export * from "./writer.ts";
