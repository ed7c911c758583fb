/**
 * Encryption of our own streams, which live long: a sequence of frames each way.
 *
 *     E2  id (12)                              once, before the first frame of a side
 *     more|last  length u32 be  payload        payload: memberlist's, version 1; at most 64 KiB of plaintext
 *
 *     authenticated with each frame:
 *     more|last  length  side  number u64 be  id  the dialer's id  label
 *
 * The number makes a frame that is lost, doubled or moved unreadable; the ids, random for every stream, do
 * the same for frames of another stream or of the other side; the last frame tells an end from a cut.
 * No side of memberlist opens with E2, and what is authenticated has another length than it has there.
 * @see docs/encryption.md
 * @module
 */
import { NO_BYTES } from "./field.ts";
import { NONCE_BYTES } from "./aead.ts";
import type { NonceSource } from "./aead.ts";
import type { Keyring } from "./keyring.ts";
import { PAYLOAD_HEAD_BYTES, payloadSize, sealPayload } from "./sealed-payload.ts";
import type { StreamRole } from "./stream-speech.ts";
import { STREAM_OPENER } from "./type-byte.ts";

/** Plaintext of one frame, at most. */
export const MAX_SEALED_PART_BYTES: number = 64 * 1024;

/** Kind and length. */
export const FRAME_HEADER_BYTES = 5;

export const ID_BYTES: number = NONCE_BYTES;

export const MORE_FRAMES = 0;
export const LAST_FRAME = 1;

const VERSION = 1;

/** Payload of one frame, at most. */
export const MAX_SEQUENCE_PAYLOAD_BYTES: number = payloadSize(VERSION, MAX_SEALED_PART_BYTES);

/** Counts the frames of one side, and makes what is authenticated with each. */
export class SequenceNumbers {
  readonly #aad: Uint8Array;
  readonly #view: DataView;
  #next = 0;

  /** `dialerId` is `id` itself on the dialer's side. */
  constructor(side: StreamRole, id: Uint8Array, dialerId: Uint8Array, label: Uint8Array) {
    const aad = new Uint8Array(FRAME_HEADER_BYTES + 9 + 2 * ID_BYTES + label.length);
    aad[FRAME_HEADER_BYTES] = side === "dialer" ? 0 : 1;
    aad.set(id, FRAME_HEADER_BYTES + 9);
    aad.set(dialerId, FRAME_HEADER_BYTES + 9 + ID_BYTES);
    aad.set(label, FRAME_HEADER_BYTES + 9 + 2 * ID_BYTES);
    this.#aad = aad;
    this.#view = new DataView(aad.buffer);
  }

  /** For the next frame, whose header is given; valid until the next call. */
  next(header: Uint8Array): Uint8Array {
    const number = this.#next++;
    this.#aad.set(header);
    this.#view.setUint32(FRAME_HEADER_BYTES + 1, Math.floor(number / 0x1_0000_0000));
    this.#view.setUint32(FRAME_HEADER_BYTES + 5, number % 0x1_0000_0000);
    return this.#aad;
  }
}

/** Our side of a sequence. */
export class SequenceWriter {
  readonly id: Uint8Array = new Uint8Array(ID_BYTES);
  readonly #keyring: Keyring;
  readonly #nonces: NonceSource;
  readonly #numbers: SequenceNumbers;
  #started = false;

  /** Without `dialerId` we are the dialer. */
  constructor(
    keyring: Keyring,
    nonces: NonceSource,
    label: Uint8Array,
    dialerId: Uint8Array | undefined,
  ) {
    nonces.write(this.id, 0);
    const side = dialerId === undefined ? "dialer" : "acceptor";
    this.#keyring = keyring;
    this.#nonces = nonces;
    this.#numbers = new SequenceNumbers(side, this.id, dialerId ?? this.id, label);
  }

  /** Frames for `plain`, what must be before them included. */
  frames(plain: Uint8Array): Uint8Array {
    return this.#write(plain, MORE_FRAMES);
  }

  /** The frame that says that no more will come. */
  end(): Uint8Array {
    return this.#write(NO_BYTES, LAST_FRAME);
  }

  #write(plain: Uint8Array, kind: number): Uint8Array {
    const count = kind === LAST_FRAME ? 1 : Math.ceil(plain.length / MAX_SEALED_PART_BYTES);
    const opener = this.#started ? 0 : 1 + ID_BYTES;
    const perFrame = FRAME_HEADER_BYTES + payloadSize(VERSION, 0);
    const out = new Uint8Array(opener + count * perFrame + plain.length);
    if (!this.#started) {
      out[0] = STREAM_OPENER.sealed;
      out.set(this.id, 1);
      this.#started = true;
    }
    let at = opener;
    for (let i = 0; i < count; i++) {
      const from = i * MAX_SEALED_PART_BYTES;
      at = this.#frame(out, at, kind, plain.subarray(from, from + MAX_SEALED_PART_BYTES));
    }
    return out;
  }

  #frame(out: Uint8Array, at: number, kind: number, part: Uint8Array): number {
    const header = out.subarray(at, at + FRAME_HEADER_BYTES);
    header[0] = kind;
    writeLength(header, payloadSize(VERSION, part.length));
    const start = at + FRAME_HEADER_BYTES + PAYLOAD_HEAD_BYTES;
    out.set(part, start);
    const aad = this.#numbers.next(header);
    const { primary } = this.#keyring;
    return sealPayload(out, start, start + part.length, VERSION, primary, this.#nonces, aad);
  }
}

/** Puts a length into a frame's header, behind its first byte. */
export function writeLength(header: Uint8Array, length: number): void {
  header[1] = length >>> 24;
  header[2] = length >>> 16;
  header[3] = length >>> 8;
  header[4] = length;
}

/** The length that a frame's header tells. */
export function readLength(header: Uint8Array): number {
  const [, a, b, c, d] = header as unknown as [number, number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
