/**
 * One map of the cluster at one node: a last-writer-wins map in the hands of anti-entropy.
 *
 *     set ──▶ stamp ──▶ map ──▶ delta ──▶ news
 *                        │ ▲
 *     watchers ◀─ changed┘ └─ merge ◀── news, words of others
 *
 * Who else holds the map is known by the words that they send. A deletion is forgotten when all of them have seen it and
 * `forgetAfterMs` have passed; who has not been heard of for as long is waited for no longer. The time is for those of
 * whom a node that has just started does not know yet that they hold it, and who bring what nobody else has seen.
 * @module
 */
import type { Store, StoreTurn } from "../../anti-entropy/index.ts";
import { CausalStability, DotSet, HybridClock, LWWMap, stampOf } from "../../crdt/index.ts";
import type {
  CrdtLimits,
  Delta,
  Dot,
  DotRuns,
  MergeOutcome,
  SavedStability,
} from "../../crdt/index.ts";
import { utf8Size } from "../../codec/index.ts";
import { HearsayError, later, optionError } from "../../kernel/index.ts";
import type { Instant, Saved } from "../../kernel/index.ts";
import { ClusterTime } from "./cluster-time.ts";
import { MapCodec, mapValue, ROW_OVERHEAD_BYTES } from "./map-words.ts";

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

/** What an application asks of a map. */
export type MapMutation =
  | {
      readonly type: "set";
      readonly key: string;
      readonly value: Uint8Array;
      readonly awaited: AwaitedCopies | undefined;
    }
  | { readonly type: "delete"; readonly key: string; readonly awaited: AwaitedCopies | undefined }
  /**
   * What a snapshot has kept: taken up when it has been compared with somebody, so that what was deleted meanwhile is
   * known to be seen; or when nobody has come for so long.
   */
  | { readonly type: "load"; readonly saved: Delta<Uint8Array>; readonly patienceMs: number }
  /** Nobody is waited for any more: what a snapshot has kept is taken up now. */
  | { readonly type: "takeUp" }
  /** Nobody waits for copies any more. */
  | { readonly type: "unawait"; readonly ticket: number };

/** How many others must have told that they have it, before an event `mapKept` with this ticket. */
export interface AwaitedCopies {
  readonly ticket: number;
  readonly copies: number;
}

export interface MapRowChange {
  readonly key: string;
  /** Nothing where it was deleted. */
  readonly value: Uint8Array | undefined;
}

/** What a map tells the node. */
export type MapEvent =
  | {
      readonly type: "mapChanged";
      readonly map: string;
      readonly changes: readonly MapRowChange[];
      /** Whether it was done here. */
      readonly isLocal: boolean;
    }
  | { readonly type: "mapKept"; readonly map: string; readonly ticket: number }
  /** What a snapshot has kept has been taken up. */
  | { readonly type: "mapLoaded"; readonly map: string }
  /** For the first time, all is here that somebody else has. */
  | { readonly type: "mapInStep"; readonly map: string; readonly holder: string }
  /** Our clock differs from the others' by more than clocks may, or does so no more. */
  | { readonly type: "mapClockOff"; readonly map: string; readonly offMs: number }
  /** Somebody speaks of a map that is not here. */
  | { readonly type: "storeUnknown"; readonly store: string }
  /** Rows were refused because they come from further in the future than clocks may differ. */
  | { readonly type: "mapFromFuture"; readonly map: string; readonly rows: number };

interface Waiting extends AwaitedCopies {
  readonly dot: Dot;
  readonly holders: Set<string>;
}

interface SavedMapStore {
  readonly saved: Delta<Uint8Array>;
  readonly last: number;
  readonly time: ReturnType<ClusterTime["save"]>;
  readonly stability: SavedStability;
  readonly heardAt: readonly (readonly [holder: string, at: Instant])[];
  readonly waiting: readonly {
    readonly ticket: number;
    readonly copies: number;
    readonly dot: Dot;
    readonly holders: readonly string[];
  }[];
  readonly kept: KeptMap | undefined;
  readonly tendAt: Instant;
  readonly inStep: boolean;
  readonly offMs: number;
}

interface KeptMap {
  readonly saved: Delta<Uint8Array>;
  readonly until: Instant;
}

/** Time between two looks at what can be forgotten. */
const TEND_MS = 10_000;
/** Nodes whose reports are remembered. */
const MAX_HOLDERS = 4096;
/** Writes whose copies are waited for. */
const MAX_AWAITED = 65_536;

