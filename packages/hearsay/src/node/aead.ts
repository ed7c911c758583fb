/**
 * AES-GCM and nonces by `node:crypto`.
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomFillSync,
} from "node:crypto";
import type { CipherGCMTypes, KeyObject } from "node:crypto";
import { NONCE_BYTES, TAG_BYTES } from "../codec/index.ts";
import type { Aead, AeadKey, NonceSource } from "../codec/index.ts";

/** Nonces drawn from the system at a time: one call costs as much as sealing a small packet. */
const POOLED_NONCES = 512;

const FINGERPRINT_DIGITS = 16;

export const nodeAead: Aead = { importKey: (bytes) => new AesGcmKey(bytes) };

class AesGcmKey implements AeadKey {
  readonly fingerprint: string;
  readonly #algorithm: CipherGCMTypes;
  readonly #key: KeyObject;

  constructor(bytes: Uint8Array) {
    this.fingerprint = createHash("sha256")
      .update(bytes)
      .digest("hex")
      .slice(0, FINGERPRINT_DIGITS);
    this.#algorithm = `aes-${(8 * bytes.length) as 128 | 192 | 256}-gcm`;
    this.#key = createSecretKey(bytes);
  }

  seal(buffer: Uint8Array, start: number, end: number, aad: Uint8Array): void {
    const nonce = buffer.subarray(start - NONCE_BYTES, start);
    const cipher = createCipheriv(this.#algorithm, this.#key, nonce);
    if (aad.length > 0) cipher.setAAD(aad);
    // Node has no way to encrypt in place. For GCM `update` returns everything, `final` nothing.
    buffer.set(cipher.update(buffer.subarray(start, end)), start);
    cipher.final();
    buffer.set(cipher.getAuthTag(), end);
  }

  open(bytes: Uint8Array, start: number, end: number, aad: Uint8Array): Uint8Array | undefined {
    const nonce = bytes.subarray(start - NONCE_BYTES, start);
    const decipher = createDecipheriv(this.#algorithm, this.#key, nonce);
    if (aad.length > 0) decipher.setAAD(aad);
    decipher.setAuthTag(bytes.subarray(end, end + TAG_BYTES));
    const plain = decipher.update(bytes.subarray(start, end));
    try {
      decipher.final();
    } catch {
      // The one thing that `final` can find wrong is the tag.
      return undefined;
    }
    return plain;
  }
}

/** Random nonces from the system, drawn many at a time. Bytes that were handed out are not kept. */
export class PooledNonces implements NonceSource {
  readonly #pool = new Uint8Array(POOLED_NONCES * NONCE_BYTES);
  #at: number = this.#pool.length;

  write(target: Uint8Array, at: number): void {
    const pool = this.#pool;
    if (this.#at === pool.length) {
      randomFillSync(pool);
      this.#at = 0;
    }
    const from = this.#at;
    for (let i = 0; i < NONCE_BYTES; i++) {
      target[at + i] = pool[from + i] as number;
      pool[from + i] = 0;
    }
    this.#at = from + NONCE_BYTES;
  }
}
