/**
 * The ports that encryption stands on: a cipher, and a source of nonces. Here nothing knows how they work.
 *
 *     ┌────────────┬───────────────────────┬──────────┐
 *     │ nonce (12) │ plaintext, ciphertext │ tag (16) │      one stretch of a buffer
 *     └────────────┴───────────────────────┴──────────┘
 *                  ▲ start                 ▲ end
 *
 * @module
 */

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** AES-GCM, by the length of the key: 16, 24 or 32 bytes for AES-128, -192 or -256. */
export interface Aead {
  /** A key ready for use. The bytes are copied. */
  importKey(bytes: Uint8Array): AeadKey;
}

/** Calls return when they are done: an envelope cannot wait. */
export interface AeadKey {
  /** Tells keys apart and tells nothing of the key: the first 16 hex digits of its SHA-256. */
  readonly fingerprint: string;
  /**
   * Encrypts `buffer[start, end)` where it is, with the nonce in the 12 bytes before, and writes the tag
   * into the 16 bytes behind. `aad` is protected, too, but not sent.
   */
  seal(buffer: Uint8Array, start: number, end: number, aad: Uint8Array): void;
  /** The plaintext of `bytes[start, end)`, its nonce before and its tag behind it; `undefined` if forged. */
  open(bytes: Uint8Array, start: number, end: number, aad: Uint8Array): Uint8Array | undefined;
}

/** Twelve random bytes at a time. With one key a nonce must never come twice. */
export interface NonceSource {
  /** Writes a fresh nonce into `target[at, at + 12)`. */
  write(target: Uint8Array, at: number): void;
}
