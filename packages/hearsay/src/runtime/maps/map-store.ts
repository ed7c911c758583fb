/**
 * One map of the cluster at one node: a replicated type in the hands of anti-entropy.
 *
 *     set ──▶ stamp ──▶ map ──▶ delta ──▶ news
 *                        │ ▲
 *     watchers ◀─ changed┘ └─ merge ◀── news, words of others
 *
 * What becomes of two writes of one key is its kind's affair. A deletion is forgotten when all who hold the map have seen it
 * and `forgetAfterMs` have passed; who has not been heard of for as long is waited for no longer.
 * @module
 */
import type { Store, StoreTurn } from "../../anti-entropy/index.ts";
import { DotSet, HybridClock, stampOf } from "../../crdt/index.ts";
import type { CrdtLimits, Delta, DotRuns, MergeOutcome } from "../../crdt/index.ts";
import { utf8Size } from "../../codec/index.ts";
import { later, optionError } from "../../kernel/index.ts";
import type { Instant, Saved } from "../../kernel/index.ts";
import { AwaitedCopies } from "./awaited-copies.ts";
import type { SavedAwaitedCopies } from "./awaited-copies.ts";
import { ClusterTime } from "./cluster-time.ts";
import { Holders } from "./holders.ts";
import type { SavedHolders } from "./holders.ts";
import type { MapKind, SharedCrdt } from "./kinds/map-kind.ts";
import type { MapEvent, MapMutation, MapWrite } from "./map-events.ts";
import { MapCodec, ROW_OVERHEAD_BYTES } from "./map-words.ts";

/** Of all maps of a node. */
export interface MapStoreConfig {
  readonly limits: Partial<CrdtLimits>;
  readonly maxDriftMs: number;
  readonly forgetAfterMs: number;
}

/** What one map is made from, as data. */
export interface MapStoreOptions extends MapStoreConfig {
  /** Names the writes of this run of this node: never used before, nor again. */
  readonly replica: string;
}

interface SavedMapStore {
  readonly saved: Delta<unknown>;
  readonly last: number;
  readonly time: ReturnType<ClusterTime["save"]>;
  readonly holders: SavedHolders;
  readonly copies: SavedAwaitedCopies;
  readonly kept: KeptMap | undefined;
  readonly tendAt: Instant;
  readonly inStep: boolean;
  readonly offMs: number;
}

interface KeptMap {
  readonly saved: Delta<unknown>;
  readonly until: Instant;
}

/** Time between two looks at what can be forgotten. */
const TEND_MS = 10_000;

