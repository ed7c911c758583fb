/**
 * Recorded and computed bytes of Go's memberlist and Serf, with what they mean.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("./vectors/", import.meta.url);

export interface Vector {
  readonly name: string;
  readonly transport: "udp" | "tcp";
  readonly hex: string;
  /** Of the LZW oracle. */
  readonly plainHex?: string;
  readonly decoded: Decoded;
}

/** A layer or message as the recorder described it; each kind has its own fields. */
export interface Decoded {
  readonly type?: string;
  readonly typeByteOnWire?: number;
  readonly label?: string;
  readonly inner?: Decoded;
  readonly parts?: readonly Decoded[];
  /** Go's field names; bytes as `{ $hex }`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly raw?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly nodes?: readonly Readonly<Record<string, unknown>>[];
  readonly payload?: { readonly $hex: string };
  readonly tags?: Readonly<Record<string, string>>;
}

export const VECTOR_FILES: readonly string[] = readdirSync(FOLDER).toSorted();

export function loadVectors(file: string): readonly Vector[] {
  const text = readFileSync(new URL(file, FOLDER), "utf8");
  return (JSON.parse(text) as { vectors: readonly Vector[] }).vectors;
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
