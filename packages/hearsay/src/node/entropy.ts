/**
 * The one place where randomness comes from the machine.
 * @module
 */
import { randomBytes } from "node:crypto";
import { Sfc32 } from "../kernel/index.ts";

/** A source that nobody can predict from outside: 96 bits of seed from the system. */
export function entropyRng(): Sfc32 {
  const seed = randomBytes(12);
  return new Sfc32(seed.readUInt32LE(0), seed.readUInt32LE(4), seed.readUInt32LE(8));
}
