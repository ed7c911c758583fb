/**
 * What can be fuzzed: one entry where bytes from outside come in.
 * @module
 */
import { DecodeError } from "hearsay/kernel";
import type { Shape } from "./mutator.ts";

export interface Target {
  /** Of files and commands. */
  readonly name: string;
  /** What it reads, in a few words. */
  readonly reads: string;
  readonly shape: Shape;
  /** Real inputs, and those that are known to have hurt somebody. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /**
   * Reads the input. Refusing it is well done; what this throws is a finding: an error that is none of the
   * decoder's, or a promise that was not kept.
   */
  run(input: Uint8Array): void | Promise<void>;
  /** Ms that one input may take at most. @default 250 */
  readonly maxMs?: number;
  /** Bytes by which one input may grow the memory at most. @default 16 MiB */
  readonly maxBytes?: number;
}

/** A promise that the code makes, and an input has broken. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

export function promise(isKept: boolean, what: string): asserts isKept {
  if (!isKept) throw new BrokenPromise(what);
}

/**
 * Why the decoder refuses; `undefined` if it does not. Any other error is passed on: it is a finding.
 */
export function reasonOf(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
}
