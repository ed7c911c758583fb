/**
 * What comes on a stream, taken out of what is around it.
 *
 *     label ─▶ kind ─┬─ other ─▶ plain       as it is
 *                    ├─ 0A ────▶ frame       memberlist's: one payload, then nothing that is read
 *                    └─ E2 ────▶ sequence    ours: payloads until the last
 *
 * The length of a payload is checked before a byte of it is kept.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";
import { checkLabel } from "./label.ts";
import type { LabelRule } from "./label.ts";
import type { Reader } from "./reader.ts";
import type { Sealing } from "./sealed-envelope.ts";
import { openPayload } from "./sealed-payload.ts";
import {
  FRAME_HEADER_BYTES,
  ID_BYTES,
  LAST_FRAME,
  MAX_SEQUENCE_PAYLOAD_BYTES,
  MORE_FRAMES,
  readLength,
  SequenceNumbers,
} from "./sealed-sequence.ts";
import { StreamReader } from "./stream-reader.ts";
import type { Said, Speech, StreamRole } from "./stream-speech.ts";
import { STREAM_OPENER, TYPE_BYTE } from "./type-byte.ts";

/** Payload of a frame of memberlist's, at most; its own limit. */
export const MAX_SEALED_STREAM_BYTES: number = 20 * 1024 * 1024;

/** Bytes of all streams of a node that wait until a payload is whole. Strangers can make them wait. */
export const MAX_UNOPENED_BYTES: number = 64 * 1024 * 1024;

/** What the streams of a node hold in common. */
export interface UnopenedBytes {
  count: number;
}

export class StreamOpener {
  #speech: Speech | undefined;
  /** Of the other side's sequence. */
  #id: Uint8Array = NO_BYTES;
  readonly #role: StreamRole;
  readonly #rule: LabelRule;
  readonly #sealing: Sealing | undefined;
  readonly #said: () => Said | undefined;
  readonly #unopened: UnopenedBytes;
  readonly #waiting = new StreamReader(Infinity);
  #phase: "label" | "kind" | "plain" | "frame" | "sequence" | "done";
  #header: Uint8Array | undefined;
  #numbers: SequenceNumbers | undefined;
  #counted = 0;

  /** `said` tells what a dialer has written. */
  constructor(
    role: StreamRole,
    rule: LabelRule,
    sealing: Sealing | undefined,
    said: () => Said | undefined,
    unopened: UnopenedBytes,
  ) {
    this.#role = role;
    this.#rule = rule;
    this.#sealing = sealing;
    this.#said = said;
    this.#unopened = unopened;
    this.#phase = role === "acceptor" ? "label" : "kind";
  }

  /** What the other side says, once it is known. */
  get heard(): Said | undefined {
    return this.#speech === undefined ? undefined : { speech: this.#speech, id: this.#id };
  }

  /** Whether the other side, be it a memberlist, waits to be told what was wrong. */
  get isAnswerable(): boolean {
    const isOurs = this.#speech === "own" || this.#speech === "ownSealed";
    return this.#role === "acceptor" && this.#phase !== "label" && !isOurs;
  }

  /** @throws DecodeError */
  open(chunk: Uint8Array): Uint8Array {
    if (this.#phase === "plain") return chunk;
    if (this.#phase === "done") return NO_BYTES;
    const unopened = this.#unopened;
    if (unopened.count + chunk.length > MAX_UNOPENED_BYTES) {
      throw new DecodeError("tooLarge", `${unopened.count} bytes of streams wait to be decrypted`);
    }
    this.#waiting.push(chunk);
    const parts: Uint8Array[] = [];
    for (let part = this.#step(); part !== undefined; part = this.#step()) {
      if (part.length > 0) parts.push(part);
    }
    this.#count(this.#waiting.available);
    return joined(parts);
  }

  /** @throws DecodeError `truncated` when a sequence has no end */
  ended(): void {
    const awaitsSequence = this.#phase === "kind" && this.#said()?.speech === "ownSealed";
    if (this.#phase !== "sequence" && !awaitsSequence) return;
    throw new DecodeError("truncated", "an encrypted stream was cut off");
  }

  /** The stream is gone. */
  close(): void {
    this.#phase = "done";
    this.#count(0);
  }

  #count(waiting: number): void {
    this.#unopened.count += waiting - this.#counted;
    this.#counted = waiting;
  }

  /** Takes one step; `undefined` when more bytes are needed or nothing more is read. */
  #step(): Uint8Array | undefined {
    switch (this.#phase) {
      case "label":
        return this.#passLabel();
      case "kind":
        return this.#findKind();
      case "frame":
        return this.#openFrame();
      case "sequence":
        return this.#openPart();
      case "plain":
        return this.#waiting.available > 0 ? this.#waiting.takeUpTo(Infinity) : undefined;
      case "done":
        return undefined;
    }
  }

  #passLabel(): Uint8Array | undefined {
    if (this.#waiting.tryRead(this.#labelReader, Infinity) === undefined) return undefined;
    this.#phase = "kind";
    return NO_BYTES;
  }

  readonly #labelReader = (reader: Reader): true => {
    const bytes = reader.bytes.subarray(reader.at, reader.end);
    const end = checkLabel(bytes, this.#rule);
    // Asks for one byte more than there is, or for the rest of the label.
    if (end === undefined) reader.need(bytes.length < 2 ? bytes.length + 1 : 2 + (bytes[1] ?? 0));
    reader.skip(end ?? 0);
    return true;
  };

  #findKind(): Uint8Array | undefined {
    const { first } = this.#waiting;
    if (first === undefined) return undefined;
    const sealing = this.#sealing;
    const isSealed = first === TYPE_BYTE.encrypt || first === STREAM_OPENER.sealed;
    // After words of our own in plain, any byte is an answer.
    const said = this.#said()?.speech;
    if (said === "own") return this.#take("plain", "own");
    if (first === TYPE_BYTE.label) throw new DecodeError("unexpectedLabel", "a label in an answer");
    if (isSealed && sealing === undefined) {
      throw new DecodeError(
        "encrypted",
        "Remote state is encrypted and encryption is not configured",
      );
    }
    if (first === TYPE_BYTE.encrypt && said !== "ownSealed") return this.#take("frame", "raw");
    if (first === STREAM_OPENER.sealed && said !== "raw") return this.#startSequence();
    const isOwn = first === STREAM_OPENER.exchange || first === STREAM_OPENER.link;
    const mustSeal =
      sealing !== undefined && (sealing.verifyIncoming || (isOwn && sealing.verifyOutgoing));
    if (mustSeal || said === "ownSealed") {
      throw new DecodeError(
        "notEncrypted",
        "Encryption is configured but remote state is not encrypted",
      );
    }
    return this.#take("plain", isOwn && this.#role === "acceptor" ? "own" : "raw");
  }

