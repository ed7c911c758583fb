/**
 * The keys of a running agent: the node's, and the keyring file that outlives it.
 *
 * The node tells fingerprints and never a key, so the texts are held here, to be written to the file. Outside
 * nothing but fingerprints is seen, and changes are asked for by them, except for the one key that is new.
 * @module
 */
import { HearsayError } from "hearsay";
import type { KeyView, NodeKeys } from "hearsay";
import { ApiError } from "../http/errors.ts";
import { fingerprintOf } from "./key-text.ts";
import { writeKeyring } from "./keyring-file.ts";

/** What the agent needs of a node's keys. */
export type NodeKeyring = Pick<NodeKeys, "install" | "list" | "remove" | "use">;

export class AgentKeys {
  readonly #node: NodeKeyring;
  readonly #file: string | undefined;
  /** By fingerprint. */
  readonly #texts: Map<string, string>;

  /**
   * @param keys those that the node has
   * @param file where to write changes; they are lost at the next start without one
   */
  constructor(node: NodeKeyring, keys: readonly string[] = [], file?: string) {
    this.#node = node;
    this.#file = file;
    this.#texts = new Map(keys.map((key) => [fingerprintOf(key), key]));
  }

  /** The primary first. */
  list(): KeyView[] {
    return this.#node.list();
  }

  /**
   * @param key base64
   * @throws HearsayError `ERR_KEY`, ApiError `ERR_KEYRING_FILE`
   */
  install(key: string): void {
    this.#node.install(key);
    const fingerprint = fingerprintOf(key);
    if (this.#texts.has(fingerprint)) return;
    this.#texts.set(fingerprint, key);
    this.#keep(() => {
      this.#node.remove(key);
      this.#texts.delete(fingerprint);
    });
  }

  /** @throws HearsayError `ERR_KEY`, ApiError `ERR_NOT_FOUND` or `ERR_KEYRING_FILE` */
  use(fingerprint: string): void {
    const before = this.#node.list().find(({ primary }) => primary);
    this.#node.use(this.#text(fingerprint));
    this.#keep(() => this.#node.use(this.#text(before?.fingerprint ?? fingerprint)));
  }

  /** @throws HearsayError `ERR_KEY`, ApiError `ERR_NOT_FOUND` or `ERR_KEYRING_FILE` */
  remove(fingerprint: string): void {
    const key = this.#text(fingerprint);
    this.#node.remove(key);
    this.#texts.delete(fingerprint);
    this.#keep(() => {
      this.#node.install(key);
      this.#texts.set(fingerprint, key);
    });
  }

  #text(fingerprint: string): string {
    const text = this.#texts.get(fingerprint);
    if (text !== undefined) return text;
    if (this.#node.list().length === 0) {
      throw new HearsayError("ERR_KEY", "no keyring to modify: the agent runs without --encrypt");
    }
    throw new ApiError("ERR_NOT_FOUND", `no key with the fingerprint ${fingerprint} is installed`);
  }

  /** Writes the file, or takes the change back: a key that is lost at the next start locks the node out. */
  #keep(undo: () => void): void {
    if (this.#file === undefined) return;
    try {
      const keys = this.#node.list().map(({ fingerprint }) => this.#text(fingerprint));
      writeKeyring(this.#file, keys);
    } catch (error) {
      undo();
      const message = `nothing was changed: cannot write the keyring (${(error as Error).message})`;
      throw new ApiError("ERR_KEYRING_FILE", message);
    }
  }
}
