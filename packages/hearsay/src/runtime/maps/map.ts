/**
 * A map of the cluster, as an application holds it: what one sets, all get who have it open.
 *
 *     set ── encoding ──▶ here, at once ──▶ some others, at once ──▶ all, in the end
 *                            │
 *     get ◀── encoding ──────┴──▶ watchers
 *
 * Made by `node.map`. Of two who set a key without knowing of each other the later wins, or both values are kept: see
 * docs/maps.md.
 * @module
 */
import { HearsayError, optionError } from "../../kernel/index.ts";
import { jsonEncoding } from "../topic-encoding.ts";
import type { TopicEncoding } from "../topic-encoding.ts";
import type { MapRowChange } from "./map-events.ts";
import type { WriteOptions } from "./map-writes.ts";
import { SharedValue } from "./shared-value.ts";
import type { SharedPorts } from "./shared-value.ts";

/** A key has another value now, or none. */
export type MapChange<V> =
  | {
      readonly type: "set";
      readonly map: string;
      readonly key: string;
      /** What `get` gives. */
      readonly value: V;
      /** What `all` gives: more than one after a conflict. */
      readonly values: readonly V[];
      /** Whether it was done by this node. */
      readonly isLocal: boolean;
    }
  | {
      readonly type: "delete";
      readonly map: string;
      readonly key: string;
      readonly isLocal: boolean;
    };

/** What `get` makes of several values of a key, the latest first. */
export type MergeValues<V> = (values: readonly V[], key: string) => V;

/** How values are written, JSON if nothing is said, and what is made of several. */
export interface MapForm<V> {
  readonly encoding: TopicEncoding<V> | undefined;
  readonly merge: MergeValues<V> | undefined;
}

const JSON_VALUES: TopicEncoding<unknown> = jsonEncoding<unknown>();

export class ReplicatedMap<V = unknown> extends SharedValue<MapChange<V>> {
  #form: MapForm<V>;

  constructor(name: string, form: MapForm<V>, ports: SharedPorts) {
    super(name, ports, ["set", "delete"]);
    this.#form = form;
  }

  /** Keys that have a value here. */
  get size(): number {
    return this.store?.size ?? 0;
  }

  /**
   * The value of a key, as far as this node has heard; `undefined` for none, and before the node has started. Of several,
   * what `merge` makes of them, or else the latest: the same at all nodes.
   */
  get(key: string): V | undefined {
    return this.#settled(this.all(key), key);
  }

  /**
   * All values of a key that were set without knowing of each other, the latest first; the same at all nodes. There is never more
   * than one where the last writer wins. The next `set` takes the place of all of them.
   */
  all(key: string): V[] {
    return this.#decodeAll(key, this.store?.values(key) ?? []);
  }

  has(key: string): boolean {
    return (this.store?.values(key).length ?? 0) > 0;
  }

  /**
   * Sets a key. Resolves when it is set here and on its way to others; with `copies`, when so many of them have told that
   * they have it.
   * @throws HearsayError `ERR_OPTION` for a key that is no text or is too long, or a value that the encoding does not
   *   take; `ERR_MESSAGE_TOO_LARGE` for a value; `ERR_QUEUE_FULL` for too many keys; `ERR_TIMEOUT` without enough copies
   *   in time; `ERR_STATE`
   */
  async set(key: string, value: V, options: WriteOptions = {}): Promise<void> {
    checkText("key", key);
    await this.write({ type: "set", key, value: this.#encode(value) }, options);
  }

  /**
   * Deletes a key. Where the last writer wins that goes for a key that is not known here, too: what others have set until now is
   * gone. Otherwise, what is known of it here is deleted, and what others set meanwhile stays.
   * @throws HearsayError as `set` does
   */
  async delete(key: string, options: WriteOptions = {}): Promise<void> {
    checkText("key", key);
    await this.write({ type: "delete", key }, options);
  }

  /** All keys with their values, as they are here and now. */
  *entries(): IterableIterator<[key: string, value: V]> {
    for (const key of this.store?.keys() ?? []) {
      const value = this.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  /** Keys with more than one value, and all of these, as they are here and now. */
  *conflicts(): IterableIterator<[key: string, values: V[]]> {
    for (const key of this.store?.conflicts() ?? []) yield [key, this.all(key)];
  }

  /**
   * @internal Whoever opens it once more may say what nobody has said yet: it was taken up from others, perhaps.
   * @throws HearsayError `ERR_OPTION`
   */
  form({ encoding = this.#form.encoding, merge = this.#form.merge }: MapForm<V>): void {
    const known = this.#form;
    if (known.encoding !== undefined && encoding !== known.encoding) {
      throw optionError("encoding", "that with which the map was opened", "another");
    }
    if (known.merge !== undefined && merge !== known.merge) {
      throw optionError("merge", "that with which the map was opened", "another");
    }
    this.#form = { encoding, merge };
  }

  protected told({ key, values: all }: MapRowChange, isLocal: boolean): MapChange<V> | undefined {
    const map = this.name;
    if (all.length === 0) return { type: "delete", map, key, isLocal };
    const values = this.#decodeAll(key, all);
    if (values.length === 0) return undefined;
    return { type: "set", map, key, value: this.#settled(values, key) as V, values, isLocal };
  }

  get #encoding(): TopicEncoding<V> {
    return this.#form.encoding ?? (JSON_VALUES as TopicEncoding<V>);
  }

  #settled(values: readonly V[], key: string): V | undefined {
    const { merge } = this.#form;
    if (values.length < 2 || merge === undefined) return values[0];
    try {
      return merge(values, key);
    } catch (error) {
      this.ports.onError(error);
      return values[0];
    }
  }

  #decodeAll(key: string, all: readonly Uint8Array[]): V[] {
    const values: V[] = [];
    for (const bytes of all) {
      try {
        values.push(this.#encoding.decode(bytes));
      } catch (error) {
        this.ports.undecodable(key, error);
      }
    }
    return values;
  }

  #encode(value: V): Uint8Array {
    let bytes: unknown;
    try {
      bytes = this.#encoding.encode(value);
    } catch (error) {
      const message = `the encoding of map ${this.name} does not take this value`;
      throw new HearsayError("ERR_OPTION", message, { option: "value", cause: error });
    }
    if (bytes instanceof Uint8Array) return bytes.slice();
    const message = `the encoding of map ${this.name} gives ${typeof bytes} instead of bytes`;
    throw new HearsayError("ERR_OPTION", message, { option: "encoding", expected: "a Uint8Array" });
  }
}

/** @throws HearsayError `ERR_OPTION` */
export function checkText(option: string, text: unknown): void {
  if (typeof text !== "string") throw optionError(option, "text", text);
}
