/**
 * The wire: messages as tables of fields, packet layers, envelopes, streams. Pure; ports come from outside.
 * @module
 */
export * from "./crc32.ts";
export * from "./field.ts";
export * from "./message.ts";
export * from "./reader.ts";
export { named, omittable, record, struct } from "./struct.ts";
export type { NamedField, RecordTable, StructTable } from "./struct.ts";
export * from "./type-byte.ts";
export * from "./utf8.ts";
export * from "./writer.ts";
