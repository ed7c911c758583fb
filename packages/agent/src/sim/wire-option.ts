/**
 * How packets travel, as a word of the command line.
 * @module
 */
import type { WireMode } from "hearsay/sim";
import { expected } from "../lab/arguments.ts";

/** @throws UsageError */
export function wireOf(text: string | undefined): WireMode | undefined {
  if (text === undefined || text === "objects" || text === "bytes") return text;
  throw expected("--wire", "objects or bytes", text);
}
