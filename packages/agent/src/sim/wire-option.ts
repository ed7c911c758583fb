/**
 * How packets travel, as a word of the command line.
 * @module
 */
import type { StoryWire } from "hearsay/sim";
import { expected } from "../lab/arguments.ts";

/** @throws UsageError */
export function wireOf(text: string | undefined): StoryWire | undefined {
  if (text === undefined || text === "objects" || text === "bytes" || text === "sealed") {
    return text;
  }
  throw expected("--wire", "objects, bytes or sealed", text);
}