export class MapStore implements Store {
  readonly name: string;
  readonly map: LWWMap<Uint8Array>;
  readonly codec: MapCodec;
  readonly #clock: HybridClock;
  readonly #time: ClusterTime;
  readonly #forgetAfterMs: number;
  readonly #stability = new CausalStability();
  readonly #heardAt = new Map<string, Instant>();
  readonly #waiting = new Map<number, Waiting>();
  /** What a snapshot has kept, until it is taken up. */
  #kept: KeptMap | undefined;
  #tendAt: Instant = 0 as Instant;
  #inStep = false;
  #offMs = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(name: string, { replica, limits, maxDriftMs, forgetAfterMs }: MapStoreOptions) {
    this.name = name;
    this.#clock = new HybridClock({ maxDriftMs });
    this.map = new LWWMap({ replica, value: mapValue, clock: this.#clock, limits });
    this.codec = new MapCodec(this.map.limits);
    this.#time = new ClusterTime(maxDriftMs);
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Whether it wants to hear what others have seen in any case: for copies of a write, or because it has heard of nobody. */
  get asks(): boolean {
    return this.#waiting.size > 0 || !this.#inStep;
  }

  /** Others that hold the map, as far as is known. */
  get holders(): readonly string[] {
    return [...this.#heardAt.keys()];
  }

  mutate(mutation: Saved, turn: StoreTurn): Uint8Array | undefined {
    const asked = mutation as MapMutation;
    switch (asked.type) {
      case "set":
      case "delete":
        return this.#write(asked, turn);
      case "load":
        this.#kept = { saved: asked.saved, until: later(turn.now, asked.patienceMs) };
        if (this.#inStep) this.#takeUp(turn);
        return undefined;
      case "takeUp":
        this.#takeUp(turn);
        return undefined;
      case "unawait":
        this.#waiting.delete(asked.ticket);
        return undefined;
      default:
        throw optionError(
          "mutation",
          "set, delete, load, takeUp or unawait",
          (asked as MapMutation).type,
        );
    }
  }

  merge(delta: Uint8Array, turn: StoreTurn): boolean {
    return this.take(this.codec.readDelta(delta), turn);
  }

  /** Takes up what another has told; whether anything was new. */
  take(delta: Delta<Uint8Array>, turn: StoreTurn): boolean {
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
  ): { delta: Delta<Uint8Array>; more: boolean } | undefined {
    let bytes = 0;
    let more = false;
    const delta = this.map.delta(theirs, this.map.limits.maxDeltaRows, ({ key, value }) => {
      bytes += ROW_OVERHEAD_BYTES + utf8Size(key) + (value?.length ?? 0);
      more = bytes > maxBytes;
      return !more;
    });
    more ||= delta.rows.length === this.map.limits.maxDeltaRows;
    return delta.context.length === 0 ? undefined : { delta, more };
  }

  /** Somebody has spoken. */
  heard(holder: string, wallMs: number, { now, wallMs: ours, ...turn }: StoreTurn): void {
    this.#time.heard(holder, wallMs, now);
    if (!this.#heardAt.has(holder)) {
      if (this.#heardAt.size >= MAX_HOLDERS) return turn.drop("tooManyHolders");
      this.#heardAt.set(holder, now);
      this.#stability.setReplicas(this.#heardAt.keys());
    }
    this.#heardAt.set(holder, now);
    const { offMs } = this.#time.read(ours, now);
    if ((offMs === 0) !== (this.#offMs === 0)) {
      turn.notify<MapEvent>({ type: "mapClockOff", map: this.name, offMs });
    }
    this.#offMs = offMs;
  }

  /** Somebody has seen all this. */
  report(holder: string, context: DotRuns, turn: StoreTurn): void {
    this.#stability.report(holder, context);
    if (this.#waiting.size === 0) return;
    const seen = DotSet.from(context);
    for (const { ticket, copies, dot, holders } of this.#waiting.values()) {
      if (!seen.has(dot.replica, dot.number)) continue;
      holders.add(holder);
      if (holders.size < copies) continue;
      this.#waiting.delete(ticket);
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
    if (now < this.#tendAt || this.map.tombstones === 0) return;
    this.#tendAt = (now + TEND_MS) as Instant;
    for (const [holder, at] of this.#heardAt) {
      if (now - at > this.#forgetAfterMs) this.#heardAt.delete(holder);
    }
    this.#stability.setReplicas(this.#heardAt.keys());
    const before = stampOf(Math.max(0, turn.wallMs - this.#forgetAfterMs));
    this.map.prune(this.#stability.stable(this.map.context()), before);
  }

  save(): SavedMapStore {
    const waiting = [...this.#waiting.values()].map(({ ticket, copies, dot, holders }) => {
      return { ticket, copies, dot, holders: [...holders] };
    });
    return {
      saved: this.map.save(),
      last: this.#clock.save(),
      time: this.#time.save(),
      stability: this.#stability.save(),
      heardAt: [...this.#heardAt],
      waiting,
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
    this.#stability.restore(from.stability);
    for (const [holder, at] of from.heardAt) this.#heardAt.set(holder, at);
    for (const { holders, ...one } of from.waiting) {
      this.#waiting.set(one.ticket, { ...one, holders: new Set(holders) });
    }
    this.#kept = from.kept;
    this.#tendAt = from.tendAt;
    this.#inStep = from.inStep;
    this.#offMs = from.offMs;
  }

  #write(asked: Extract<MapMutation, { type: "set" | "delete" }>, turn: StoreTurn): Uint8Array {
    const { awaited } = asked;
    if (awaited !== undefined && this.#waiting.size >= MAX_AWAITED) {
      throw new HearsayError(
        "ERR_QUEUE_FULL",
        `copies of ${MAX_AWAITED} writes are waited for already`,
      );
    }
    const { writeMs } = this.#time.read(Math.max(0, turn.wallMs), turn.now);
    const delta =
      asked.type === "set"
        ? this.map.set(asked.key, asked.value, writeMs)
        : this.map.delete(asked.key, writeMs);
    const [dot] = delta.rows;
    if (awaited !== undefined && dot !== undefined) {
      this.#waiting.set(awaited.ticket, { ...awaited, dot, holders: new Set() });
    }
    this.#tellChanges([asked.key], true, turn);
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
    const changes = keys.map((key) => ({ key, value: this.map.get(key) }));
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
