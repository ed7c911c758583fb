/**
 * What every test of a decoder needs: its verdict on hostile bytes, and what it cost.
 * @module
 */
import { DecodeError } from "../../kernel/index.ts";
import type { DecodeReason } from "../../kernel/index.ts";

/** The reason why `read` refuses, or `undefined` if it does not. Any other error passes. */
export function refusal(read: () => unknown): DecodeReason | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
}

/** Bytes by which heap and buffers grew during `run`: coarse, but a claimed gigabyte shows. */
export function allocated(run: () => unknown): number {
  const before = process.memoryUsage();
  run();
  const after = process.memoryUsage();
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
}

export const MIB: number = 1024 * 1024;

/** `bytes` cut into chunks, whose sizes are taken from `sizes` in turn. */
export function* chunked(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = Math.min(bytes.length, at + (sizes[i % sizes.length] ?? 1));
    yield bytes.subarray(at, end);
    at = end;
  }
}
