/**
 * Labels keep clusters apart that share a network: a packet with another label is not for us.
 *
 *     F4  length (1-255)  label        before a packet, and before what the dialer of a stream writes
 *
 * A label is no secret and no protection; with encryption it is authenticated with everything else.
 * @module
 */
import { DecodeError, optionError } from "../kernel/index.ts";
import type { Envelope } from "./envelope.ts";
import { NO_BYTES } from "./field.ts";
import { TYPE_BYTE } from "./type-byte.ts";
import { utf8Size, writeUtf8 } from "./utf8.ts";

export const MAX_LABEL_BYTES = 255;

const HEADER_BYTES = 2;

export interface LabelRule {
  /** Our label; empty for none. */
  readonly label: Uint8Array;
  /**
   * Whether a front end of ours has checked the label and taken it off: then one that is there is one too
   * many, and ours is what encryption authenticates.
   */
  readonly skipInboundCheck: boolean;
}

export const NO_LABEL: LabelRule = { label: NO_BYTES, skipInboundCheck: false };

/**
 * The bytes of a label.
 * @throws HearsayError `ERR_OPTION`
 */
export function labelBytes(label: string): Uint8Array {
  const size = typeof label === "string" ? utf8Size(label) : 0;
  if (size < 1 || size > MAX_LABEL_BYTES) {
    throw optionError("label", `text of 1 to ${MAX_LABEL_BYTES} bytes`, label);
  }
  const bytes = new Uint8Array(size);
  writeUtf8(label, bytes, 0);
  return bytes;
}

/** What goes before a packet or a stream; nothing for no label. */
export function labelHeader(label: Uint8Array): Uint8Array {
  if (label.length === 0) return NO_BYTES;
  return Uint8Array.of(TYPE_BYTE.label, label.length, ...label);
}

/**
 * Where the label header at the start of `bytes` ends, 0 if there is none; `undefined` while it is not whole.
 * @throws DecodeError `wrongLabel`, `missingLabel`, `unexpectedLabel` or `malformed`
 */
export function checkLabel(bytes: Uint8Array, rule: LabelRule): number | undefined {
  const { label, skipInboundCheck } = rule;
  if (bytes.length === 0) return undefined;
  if (bytes[0] !== TYPE_BYTE.label) {
    if (label.length === 0 || skipInboundCheck) return 0;
    throw new DecodeError("missingLabel", "no label, where ours is configured");
  }
  if (label.length === 0) throw new DecodeError("unexpectedLabel", "a label, and we have none");
  if (skipInboundCheck) throw new DecodeError("unexpectedLabel", "a label that is one too many");
  const length = bytes[1];
  if (length === undefined) return undefined;
  if (length === 0) throw new DecodeError("malformed", "a label of no bytes");
  if (bytes.length < HEADER_BYTES + length) return undefined;
  const isOurs =
    length === label.length && label.every((byte, i) => byte === bytes[HEADER_BYTES + i]);
  if (!isOurs) throw new DecodeError("wrongLabel", "the label of another cluster");
  return HEADER_BYTES + length;
}

/** A label around another envelope. */
export class LabelledEnvelope implements Envelope {
  readonly headroomBytes: number;
  readonly overheadBytes: number;
  readonly #inner: Envelope;
  readonly #rule: LabelRule;
  readonly #header: Uint8Array;

  constructor(rule: LabelRule, inner: Envelope) {
    this.#inner = inner;
    this.#rule = rule;
    this.#header = labelHeader(rule.label);
    this.headroomBytes = this.#header.length + inner.headroomBytes;
    this.overheadBytes = this.#header.length + inner.overheadBytes;
  }

  sizeOf(packetBytes: number, checksum: boolean): number {
    return this.#header.length + this.#inner.sizeOf(packetBytes, checksum);
  }

  open(datagram: Uint8Array): Uint8Array {
    const end = checkLabel(datagram, this.#rule);
    if (end === undefined) {
      if (datagram.length === 0) throw new DecodeError("empty", "a datagram of no bytes");
      throw new DecodeError("truncated", "a label cut short");
    }
    return this.#inner.open(datagram.subarray(end));
  }

  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    const inner = this.#inner.seal(buffer, start, end, checksum);
    const at = inner.byteOffset - buffer.byteOffset;
    buffer.set(this.#header, at - this.#header.length);
    return buffer.subarray(at - this.#header.length, at + inner.length);
  }
}
