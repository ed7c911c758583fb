/**
 * A map whose keys come and go, and in which nothing is lost that was set without knowing of something else: the
 * observed-remove map, with several values of a key where that is the truth.
 *
 *     ann  sets x = 1                     a1        after ―
 *     bob  has seen it, deletes x         b1  gone  after a1            takes away a1
 *     cee  has seen a1, sets x = 2        c1        after a1            takes away a1, knows nothing of b1: stays
 *     dot  has seen both, sets x = 3      d1        after a1 b1 c1      takes away both
 *
 * Each write tells what its writer had seen of that key, as the greatest number of each replica: a dotted version vector
 * (Preguiça, Baquero, Almeida, Fonte and Gonçalves 2012). It takes away that and no more. So a delta need tell nothing of
 * other keys, is as large as its rows, and may come in any order. A deletion is a row without a value, until all have seen it.
 *
 * The clock decides nothing here but which of several values comes first. It helps against liars, too: who had seen a write has a
 * later stamp, so that nothing takes away what is stamped later, whatever it claims to have seen.
 * @see docs/protocols/crdts.md
 * @module
 */
import { int, list, optional, record, text } from "../codec/index.ts";
import { HearsayError } from "../kernel/index.ts";
import { NO_DELTA } from "./delta-crdt.ts";
import type { Delta, MergeOutcome, RefusalReason, Row } from "./delta-crdt.ts";
import { DeltaStore } from "./delta-store.ts";
import { DotSet } from "./dots.ts";
import type { Dot, DotRuns } from "./dots.ts";
import type { HybridClock } from "./hlc.ts";
import { MAX_LEAP } from "./limits.ts";
import type { LWWOptions } from "./lww-map.ts";
import { ValueGuard } from "./values.ts";
import type { ValueField } from "./values.ts";

/** What one write has put at a key. */
export interface Sibling<V> {
  /** What its writer had seen there: of each replica the greatest number; ascending by replica. */
  readonly after: readonly Dot[];
  /** `undefined` says that the key is deleted. */
  readonly value: V | undefined;
}

type SiblingRow<V> = Row<Sibling<V>>;

/** Writes of one key that do not know of each other; more than writers that meet at one key. */
const MAX_SIBLINGS = 256;
/** Replicas that a write tells of. */
const MAX_AFTER = 4096;
/** More than this are forgotten when all have seen the write that tells of them. */
const KEPT_AFTER = 16;
const MAX_REPLICA_BYTES = 65_535;

/** The field that siblings with such values travel in: `[[[replica, number], …], value or nil]`. */
export function siblingField<V>(value: ValueField<V>): ValueField<Sibling<V>> {
  const dot = record<Dot>({
    replica: text(MAX_REPLICA_BYTES),
    number: int(1, Number.MAX_SAFE_INTEGER),
  });
  return (maxBytes) => {
    return record<Sibling<V>>({ after: list(dot, MAX_AFTER), value: optional(value(maxBytes)) });
  };
}

export class ORMap<V> extends DeltaStore<Sibling<V>> {
  readonly clock: HybridClock;
  readonly #guard: ValueGuard<V>;
  /** Of each key, the latest first. */
  readonly #rows = new Map<string, readonly SiblingRow<V>[]>();
  #deleted = 0;
  /** Keys with more than one value. */
  readonly #contested = new Set<string>();
  /** Keys at which something can be forgotten some day, and the earliest stamp among them. */
  readonly #prunable = new Set<string>();
  #oldest = Infinity;
  /** Rows of each key in the delta that is being merged. */
  readonly #arriving = new Map<string, number>();

  constructor(options: LWWOptions<V>) {
    super(options);
    this.clock = options.clock;
    this.#guard = new ValueGuard(options.value, this.limits.maxValueBytes);
  }

  /** Keys that have a value. */
  get size(): number {
    return this.#rows.size - this.#deleted;
  }

