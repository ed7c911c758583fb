/**
 * What all types share: the dots seen, the limits, deltas made and merged, saving.
 *
 *     mutation ──▶ delta ─┐
 *     network  ──▶ delta ─┴─▶ refuse what must not be ──▶ join (the type's own) ──▶ seen ∪= context
 *
 * A mutation is a delta that is merged at home first: there is one way into the state.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import { HearsayError, optionError } from "../kernel/index.ts";
import { NO_DELTA } from "./delta-crdt.ts";
import type { Delta, DeltaCrdt, MergeOutcome, RefusalReason, Refusals, Row } from "./delta-crdt.ts";
import { DotSet } from "./dots.ts";
import type { DotRuns } from "./dots.ts";
import { MAX_LEAP, resolveCrdtLimits } from "./limits.ts";
import type { CrdtLimits } from "./limits.ts";

export interface CrdtOptions {
  /** Names whose mutations these are: unique in the cluster. A node that has lost its state takes a new one. */
  readonly replica: string;
  readonly limits?: Partial<CrdtLimits>;
}

const NOT_MERGED: MergeOutcome = { changed: [], refused: 1 };

export abstract class DeltaStore<V> implements DeltaCrdt<V> {
  readonly replica: string;
  readonly limits: CrdtLimits;
  protected readonly seen: DotSet = new DotSet();
  protected floor = 0;
  readonly #refusals: Record<RefusalReason, number> = {
    tooManyEntries: 0,
    tooManyReplicas: 0,
    tooManyRuns: 0,
    clockAhead: 0,
    leap: 0,
    illFormed: 0,
  };

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ replica, limits }: CrdtOptions) {
    this.limits = resolveCrdtLimits(limits);
    this.replica = replica;
    this.checkKey("replica", replica);
    if (replica === "") throw optionError("replica", "a name", replica);
  }

  /** What was not merged, and why. */
  get refusals(): Refusals {
    return { ...this.#refusals };
  }

  context(): DotRuns {
    return this.seen.toRuns();
  }

  merge(delta: Delta<V>, wallMs = 0): MergeOutcome {
    const claimed = DotSet.from(delta.context);
    const reason = this.#refusal(claimed) ?? this.floorRefusal(delta.floor, wallMs);
    if (reason !== undefined) {
      this.#refusals[reason]++;
      return NOT_MERGED;
    }
    const fresh: Row<V>[] = [];
    let room = this.limits.maxEntries - this.entryCount;
    const refused: Row<V>[] = [];
    for (const row of delta.rows) {
      if (this.seen.has(row.replica, row.number)) continue;
      const isNewKey = !this.holds(row.key);
      const refusal = isNewKey && room <= 0 ? "tooManyEntries" : this.refusal(row, wallMs);
      if (refusal === undefined) {
        fresh.push(row);
        if (isNewKey) room--;
      } else {
        this.#refusals[refusal]++;
        refused.push(row);
      }
    }
    const told = refused.length === 0 ? claimed : this.toldWithout(refused, claimed, fresh);
    const changed = this.join(fresh, told, delta.rows);
    this.seen.addAll(told);
    this.floor = Math.max(this.floor, delta.floor);
    return { changed, refused: refused.length };
  }

  delta(
    since: DotRuns = [],
    maxRows: number = this.limits.maxDeltaRows,
    hasRoom: (row: Row<V>) => boolean = () => true,
  ): Delta<V> {
    const theirs = DotSet.from(since);
    if (theirs.covers(this.seen)) return NO_DELTA;
    const rows: Row<V>[] = [];
    for (const row of this.rows()) {
      if (theirs.has(row.replica, row.number)) continue;
      if (rows.length === maxRows || (rows.length > 0 && !hasRoom(row))) {
        return { context: this.toldOfSome(rows).toRuns(), rows, floor: this.floor };
      }
      rows.push(row);
    }
    return { context: this.told(theirs).toRuns(), rows, floor: this.floor };
  }

  prune(_stable: DotRuns): number {
    return 0;
  }

  save(): Delta<V> {
    return { context: this.seen.toRuns(), rows: [...this.rows()], floor: this.floor };
  }

  /** Takes all as it is: it was ours. */
  restore(saved: Delta<V>): void {
    if (this.seen.replicas > 0) {
      throw new HearsayError("ERR_STATE", "restore: expected a value that nobody has changed yet");
    }
    const seen = DotSet.from(saved.context);
    this.join(saved.rows, seen, saved.rows);
    this.seen.addAll(seen);
    this.floor = saved.floor;
  }

  /** Keys in use, deleted ones that are still remembered included. */
  protected abstract get entryCount(): number;
  protected abstract rows(): Iterable<Row<V>>;
  protected abstract holds(key: string): boolean;
  /**
   * Takes up the rows that are new, and what `told` says of the others. Returns the keys that have changed.
   * `listed` are all rows of the delta, those that we have seen too.
   */
  protected abstract join(
    fresh: readonly Row<V>[],
    told: DotSet,
    listed: readonly Row<V>[],
  ): string[];

  /** What a whole delta tells about to one who has seen `theirs`. */
  protected told(theirs: DotSet): DotSet {
    return this.seen.minus(theirs);
  }

  /** What a delta tells about that has only some of the rows. */
  protected toldOfSome(rows: readonly Row<V>[]): DotSet {
    return DotSet.of(rows);
  }

  /**
   * What of a delta's claims is believed when some of its rows are refused. What a refused row has taken the place of is
   * not to be forgotten for it: it comes again.
   */
  protected toldWithout(
    _refused: readonly Row<V>[],
    _claimed: DotSet,
    fresh: readonly Row<V>[],
  ): DotSet {
    return DotSet.of(fresh);
  }

  /** Why a row is not taken, beyond the limits that all types have. */
  protected refusal(_row: Row<V>, _wallMs: number): RefusalReason | undefined {
    return undefined;
  }

  protected floorRefusal(_floor: number, _wallMs: number): RefusalReason | undefined {
    return undefined;
  }

  /** A mutation of ours, made and merged. `superseded` are the dots that it takes the place of; it is used up. */
  protected mutate(
    key: string,
    order: number,
    value: V | undefined,
    superseded: DotSet,
    leavesRow = true,
  ): Delta<V> {
    if (leavesRow && superseded.replicas === 0 && this.entryCount >= this.limits.maxEntries) {
      throw new HearsayError(
        "ERR_QUEUE_FULL",
        `limits.maxEntries: there are ${this.limits.maxEntries} entries, and ${JSON.stringify(key)} is one more`,
        { option: "limits.maxEntries" },
      );
    }
    const { replica, floor } = this;
    const row: Row<V> = { key, replica, number: this.seen.highest(replica) + 1, order, value };
    const rows = leavesRow ? [row] : [];
    const told = superseded;
    told.add(replica, row.number);
    this.join(rows, told, rows);
    this.seen.add(replica, row.number);
    return { context: told.toRuns(), rows, floor };
  }

  /** @throws HearsayError `ERR_OPTION` */
  protected checkKey(name: string, key: unknown): void {
    const { maxKeyBytes } = this.limits;
    if (typeof key !== "string" || utf8Size(key) > maxKeyBytes) {
      throw optionError(name, `text of at most ${maxKeyBytes} bytes`, key);
    }
  }

  #refusal(claimed: DotSet): RefusalReason | undefined {
    const { maxReplicas, maxRuns } = this.limits;
    let replicas = this.seen.replicas;
    for (const [replica, runs] of claimed.toRuns()) {
      const known = this.seen.highest(replica);
      if (known === 0) replicas++;
      if ((runs.at(-1) ?? 0) > known + MAX_LEAP) return "leap";
    }
    if (replicas > maxReplicas) return "tooManyReplicas";
    if (this.seen.runCount + claimed.runCount <= maxRuns) return undefined;
    // Claims that lie side by side, or within what we have seen, take no room.
    const united = DotSet.from(this.seen.toRuns());
    united.addAll(claimed);
    return united.runCount > maxRuns ? "tooManyRuns" : undefined;
  }
}