export class MapStore<C extends SharedCrdt = SharedCrdt> implements Store {
  readonly name: string;
  readonly kind: MapKind<unknown, C>;
  readonly map: C;
  readonly codec: MapCodec<unknown>;
  readonly #clock: HybridClock;
  readonly #time: ClusterTime;
  readonly #forgetAfterMs: number;
  readonly #holders = new Holders();
  readonly #copies = new AwaitedCopies();
  /** What a snapshot has kept, until it is taken up. */
  #kept: KeptMap | undefined;
  #tendAt: Instant = 0 as Instant;
  #inStep = false;
  #offMs = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(
    name: string,
    kind: MapKind<unknown, C>,
    { replica, limits, maxDriftMs, forgetAfterMs }: MapStoreOptions,
  ) {
    this.name = name;
    this.kind = kind;
    this.#clock = new HybridClock({ maxDriftMs });
    this.map = kind.make({ replica, clock: this.#clock, limits });
    this.codec = new MapCodec(kind.value, this.map.limits);
    this.#time = new ClusterTime(maxDriftMs);
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Whether it wants to hear what others have seen in any case: for copies of a write, or because it has heard of nobody. */
  get asks(): boolean {
    return this.#copies.size > 0 || !this.#inStep;
  }

  /** Others that hold the map, as far as is known. */
  get holders(): readonly string[] {
    return this.#holders.names;
  }

  /** The values of a key in the application's bytes, the one that counts first. */
  values(key: string): readonly Uint8Array[] {
    return this.kind.values(this.map, key);
  }

  /** Keys that have a value. */
  keys(): Iterable<string> {
    return this.kind.keys(this.map);
  }

  get size(): number {
    return this.kind.countOf(this.map);
  }

  /** Keys with several values. */
  *conflicts(): Iterable<string> {
    for (const key of this.kind.contested(this.map)) if (this.values(key).length > 1) yield key;
  }

  mutate(mutation: Saved, turn: StoreTurn): Uint8Array | undefined {
    const asked = mutation as MapMutation;
    switch (asked.type) {
      case "set":
      case "delete":
      case "add":
        return this.#write(asked, turn);
      case "load":
        this.#kept = { saved: asked.saved, until: later(turn.now, asked.patienceMs) };
        if (this.#inStep) this.#takeUp(turn);
        return undefined;
      case "takeUp":
        this.#takeUp(turn);
        return undefined;
      case "unawait":
        this.#copies.delete(asked.ticket);
        return undefined;
      default:
        throw optionError(
          "mutation",
          "set, delete, add, load, takeUp or unawait",
          (asked as MapMutation).type,
        );
    }
  }

  merge(delta: Uint8Array, turn: StoreTurn): boolean {
    return this.take(this.codec.readDelta(delta), turn);
  }

  /** Takes up what another has told; whether anything was new. */
  take(delta: Delta<unknown>, turn: StoreTurn): boolean {
    const before = DotSet.from(this.map.context());
    const { believeMs } = this.#time.read(turn.wallMs, turn.now);
    const refusals = this.map.refusals;
    this.#taken(this.map.merge(delta, believeMs), turn);
    const now = this.map.refusals;
    for (const reason of REASONS) {
      for (let i = refusals[reason]; i < now[reason]; i++) turn.drop(reason);
    }
    const rows = now.clockAhead - refusals.clockAhead;
    if (rows > 0) tell(turn, { type: "mapFromFuture", map: this.name, rows });
    return !before.covers(DotSet.from(this.map.context()));
  }

  /** What somebody who has seen this lacks, in about so many bytes, and whether there is more. */
  deltaFor(
    theirs: DotRuns,
    maxBytes: number,
  ): { delta: Delta<unknown>; more: boolean } | undefined {
    let bytes = 0;
    let more = false;
    const delta = this.map.delta(theirs, this.map.limits.maxDeltaRows, ({ key, value }) => {
      bytes += ROW_OVERHEAD_BYTES + utf8Size(key) + this.kind.sizeOf(value);
      more = bytes > maxBytes;
      return !more;
    });
    more ||= delta.rows.length === this.map.limits.maxDeltaRows;
    return delta.context.length === 0 ? undefined : { delta, more };
  }

  /** Somebody has spoken. */
  heard(holder: string, wallMs: number, { now, wallMs: ours, ...turn }: StoreTurn): void {
    this.#time.heard(holder, wallMs, now);
    if (!this.#holders.heard(holder, now)) return turn.drop("tooManyHolders");
    const { offMs } = this.#time.read(ours, now);
    if ((offMs === 0) !== (this.#offMs === 0)) {
      turn.notify<MapEvent>({ type: "mapClockOff", map: this.name, offMs });
    }
    this.#offMs = offMs;
  }

  /** Somebody has seen all this. */
  report(holder: string, context: DotRuns, turn: StoreTurn): void {
    this.#holders.report(holder, context);
    for (const ticket of this.#copies.report(holder, context)) {
      tell(turn, { type: "mapKept", map: this.name, ticket });
    }
  }

  /** All that this one has is here. */
  nothingMissing(holder: string, turn: StoreTurn): void {
    if (this.#inStep) return;
    this.#inStep = true;
    tell(turn, { type: "mapInStep", map: this.name, holder });
    this.#takeUp(turn);
  }

  tend(turn: StoreTurn): void {
    const { now } = turn;
    if (this.#kept !== undefined && now >= this.#kept.until) this.#takeUp(turn);
    if (now < this.#tendAt || !this.kind.mayForget(this.map)) return;
    this.#tendAt = (now + TEND_MS) as Instant;
    const stable = this.#holders.stable(this.map.context(), now, this.#forgetAfterMs);
    this.map.prune(stable, stampOf(Math.max(0, turn.wallMs - this.#forgetAfterMs)));
  }

  save(): SavedMapStore {
    return {
      saved: this.map.save(),
      last: this.#clock.save(),
      time: this.#time.save(),
      holders: this.#holders.save(),
      copies: this.#copies.save(),
      kept: this.#kept,
      tendAt: this.#tendAt,
      inStep: this.#inStep,
      offMs: this.#offMs,
    };
  }

  restore(saved: Saved): void {
    const from = saved as SavedMapStore;
    this.map.restore(from.saved);
    this.#clock.restore(from.last);
    this.#time.restore(from.time);
    this.#holders.restore(from.holders);
    this.#copies.restore(from.copies);
    this.#kept = from.kept;
    this.#tendAt = from.tendAt;
    this.#inStep = from.inStep;
    this.#offMs = from.offMs;
  }

  /** Nothing where there was nothing to write: a key that is not there cannot go. */
  #write(asked: MapWrite, turn: StoreTurn): Uint8Array | undefined {
    const { awaited } = asked;
    if (awaited !== undefined) this.#copies.checkRoom();
    const { writeMs } = this.#time.read(Math.max(0, turn.wallMs), turn.now);
    const delta = this.kind.write(this.map, asked, writeMs);
    const [row] = delta.rows;
    if (row === undefined) {
      if (awaited !== undefined)
        tell(turn, { type: "mapKept", map: this.name, ticket: awaited.ticket });
      return undefined;
    }
    const { key, replica, number } = row;
    if (awaited !== undefined) this.#copies.add(awaited, { replica, number });
    this.#tellChanges([key], true, turn);
    return this.codec.writeDelta(delta);
  }

  #takeUp(turn: StoreTurn): void {
    if (this.#kept === undefined) return;
    const { saved } = this.#kept;
    this.#kept = undefined;
    // It was ours: nobody asks whether its time has come.
    this.#taken(this.map.merge(saved, Infinity), turn);
    tell(turn, { type: "mapLoaded", map: this.name });
  }

  #taken({ changed }: MergeOutcome, turn: StoreTurn): void {
    if (changed.length > 0) this.#tellChanges(changed, false, turn);
  }

  #tellChanges(keys: readonly string[], isLocal: boolean, turn: StoreTurn): void {
    const changes = this.kind.changes(this.map, keys);
    tell(turn, { type: "mapChanged", map: this.name, changes, isLocal });
  }
}

const REASONS = [
  "tooManyEntries",
  "tooManyReplicas",
  "tooManyRuns",
  "clockAhead",
  "leap",
  "illFormed",
] as const;

function tell(turn: StoreTurn, event: MapEvent): void {
  turn.notify(event);
}
