/**
 * The system's CRC-32.
 * @module
 */
import * as zlib from "node:zlib";
import type { Crc32 } from "../codec/index.ts";

/**
 * IEEE CRC-32, unsigned; `undefined` before Node 20.15, where the codec's table does it.
 */
export const nativeCrc32: Crc32 | undefined =
  typeof zlib.crc32 === "function" ? (bytes) => zlib.crc32(bytes) : undefined;
