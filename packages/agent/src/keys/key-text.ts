/**
 * Keys as people handle them: base64 text, and fingerprints where the key itself must not be shown.
 * @module
 */
import { createHash } from "node:crypto";
import { parseKey } from "hearsay/codec";
import { HearsayError } from "hearsay";

/** What a key must be; said in place of the key whenever one is wrong. */
export const KEY_RULE = "base64 of 16, 24 or 32 bytes, such as `hearsay keygen` prints";

const FINGERPRINT_DIGITS = 16;

export function isKey(text: string): boolean {
  try {
    parseKey(text);
    return true;
  } catch (error) {
    if (error instanceof HearsayError) return false;
    throw error;
  }
}

/** As the library tells them: the first 16 hex digits of the SHA-256 of the key's bytes. */
export function fingerprintOf(key: string): string {
  return createHash("sha256").update(parseKey(key)).digest("hex").slice(0, FINGERPRINT_DIGITS);
}

/** Whether this is the text of some key's fingerprint; no key of any size has so short a text. */
export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{16}$/u.test(text);
}
