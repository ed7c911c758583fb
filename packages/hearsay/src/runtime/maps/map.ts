/**
 * A map of the cluster, as an application holds it: what one sets, all get who have it open.
 *
 *     set ── encoding ──▶ here, at once ──▶ some others, at once ──▶ all, in the end
 *                            │
 *     get ◀── encoding ──────┴──▶ watchers
 *
 * Made by `node.map`. Of two who set a key at the same time the later wins, at all nodes the same one: see docs/maps.md.
 * @module
 */
import { HearsayError, optionError } from "../../kernel/index.ts";
import { Emitter } from "../emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "../emitter.ts";
import type { TopicEncoding } from "../topic-encoding.ts";
import type { MapEvent } from "./map-events.ts";
import type { MapStore } from "./map-store.ts";
import type { AskedWrite, WriteOptions } from "./map-writes.ts";

/** A key has another value now, or none. */
export type MapChange<V> =
  | {
      readonly type: "set";
      readonly map: string;
      readonly key: string;
      readonly value: V;
      /** Whether it was done by this node. */
      readonly isLocal: boolean;
    }
  | {
      readonly type: "delete";
      readonly map: string;
      readonly key: string;
      readonly isLocal: boolean;
    };

/** A map that a node has open. */
export interface MapView {
  readonly name: string;
  /** Keys that have a value. */
  readonly keys: number;
  /** Deleted keys that are still remembered, because not all have seen their deletion. */
  readonly deleted: number;
  /** Other nodes that have it, as far as is known. */
  readonly holders: readonly string[];
  /** Writes of this node, and changes by it and others, since it was opened. */
  readonly writes: number;
  readonly changes: number;
  readonly watchers: number;
  /** Changes that iterators were too slow for. */
  readonly missed: number;
}

/** What a map needs of its node. */
export interface MapPorts {
  /** @throws HearsayError what the machine says */
  write(store: string, asked: AskedWrite, options: WriteOptions): Promise<void>;
  store(map: string): MapStore | undefined;
  ready(map: string): Promise<void>;
  /** The encoding does not read the value of a key. */
  undecodable(map: string, key: string, error: unknown): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

type Changed = Extract<MapEvent, { readonly type: "mapChanged" }>;

export class ReplicatedMap<V = unknown> {
  readonly name: string;
  readonly #encoding: TopicEncoding<V>;
  readonly #ports: MapPorts;
  readonly #emitter: Emitter<MapChange<V>>;
  /** Encoded size of the change that is being told. */
  #bytes = 0;
  #writes = 0;
  #changes = 0;
  #watchers = 0;

  constructor(name: string, encoding: TopicEncoding<V>, ports: MapPorts) {
    this.name = name;
    this.#encoding = encoding;
    this.#ports = ports;
    this.#emitter = new Emitter(ports.onError, () => this.#bytes);
  }

  /** Keys that have a value here. */
  get size(): number {
    return this.#store?.map.size ?? 0;
  }

  /** The value of a key, as far as this node has heard; `undefined` for none, and before the node has started. */
  get(key: string): V | undefined {
    const bytes = this.#store?.get(key);
    return bytes === undefined ? undefined : this.#decode(key, bytes)?.value;
  }

  has(key: string): boolean {
    return this.#store?.get(key) !== undefined;
  }

  /**
   * Sets a key. Resolves when it is set here and on its way to others; with `copies`, when so many of them have told that
   * they have it.
   * @throws HearsayError `ERR_OPTION` for a key that is no text or is too long, or a value that the encoding does not
   *   take; `ERR_MESSAGE_TOO_LARGE` for a value; `ERR_QUEUE_FULL` for too many keys; `ERR_TIMEOUT` without enough copies
   *   in time; `ERR_STATE`
   */
  async set(key: string, value: V, options: WriteOptions = {}): Promise<void> {
    checkKey(key);
    const bytes = this.#encode(value);
    await this.#ports.write(this.name, { type: "set", key, value: bytes }, options);
    this.#writes++;
  }

  /**
   * Deletes a key, also one that is not known here: what others have set until now goes, too.
   * @throws HearsayError as `set` does
   */
  async delete(key: string, options: WriteOptions = {}): Promise<void> {
    checkKey(key);
    await this.#ports.write(this.name, { type: "delete", key }, options);
    this.#writes++;
  }

  /** All keys with their values, as they are here and now. */
  *entries(): IterableIterator<[key: string, value: V]> {
    const store = this.#store;
    for (const key of store?.keys() ?? []) {
      const bytes = store?.get(key);
      const decoded = bytes === undefined ? undefined : this.#decode(key, bytes);
      if (decoded !== undefined) yield [key, decoded.value];
    }
  }

  /**
   * Resolves when what was kept of it on this machine has been taken up, and it has been compared with one other node
   * that has it, if there is one within some seconds. Nothing has to wait for it.
   */
  ready(): Promise<void> {
    return this.#ports.ready(this.name);
  }

  /** Calls back for every change from now on, until the returned function is called. */
  watch(handler: (change: MapChange<V>) => void): Unsubscribe {
    const offs = [this.#emitter.on("set", handler), this.#emitter.on("delete", handler)];
    this.#watchers++;
    let watches = true;
    return () => {
      if (!watches) return;
      watches = false;
      this.#watchers--;
      for (const off of offs) off();
    };
  }

  /**
   * All changes from now on, for `for await`. A reader that lags by more than `buffer` holds misses the oldest, and is
   * told how many by a `missed` item: then look at `entries()`.
   */
  changes(buffer: Partial<EventBuffer> = {}): AsyncIterableIterator<MapChange<V> | MissedEvents> {
    this.#watchers++;
    return this.#emitter.events({ ...this.#ports.buffer, ...buffer }, () => {
      this.#watchers--;
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<MapChange<V> | MissedEvents> {
    return this.changes();
  }

  view(): MapView {
    const store = this.#store;
    return {
      name: this.name,
      keys: this.size,
      deleted: store?.map.tombstones ?? 0,
      holders: store?.holders ?? [],
      writes: this.#writes,
      changes: this.#changes,
      watchers: this.#watchers,
      missed: this.#emitter.missed,
    };
  }

  /** @internal */
  deliver({ changes, isLocal }: Changed): void {
    this.#changes += changes.length;
    if (this.#watchers === 0) return;
    const map = this.name;
    for (const { key, value: bytes } of changes) {
      this.#bytes = key.length + (bytes?.length ?? 0);
      const decoded = bytes === undefined ? undefined : this.#decode(key, bytes);
      if (bytes === undefined) this.#emitter.emit({ type: "delete", map, key, isLocal });
      else if (decoded !== undefined) {
        this.#emitter.emit({ type: "set", map, key, value: decoded.value, isLocal });
      }
    }
  }

  /** @internal Ends every iterator. */
  close(): void {
    this.#emitter.close();
  }

  get #store(): MapStore | undefined {
    return this.#ports.store(this.name);
  }

  #decode(key: string, bytes: Uint8Array): { readonly value: V } | undefined {
    try {
      return { value: this.#encoding.decode(bytes) };
    } catch (error) {
      this.#ports.undecodable(this.name, key, error);
      return undefined;
    }
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
function checkKey(key: unknown): void {
  if (typeof key !== "string") throw optionError("key", "text", key);
}