  /** Deleted keys that are still remembered. */
  get tombstones(): number {
    return this.#deleted;
  }

  /** Keys at which something can be forgotten some day. */
  get forgettable(): number {
    return this.#prunable.size;
  }

  has(key: string): boolean {
    return !isGone(this.siblings(key));
  }

  /** The values of a key that do not know of each other, the one of the latest stamp first; everywhere the same. */
  values(key: string): V[] {
    return this.siblings(key).flatMap(({ value }) => {
      return value?.value === undefined ? [] : [value.value];
    });
  }

  *keys(): IterableIterator<string> {
    for (const [key, siblings] of this.#rows) if (!isGone(siblings)) yield key;
  }

  /** Keys with more than one value. */
  contested(): IterableIterator<string> {
    return this.#contested.values();
  }

  /** What there is of a key, deletions that are still remembered included: each write with its dot. */
  siblings(key: string): readonly SiblingRow<V>[] {
    return this.#rows.get(key) ?? [];
  }

  /**
   * Puts a value in the place of all that is known of the key here.
   * @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL`
   */
  set(key: string, value: V, wallMs: number): Delta<Sibling<V>> {
    this.checkKey("key", key);
    this.#guard.check(value);
    return this.#write(key, value, wallMs);
  }

  /**
   * Takes away what is known of a key here; what others set at the same time stays.
   * @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL`
   */
  delete(key: string, wallMs: number): Delta<Sibling<V>> {
    this.checkKey("key", key);
    return this.has(key) ? this.#write(key, undefined, wallMs) : NO_DELTA;
  }

  /** `wallMs` is our wall clock: a row further ahead than clocks may differ is refused until the time has come. */
  override merge(delta: Delta<Sibling<V>>, wallMs: number): MergeOutcome {
    this.#arriving.clear();
    return super.merge(delta, wallMs);
  }

  override restore(saved: Delta<Sibling<V>>): void {
    super.restore(saved);
    this.clock.restore(saved.rows.reduce((last, { order }) => Math.max(last, order), 0));
  }

  /** `before`, a stamp, spares what is as late as this, or later. */
  override prune(stable: DotRuns, before: number = Infinity): number {
    if (this.#prunable.size === 0 || before <= this.#oldest) return 0;
    const dots = DotSet.from(stable);
    let pruned = 0;
    this.#oldest = Infinity;
    for (const key of Array.from(this.#prunable)) {
      const left = this.siblings(key).flatMap((row): SiblingRow<V>[] => {
        if (row.order >= before || !dots.has(row.replica, row.number)) return [row];
        const { after, value } = row.value as Sibling<V>;
        if (value === undefined) {
          pruned++;
          return [];
        }
        return after.length > KEPT_AFTER ? [{ ...row, value: { after: [], value } }] : [row];
      });
      this.#put(key, left);
    }
    return pruned;
  }

  protected get entryCount(): number {
    return this.#rows.size;
  }

  protected *rows(): Iterable<SiblingRow<V>> {
    for (const siblings of this.#rows.values()) yield* siblings;
  }

  protected holds(key: string): boolean {
    return this.#rows.has(key);
  }

  protected override refusal(row: SiblingRow<V>, wallMs: number): RefusalReason | undefined {
    const { key, order, value } = row;
    if (value === undefined || !isAscending(value.after)) return "illFormed";
    if (value.after.some((dot) => dot.number > this.seen.highest(dot.replica) + MAX_LEAP)) {
      return "leap";
    }
    if (!this.clock.observe(order, wallMs)) return "clockAhead";
    const beside = this.siblings(key).filter((other) => !takesAway(row, other)).length;
    const arriving = this.#arriving.get(key) ?? 0;
    if (beside + arriving >= MAX_SIBLINGS) return "tooManyEntries";
    this.#arriving.set(key, arriving + 1);
    return undefined;
  }

  /** This type forgets nothing that others have to know. */
  protected override floorRefusal(floor: number): RefusalReason | undefined {
    return floor === 0 ? undefined : "illFormed";
  }

  protected join(fresh: readonly SiblingRow<V>[]): string[] {
    const changed = new Set<string>();
    for (const row of fresh) {
      const siblings = this.siblings(row.key);
      if (siblings.some((other) => takesAway(other, row) || isSameDot(other, row))) continue;
      const left = siblings.filter((other) => !takesAway(row, other));
      this.#put(row.key, [...left, row].sort(latestFirst));
      changed.add(row.key);
    }
    return [...changed];
  }

  #write(key: string, value: V | undefined, wallMs: number): Delta<Sibling<V>> {
    const siblings = this.siblings(key);
    const after = seenAt(siblings);
    if (after.length > MAX_AFTER) {
      throw new HearsayError(
        "ERR_QUEUE_FULL",
        `${MAX_AFTER} replicas have written key ${JSON.stringify(key)}, and not all have seen that`,
      );
    }
    return this.mutate(key, this.clock.tick(wallMs), { after, value }, DotSet.of(siblings));
  }

  #put(key: string, siblings: readonly SiblingRow<V>[]): void {
    const known = this.#rows.get(key);
    if (known !== undefined && isGone(known)) this.#deleted--;
    if (siblings.length === 0) this.#rows.delete(key);
    else {
      this.#rows.set(key, siblings);
      if (isGone(siblings)) this.#deleted++;
    }
    const values = siblings.reduce(
      (sum, { value }) => sum + (value?.value === undefined ? 0 : 1),
      0,
    );
    if (values > 1) this.#contested.add(key);
    else this.#contested.delete(key);
    this.#prunable.delete(key);
    for (const { order, value } of siblings) {
      if (value?.value !== undefined && value.after.length <= KEPT_AFTER) continue;
      this.#prunable.add(key);
      this.#oldest = Math.min(this.#oldest, order);
    }
  }
}

/** Whether there is no value. */
function isGone<V>(siblings: readonly SiblingRow<V>[]): boolean {
  return siblings.every(({ value }) => value?.value === undefined);
}

/** Whether the writer of one row had seen another of its key. */
function takesAway(row: SiblingRow<unknown>, other: SiblingRow<unknown>): boolean {
  if (row.order <= other.order) return false;
  return numberOf(row.value?.after ?? [], other.replica) >= other.number;
}

function isSameDot(a: Dot, b: Dot): boolean {
  return a.number === b.number && a.replica === b.replica;
}

/** The number of a replica in a list that ascends, or 0. */
function numberOf(after: readonly Dot[], replica: string): number {
  let low = 0;
  let high = after.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((after[middle] as Dot).replica < replica) low = middle + 1;
    else high = middle;
  }
  const found = after[low];
  return found?.replica === replica ? found.number : 0;
}

/** All that was ever at a key, as far as its rows tell. */
function seenAt(siblings: readonly SiblingRow<unknown>[]): Dot[] {
  const numbers = new Map<string, number>();
  for (const row of siblings) {
    for (const { replica, number } of [...(row.value?.after ?? []), row]) {
      numbers.set(replica, Math.max(numbers.get(replica) ?? 0, number));
    }
  }
  const dots = [...numbers].map(([replica, number]) => ({ replica, number }));
  return dots.sort((a, b) => (a.replica < b.replica ? -1 : 1));
}

function isAscending(after: readonly Dot[]): boolean {
  return after.every(({ replica }, i) => i === 0 || (after[i - 1] as Dot).replica < replica);
}

/** The same order at every replica. */
function latestFirst(a: SiblingRow<unknown>, b: SiblingRow<unknown>): number {
  if (a.order !== b.order) return b.order - a.order;
  if (a.replica !== b.replica) return a.replica < b.replica ? -1 : 1;
  return a.number - b.number;
}
