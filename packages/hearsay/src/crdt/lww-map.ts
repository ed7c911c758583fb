/**
 * Keys whose last writer wins, by a hybrid logical clock: a map, and a register, which is a map of one key.
 *
 * Of two writes the one with the greater stamp stays, of equal stamps the one of the greater replica name. A write that has
 * seen another always has the greater stamp, whatever the wall clocks say.
 * @module
 */
import type { Delta, MergeOutcome, RefusalReason, Row } from "./delta-crdt.ts";
import type { HybridClock } from "./hlc.ts";
import { OrderedStore } from "./ordered-store.ts";
import { ValueGuard } from "./values.ts";
import type { ValueOptions } from "./values.ts";

export interface LWWOptions<V> extends ValueOptions<V> {
  /** The node's; all its maps may share it. */
  readonly clock: HybridClock;
}

abstract class LastWriterWins<V> extends OrderedStore<V> {
  readonly clock: HybridClock;
  readonly #guard: ValueGuard<V>;

  constructor(options: LWWOptions<V>) {
    super(options);
    this.clock = options.clock;
    this.#guard = new ValueGuard(options.value, this.limits.maxValueBytes);
  }

  /** `wallMs` is our wall clock: a row further ahead than clocks may differ is refused until the time has come. */
  override merge(delta: Delta<V>, wallMs: number): MergeOutcome {
    return super.merge(delta, wallMs);
  }

  override restore(saved: Delta<V>): void {
    super.restore(saved);
    this.clock.restore(saved.rows.reduce((last, { order }) => Math.max(last, order), saved.floor));
  }

  protected override refusal({ order }: Row<V>, wallMs: number): RefusalReason | undefined {
    return this.clock.observe(order, wallMs) ? undefined : "clockAhead";
  }

  protected override floorRefusal(floor: number, wallMs: number): RefusalReason | undefined {
    return this.clock.observe(floor, wallMs) ? undefined : "clockAhead";
  }

  protected put(key: string, value: V, wallMs: number): Delta<V> {
    this.checkKey("key", key);
    this.#guard.check(value);
    return this.write(key, this.clock.tick(wallMs), value);
  }

  /** Leaves a tombstone, also where nothing is known: what others have set until now is to go as well. */
  protected erase(key: string, wallMs: number): Delta<V> {
    this.checkKey("key", key);
    return this.write(key, this.clock.tick(wallMs), undefined);
  }
}

export class LWWMap<V> extends LastWriterWins<V> {
  get size(): number {
    return this.entryCount - this.tombstones;
  }

  get(key: string): V | undefined {
    return this.row(key)?.value;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** When a key was last written or deleted, as a stamp, if that is remembered. */
  stampOf(key: string): number | undefined {
    return this.row(key)?.order;
  }

  *entries(): IterableIterator<[key: string, value: V]> {
    for (const { key, value } of this.rows()) if (value !== undefined) yield [key, value];
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL` */
  set(key: string, value: V, wallMs: number): Delta<V> {
    return this.put(key, value, wallMs);
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL` */
  delete(key: string, wallMs: number): Delta<V> {
    return this.erase(key, wallMs);
  }
}

export class LWWRegister<V> extends LastWriterWins<V> {
  get(): V | undefined {
    return this.row("")?.value;
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE` */
  set(value: V, wallMs: number): Delta<V> {
    return this.put("", value, wallMs);
  }

  clear(wallMs: number): Delta<V> {
    return this.erase("", wallMs);
  }
}
