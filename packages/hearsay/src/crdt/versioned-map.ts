/**
 * Keys with versions: no clock, and writes that hold only if nobody was faster.
 *
 *     get("a") ──▶ { value, version: 4, by: "ann" }        set("a", value, 4) ──▶ version 5, or `ERR_STATE`
 *
 * The greater version wins, of equal versions the one of the greater replica name. The check is made here, by what this
 * replica knows: of two that pass it at once, at different replicas, one loses when they meet.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Delta, RefusalReason, Row } from "./delta-crdt.ts";
import { MAX_LEAP } from "./limits.ts";
import { OrderedStore } from "./ordered-store.ts";
import { ValueGuard } from "./values.ts";
import type { ValueOptions } from "./values.ts";

export interface Versioned<V> {
  readonly value: V;
  readonly version: number;
  /** The replica that has written it. */
  readonly by: string;
}

export class VersionedMap<V> extends OrderedStore<V> {
  readonly #guard: ValueGuard<V>;

  constructor(options: ValueOptions<V>) {
    super(options);
    this.#guard = new ValueGuard(options.value, this.limits.maxValueBytes);
  }

  get size(): number {
    return this.entryCount - this.tombstones;
  }

  get(key: string): Versioned<V> | undefined {
    const row = this.row(key);
    if (row?.value === undefined) return undefined;
    return { value: row.value, version: row.order, by: row.replica };
  }

  /** Of a key that was never written, 0; of one that was deleted, that of the deletion while it is remembered. */
  version(key: string): number {
    return this.row(key)?.order ?? 0;
  }

  *entries(): IterableIterator<[key: string, entry: Versioned<V>]> {
    for (const { key, value, order, replica } of this.rows()) {
      if (value !== undefined) yield [key, { value, version: order, by: replica }];
    }
  }

  /**
   * Versions grow, after deletions by more than one. `expected` is the version that must be here for it to be written.
   * @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL`; `ERR_STATE` Another version is here.
   */
  set(key: string, value: V, expected?: number): Delta<V> {
    this.checkKey("key", key);
    this.#guard.check(value);
    return this.write(key, this.#next(key, expected), value);
  }

  /** @throws HearsayError as `set` does */
  delete(key: string, expected?: number): Delta<V> {
    this.checkKey("key", key);
    return this.write(key, this.#next(key, expected), undefined);
  }

  /** Who counts never leaps; a version that nobody could outbid would be the last. */
  protected override refusal({ key, order }: Row<V>): RefusalReason | undefined {
    return order > Math.max(this.version(key), this.floor) + MAX_LEAP ? "leap" : undefined;
  }

  protected override floorRefusal(floor: number): RefusalReason | undefined {
    return floor > this.floor + MAX_LEAP ? "leap" : undefined;
  }

  #next(key: string, expected: number | undefined): number {
    const version = this.version(key);
    if (expected !== undefined && expected !== version) {
      throw new HearsayError(
        "ERR_STATE",
        `expected: ${JSON.stringify(key)} has version ${version}, not ${expected}`,
        { option: "expected", expected: String(version), received: expected },
      );
    }
    return Math.max(version, this.floor) + 1;
  }
}
