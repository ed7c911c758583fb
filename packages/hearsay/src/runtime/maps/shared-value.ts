/**
 * What all have in common that a cluster shares: read here, written through the machine, watched.
 *
 *     write ──▶ here, at once ──▶ some others, at once ──▶ all, in the end
 *                  │
 *     read  ◀──────┴──▶ watchers
 *
 * @module
 */
import { Emitter } from "../emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "../emitter.ts";
import type { KindLabel } from "./kinds/map-kind.ts";
import type { MapEvent, MapRowChange } from "./map-events.ts";
import type { MapStore } from "./map-store.ts";
import type { AskedWrite, WriteOptions } from "./map-writes.ts";

/** What a node has open and shares. */
export interface MapView {
  readonly name: string;
  /** What becomes of writes that do not know of each other; of sets and counters, what they are. */
  readonly kind: KindLabel;
  /** Keys that have a value; elements of a set. */
  readonly keys: number;
  /** Keys with several values. */
  readonly conflicts: number;
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

/** What it needs of its node. */
export interface SharedPorts {
  readonly kind: KindLabel;
  /** @throws HearsayError what the machine says */
  write(asked: AskedWrite, options: WriteOptions): Promise<void>;
  store(): MapStore | undefined;
  ready(): Promise<void>;
  /** The encoding does not read the value of a key. */
  undecodable(key: string, error: unknown): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

type Changed = Extract<MapEvent, { readonly type: "mapChanged" }>;

export abstract class SharedValue<C extends { readonly type: string }> {
  readonly name: string;
  protected readonly ports: SharedPorts;
  readonly #emitter: Emitter<C>;
  /** Types of its changes. */
  readonly #types: readonly C["type"][];
  /** Encoded size of the change that is being told. */
  #bytes = 0;
  #writes = 0;
  #changes = 0;
  #watchers = 0;

  constructor(name: string, ports: SharedPorts, types: readonly C["type"][]) {
    this.name = name;
    this.ports = ports;
    this.#types = types;
    this.#emitter = new Emitter(ports.onError, () => this.#bytes);
  }

  /**
   * Resolves when what was kept of it on this machine has been taken up, and it has been compared with one other node
   * that has it, if there is one within some seconds. Nothing has to wait for it.
   */
  ready(): Promise<void> {
    return this.ports.ready();
  }

  /** Calls back for every change from now on, until the returned function is called. */
  watch(handler: (change: C) => void): Unsubscribe {
    const offs = this.#types.map((type) => this.#emitter.on(type, handler));
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
   * told how many by a `missed` item: then look at what is there.
   */
  changes(buffer: Partial<EventBuffer> = {}): AsyncIterableIterator<C | MissedEvents> {
    this.#watchers++;
    return this.#emitter.events({ ...this.ports.buffer, ...buffer }, () => {
      this.#watchers--;
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<C | MissedEvents> {
    return this.changes();
  }

  view(): MapView {
    const store = this.store;
    return {
      name: this.name,
      kind: this.ports.kind,
      keys: store?.size ?? 0,
      conflicts: [...(store?.conflicts() ?? [])].length,
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
    for (const change of changes) {
      this.#bytes = change.values.reduce((sum, { length }) => sum + length, change.key.length);
      const told = this.told(change, isLocal);
      if (told !== undefined) this.#emitter.emit(told);
    }
  }

  /** @internal Ends every iterator. */
  close(): void {
    this.#emitter.close();
  }

  /** Before the node has started there is none. */
  protected get store(): MapStore | undefined {
    return this.ports.store();
  }

  /** What watchers hear of a change; nothing of one that cannot be read. */
  protected abstract told(change: MapRowChange, isLocal: boolean): C | undefined;

  protected async write(asked: AskedWrite, options: WriteOptions): Promise<void> {
    await this.ports.write(asked, options);
    this.#writes++;
  }
}
