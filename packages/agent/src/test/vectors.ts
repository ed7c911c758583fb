/**
 * The library's recorded traffic, which `hearsay decode` must show as it was recorded.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../hearsay/src/codec/test/vectors/", import.meta.url);

export interface Vector {
  readonly name: string;
  readonly transport: "udp" | "tcp";
  readonly hex: string;
  readonly encryptKeyBase64?: string;
  readonly aadLabel?: string;
  /** Whether `decoded` ends where users' bytes begin. */
  readonly userPayload?: "opaque";
  readonly decoded: Readonly<Record<string, unknown>>;
}

export function loadVectors(file: string): readonly Vector[] {
  const text = readFileSync(new URL(file, FOLDER), "utf8");
  return (JSON.parse(text) as { vectors: readonly Vector[] }).vectors;
}

export function loadAllVectors(): readonly Vector[] {
  return readdirSync(FOLDER).toSorted().flatMap(loadVectors);
}
