/**
 * What was recorded of real memberlists and Serfs, as seeds.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../packages/hearsay/src/codec/test/vectors/", import.meta.url);

interface Vector {
  readonly transport: "udp" | "tcp";
  readonly hex: string;
}

export function vectors(transport: Vector["transport"]): Uint8Array[] {
  const inputs = new Map<string, Uint8Array>();
  for (const file of readdirSync(FOLDER).sort()) {
    const { vectors: all } = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as {
      vectors: readonly Vector[];
    };
    for (const vector of all) {
      if (vector.transport === transport) inputs.set(vector.hex, bytes(vector.hex));
    }
  }
  return [...inputs.values()];
}

/** Hexadecimal digits, spaces between them as one likes. */
export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
