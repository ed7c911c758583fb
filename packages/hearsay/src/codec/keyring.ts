/**
 * The keys of a cluster: one that we encrypt with, and more that we can read.
 *
 *     rotation, on every node in turn     install new ─▶ use new ─▶ remove old
 *
 * All nodes must be able to read the new key before the first one uses it. Rules are memberlist's.
 * @see docs/encryption.md
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Aead, AeadKey } from "./aead.ts";
import { decodeBase64 } from "./base64.ts";

/** A packet that no key opens costs a try with each. */
export const MAX_KEYS = 16;

/** A key as raw bytes, or as base64 text such as `serf keygen` prints. */
export type KeyInput = Uint8Array | string;

/** What may be shown of a key. */
export interface KeyView {
  /** The first 16 hex digits of the SHA-256 of the key's bytes. */
  readonly fingerprint: string;
  /** 16, 24 or 32. */
  readonly bytes: number;
  /** Whether it is the one that we encrypt with. */
  readonly primary: boolean;
}

interface Row {
  readonly bytes: Uint8Array;
  readonly key: AeadKey;
}

export class Keyring {
  readonly #aead: Aead;
  /** The primary first. */
  #rows: readonly Row[] = [];
  #keys: readonly AeadKey[] = [];

  /**
   * The first key is the primary. A key that comes twice counts once.
   * @throws HearsayError `ERR_KEY`
   */
  constructor(aead: Aead, keys: readonly KeyInput[]) {
    this.#aead = aead;
    if (keys.length === 0) throw keyError("a keyring needs a key", "at least one key", "none");
    for (const key of keys) this.install(key);
  }

  /** The key that we encrypt with. */
  get primary(): AeadKey {
    return this.#keys[0] as AeadKey;
  }

  /** All keys, in the order in which they are tried; the same array while nothing changes. */
  get keys(): readonly AeadKey[] {
    return this.#keys;
  }

  list(): KeyView[] {
    return this.#rows.map(({ bytes, key }, i) => {
      return { fingerprint: key.fingerprint, bytes: bytes.length, primary: i === 0 };
    });
  }

  /**
   * Adds a key to read with; one that is there already is no error.
   * @throws HearsayError `ERR_KEY` for a key of a wrong size, or one too many
   */
  install(key: KeyInput): void {
    const bytes = parseKey(key);
    if (this.#find(bytes) !== undefined) return;
    if (this.#rows.length >= MAX_KEYS) {
      const message = `the keyring is full: it holds ${MAX_KEYS} keys, remove one first`;
      throw keyError(message, `at most ${MAX_KEYS} keys`, this.#rows.length + 1);
    }
    this.#set([...this.#rows, { bytes, key: this.#aead.importKey(bytes) }]);
  }

  /**
   * Encrypts with this key from now on.
   * @throws HearsayError `ERR_KEY` unless it is installed
   */
  use(key: KeyInput): void {
    const row = this.#find(parseKey(key));
    if (row === undefined) {
      const message = "the requested key is not in the keyring: install it first, on every node";
      throw keyError(message, "an installed key", "another key");
    }
    this.#set([row, ...this.#rows.filter((other) => other !== row)]);
  }

  /**
   * Forgets a key; one that is not there is no error.
   * @throws HearsayError `ERR_KEY` for the primary
   */
  remove(key: KeyInput): void {
    const row = this.#find(parseKey(key));
    if (row === undefined) return;
    if (row === this.#rows[0]) {
      const message = "removing the primary key is not allowed: use another one first";
      throw keyError(message, "a key that is not the primary", "the primary key");
    }
    this.#set(this.#rows.filter((other) => other !== row));
  }

  #find(bytes: Uint8Array): Row | undefined {
    return this.#rows.find((row) => {
      return row.bytes.length === bytes.length && row.bytes.every((byte, i) => byte === bytes[i]);
    });
  }

  #set(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#keys = rows.map(({ key }) => key);
  }
}

/**
 * The bytes of a key, a copy. What is wrong with it is told without telling the key.
 * @throws HearsayError `ERR_KEY`
 */
export function parseKey(key: KeyInput, option = "key"): Uint8Array {
  const expected = "16, 24 or 32 bytes, or base64 of as many";
  const bytes = typeof key === "string" ? decodeBase64(key) : key;
  if (!(bytes instanceof Uint8Array)) {
    const received = typeof key === "string" ? `text of ${key.length} characters` : typeof key;
    throw keyError(`${option}: expected ${expected}, got ${received}`, expected, received, option);
  }
  if (bytes.length !== 16 && bytes.length !== 24 && bytes.length !== 32) {
    const received = `${bytes.length} bytes`;
    const message = `${option}: a key must be 16, 24 or 32 bytes, got ${received}`;
    throw keyError(message, expected, received, option);
  }
  return Uint8Array.from(bytes);
}

function keyError(
  message: string,
  expected: string,
  received: unknown,
  option = "key",
): HearsayError {
  return new HearsayError("ERR_KEY", message, { option, expected, received });
}