  #take(phase: "plain" | "frame" | "sequence", speech: Speech): Uint8Array {
    this.#phase = phase;
    this.#speech = speech;
    return NO_BYTES;
  }

  #startSequence(): Uint8Array | undefined {
    const opener = this.#waiting.take(1 + ID_BYTES);
    if (opener === undefined) return undefined;
    this.#id = opener.subarray(1);
    const side = this.#role === "acceptor" ? "dialer" : "acceptor";
    const dialerId = this.#said()?.id ?? this.#id;
    this.#numbers = new SequenceNumbers(side, this.#id, dialerId, this.#rule.label);
    return this.#take("sequence", "ownSealed");
  }

  #openFrame(): Uint8Array | undefined {
    this.#header ??= this.#readHeader(MAX_SEALED_STREAM_BYTES);
    const aad = this.#header && withLabel(this.#header, this.#rule.label);
    const plain = aad && this.#openWhole(aad);
    if (plain === undefined) return undefined;
    // Old peers crash on it, so nobody sends it in good faith.
    if (plain.length === 0) throw new DecodeError("empty", "an encrypted frame around nothing");
    if (plain[0] === STREAM_OPENER.exchange || plain[0] === STREAM_OPENER.link) {
      throw new DecodeError("misplacedType", "a stream of ours in a frame of memberlist's");
    }
    this.#phase = "done";
    this.#waiting.takeUpTo(Infinity);
    return plain;
  }

  #openPart(): Uint8Array | undefined {
    this.#header ??= this.#readHeader(MAX_SEQUENCE_PAYLOAD_BYTES);
    const header = this.#header;
    if (header === undefined || this.#waiting.available < readLength(header)) return undefined;
    const kind = header[0] as number;
    if (kind !== MORE_FRAMES && kind !== LAST_FRAME) {
      throw new DecodeError("malformed", `a frame of kind ${kind}`);
    }
    const plain = this.#openWhole((this.#numbers as SequenceNumbers).next(header));
    if (kind === LAST_FRAME) {
      this.#phase = "done";
      this.#waiting.takeUpTo(Infinity);
    }
    return plain;
  }

  #readHeader(maxBytes: number): Uint8Array | undefined {
    const header = this.#waiting.take(FRAME_HEADER_BYTES);
    if (header === undefined) return undefined;
    const length = readLength(header);
    if (length <= maxBytes) return header;
    throw new DecodeError("tooLarge", `Remote node state is larger than limit (${length})`);
  }

  /** The payload that `#header` announces, opened, once it is there. */
  #openWhole(aad: Uint8Array): Uint8Array | undefined {
    const payload = this.#waiting.take(readLength(this.#header as Uint8Array));
    if (payload === undefined) return undefined;
    this.#header = undefined;
    return openPayload(payload, 0, payload.length, (this.#sealing as Sealing).keyring.keys, aad);
  }
}

/** What memberlist authenticates with a frame. */
export function withLabel(header: Uint8Array, label: Uint8Array): Uint8Array {
  if (label.length === 0) return header;
  const aad = new Uint8Array(header.length + label.length);
  aad.set(header);
  aad.set(label, header.length);
  return aad;
}

/** `parts` in one piece; a single one as it is. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length < 2) return parts[0] ?? NO_BYTES;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
