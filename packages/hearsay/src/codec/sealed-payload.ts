/**
 * memberlist's encrypted payload, the same in packets and on streams.
 *
 *     version 1     01  nonce (12)  ciphertext            tag (16)
 *     version 0     00  nonce (12)  ciphertext, padded    tag (16)      PKCS #7 to 16, one byte at least
 *
 * Version 0 is what a memberlist that speaks protocol 1 sends. Everybody reads both.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import type { AeadKey, NonceSource } from "./aead.ts";

export type PayloadVersion = 0 | 1;

const BLOCK_BYTES = 16;

/** Bytes before the ciphertext. */
export const PAYLOAD_HEAD_BYTES: number = 1 + NONCE_BYTES;

/** Bytes that a payload has beside its plaintext, at most. */
export function payloadOverhead(version: PayloadVersion): number {
  return PAYLOAD_HEAD_BYTES + TAG_BYTES + (version === 0 ? BLOCK_BYTES : 0);
}

/** Exact bytes of a payload. */
export function payloadSize(version: PayloadVersion, plainBytes: number): number {
  const padding = version === 0 ? BLOCK_BYTES - (plainBytes % BLOCK_BYTES) : 0;
  return PAYLOAD_HEAD_BYTES + plainBytes + padding + TAG_BYTES;
}

/**
 * Makes a payload of the plaintext in `buffer[start, end)`, in place: it begins `PAYLOAD_HEAD_BYTES` before
 * `start`. Returns where it ends.
 */
export function sealPayload(
  buffer: Uint8Array,
  start: number,
  end: number,
  version: PayloadVersion,
  key: AeadKey,
  nonces: NonceSource,
  aad: Uint8Array,
): number {
  buffer[start - PAYLOAD_HEAD_BYTES] = version;
  nonces.write(buffer, start - NONCE_BYTES);
  let padded = end;
  if (version === 0) {
    const padding = BLOCK_BYTES - ((end - start) % BLOCK_BYTES);
    padded += padding;
    buffer.fill(padding, end, padded);
  }
  key.seal(buffer, start, padded, aad);
  return padded + TAG_BYTES;
}

/**
 * The plaintext of the payload in `bytes[start, end)`, the first of `keys` that opens it being the right one.
 * May be empty, which no message is.
 * @throws DecodeError `empty`, `unsupported`, `truncated`, `undecryptable`, `badPadding`
 */
export function openPayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  keys: readonly AeadKey[],
  aad: Uint8Array,
): Uint8Array {
  const size = end - start;
  if (size === 0) throw new DecodeError("empty", "an encrypted payload of no bytes");
  const version = bytes[start] as number;
  if (version > 1)
    throw new DecodeError("unsupported", `Unsupported encryption version ${version}`);
  if (size < payloadSize(version as PayloadVersion, 0)) {
    throw new DecodeError("truncated", `Payload is too small to decrypt: ${size}`);
  }
  const from = start + PAYLOAD_HEAD_BYTES;
  for (const key of keys) {
    const plain = key.open(bytes, from, end - TAG_BYTES, aad);
    if (plain !== undefined) return version === 0 ? unpadded(plain) : plain;
  }
  throw new DecodeError("undecryptable", "No installed keys could decrypt the message");
}

/** Who sealed it has a key, so this is a peer's mistake and no attack; it is refused all the same. */
function unpadded(plain: Uint8Array): Uint8Array {
  const { length } = plain;
  const padding = plain[length - 1] ?? 0;
  let isSound = length % BLOCK_BYTES === 0 && padding >= 1 && padding <= BLOCK_BYTES;
  for (let i = length - padding; isSound && i < length; i++) isSound = plain[i] === padding;
  if (!isSound) throw new DecodeError("badPadding", "a padding that is none");
  return plain.subarray(0, length - padding);
}
