/**
 * A node's keys, as an application holds them. Changes take effect with the next packet; they are this node's
 * alone and are not kept: give the new keys as options at the next start.
 * @see docs/encryption.md
 * @module
 */
import type { Keyring, KeyInput, KeyView } from "../codec/index.ts";
import { HearsayError } from "../kernel/index.ts";

export class NodeKeys {
  readonly #keyring: Keyring | undefined;

  constructor(keyring: Keyring | undefined) {
    this.#keyring = keyring;
  }

  /** Fingerprints, the primary first; none when the node does not encrypt. Never the keys themselves. */
  list(): KeyView[] {
    return this.#keyring?.list() ?? [];
  }

  /**
   * Adds a key that can be read from now on. One that is there already is no error.
   * @throws HearsayError `ERR_KEY` for a key that is none, or one too many, or when encryption is off
   */
  install(key: KeyInput): void {
    this.#need().install(key);
  }

  /**
   * Encrypts with this key from now on. Install it on every node first.
   * @throws HearsayError `ERR_KEY` unless it is installed
   */
  use(key: KeyInput): void {
    this.#need().use(key);
  }

  /**
   * Reads this key no longer. One that is not there is no error.
   * @throws HearsayError `ERR_KEY` for the primary
   */
  remove(key: KeyInput): void {
    this.#need().remove(key);
  }

  #need(): Keyring {
    if (this.#keyring !== undefined) return this.#keyring;
    const expected = "a node that was made with the option encryption";
    throw new HearsayError("ERR_KEY", `no keyring to modify: expected ${expected}`, {
      option: "encryption",
      expected,
    });
  }
}
