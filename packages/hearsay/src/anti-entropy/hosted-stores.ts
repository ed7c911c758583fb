/**
 * The stores of a node by name, and whose turn it is to be compared.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import { HearsayError, optionError } from "../kernel/index.ts";
import type { Saved } from "../kernel/index.ts";
import type { HostedStore, StoreMaker, StoreSpec } from "./store.ts";
import { MAX_STORE_NAME } from "./wire.ts";

export interface StoreRow extends HostedStore {
  readonly spec: StoreSpec;
}

export interface SavedHostedStores {
  readonly rows: readonly { readonly spec: StoreSpec; readonly saved: Saved }[];
  readonly next: number;
}

export class HostedStores {
  readonly #make: StoreMaker;
  readonly #maxStores: number;
  /** In the order in which they were opened. */
  readonly #rows = new Map<string, StoreRow>();
  /** The place of the one that is compared first in the next round. */
  #next = 0;

  constructor(make: StoreMaker, maxStores: number) {
    this.#make = make;
    this.#maxStores = maxStores;
  }

  get names(): readonly string[] {
    return [...this.#rows.keys()];
  }

  get size(): number {
    return this.#rows.size;
  }

  get(store: string): StoreRow | undefined {
    return this.#rows.get(store);
  }

  /** @throws HearsayError `ERR_OPTION` if there is none */
  find(store: string): StoreRow {
    const row = this.#rows.get(store);
    if (row === undefined) throw optionError("store", "the name of an open store", store);
    return row;
  }

  /**
   * Makes the store, if there is none of this name.
   * @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL`, and what the maker throws
   */
  open({ store, kind, options }: StoreSpec): void {
    if (this.#rows.has(store)) return;
    if (typeof store !== "string" || store === "" || utf8Size(store) > MAX_STORE_NAME) {
      throw optionError("store", `a name of 1..${MAX_STORE_NAME} bytes`, store);
    }
    if (this.#rows.size >= this.#maxStores) {
      throw new HearsayError("ERR_QUEUE_FULL", `maxStores: there are ${this.#maxStores} stores`);
    }
    const spec: StoreSpec = { store, kind, options };
    this.#rows.set(store, { ...this.#make(spec), spec });
  }

  close(store: string): void {
    this.#rows.delete(store);
  }

  /** Those whose turn it is, `count` at most. */
  takeTurns(count: number): StoreRow[] {
    const rows = [...this.#rows.values()];
    const turns = Math.min(count, rows.length);
    const first = this.#next;
    this.#next = (first + turns) % Math.max(1, rows.length);
    return Array.from({ length: turns }, (_, i) => rows[(first + i) % rows.length] as StoreRow);
  }

  save(): SavedHostedStores {
    const rows = [...this.#rows.values()].map(({ spec, store }) => ({ spec, saved: store.save() }));
    return { rows, next: this.#next };
  }

  restore({ rows, next }: SavedHostedStores): void {
    for (const { spec, saved } of rows) {
      const made = this.#make(spec);
      made.store.restore(saved);
      this.#rows.set(spec.store, { ...made, spec });
    }
    this.#next = next;
  }
}
