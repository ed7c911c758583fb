/**
 * The keys of one owner, in the order of their versions: what Scuttlebutt reconciles.
 *
 *     version   1     2     3     4     5     6     7        version = 7, the newest
 *               ·    zone   ·     ·   ✝ip    ·    load       · written over since;  ✝ deleted, still remembered
 *                                 floor                      deletions up to here are remembered no more
 *
 * Each write takes the next version, and each key has the version of its last write. Who knows the owner up to version
 * v therefore lacks exactly what is behind v, and a delta that ends early leaves off the newest alone: whatever of the
 * owner was not told has a greater version than all that was. That is the invariant of Scuttlebutt.
 *
 * A deletion that is forgotten leaves a mark, the floor. Whoever has heard less than that may hold keys whose
 * deletion nobody remembers, and is given the whole state in place of its own.
 * @see van Renesse, Dumitriu, Gough, Thomas 2008, Efficient reconciliation and flow control for anti-entropy protocols
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import { later, NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { StateConfig } from "./config.ts";
import type { DeltaEntry, OwnerDelta } from "./wire.ts";

/** A key of an owner. Never changed: a write makes a new one. */
export interface StateEntry {
  readonly key: string;
  readonly version: number;
  /** `undefined` for one that was deleted. */
  readonly value: Uint8Array | undefined;
  /** When it ends by itself, on our clock. */
  readonly expiresAt: Instant;
  /** When we heard of it, on our clock. */
  readonly since: Instant;
}

/** What a delta, or a write of our own, has made of a key. */
export interface KeyChange {
  readonly before: StateEntry | undefined;
  readonly after: StateEntry | undefined;
}

/** Why a delta was not taken in; a drop reason. */
export type DeltaRefusal = "staleDelta" | "gapInDelta" | "disorderedDelta" | "ownerTooLarge";

export interface SavedOwnerState {
  readonly owner: string;
  readonly generation: number;
  readonly version: number;
  readonly floor: number;
  readonly entries: readonly StateEntry[];
}

/** What a key takes beside its own bytes and those of its value. */
const ENTRY_BYTES = 32;

export class OwnerState {
  readonly owner: string;
  readonly hash: number;
  #generation: number;
  #version = 0;
  #floor = 0;
  #bytes = 0;
  /** A write takes its key to the end, so that the order is that of the versions. */
  readonly #entries = new Map<string, StateEntry>();

  constructor(owner: string, generation: number) {
    this.owner = owner;
    this.hash = hashOf(owner);
    this.#generation = generation;
  }

  get generation(): number {
    return this.#generation;
  }

  get version(): number {
    return this.#version;
  }

  /** Deletions up to this version are remembered no more. */
  get floor(): number {
    return this.#floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Deleted keys included that are still remembered. */
  get entries(): ReadonlyMap<string, StateEntry> {
    return this.#entries;
  }

  /** Those with a version greater than `version`, the oldest first. */
  after(version: number): StateEntry[] {
    const newer: StateEntry[] = [];
    if (version >= this.#version) return newer;
    for (const entry of this.#entries.values()) if (entry.version > version) newer.push(entry);
    return newer;
  }

  /** Whether somebody who stands at `version` may hold keys whose deletion nobody remembers. */
  isForgottenBy(version: number): boolean {
    return version > 0 && version < this.#floor;
  }

  /** A run of the owner begins: who stands before that version holds keys of another one, and is given all in their place. */
  beginAfter(version: number): void {
    this.#version = version;
    this.#floor = version;
  }

  /** A write by the owner; `undefined` deletes. */
  write(key: string, value: Uint8Array | undefined, expiresAt: Instant, now: Instant): KeyChange {
    const before = this.#entries.get(key);
    const after = { key, version: ++this.#version, value, expiresAt, since: now };
    this.#put(after);
    return { before, after };
  }

  /** The owner forgets deletions that are older than `graceMs`; false if there are none. */
  collect(graceMs: number, now: Instant): boolean {
    let floor = 0;
    for (const { key, version, value, since } of this.#entries.values()) {
      if (value !== undefined) continue;
      if (now < later(since, graceMs)) break;
      floor = version;
      this.#remove(key);
    }
    if (floor === 0) return false;
    this.#floor = floor;
    // A version of its own, so that others hear of it.
    this.#version++;
    return true;
  }

  /** The owner begins another run with the keys that it has. */
  moveTo(generation: number, now: Instant): void {
    const all = [...this.#entries.values()];
    this.#generation = generation;
    this.#version = 0;
    this.#floor = 0;
    this.#clear();
    for (const { key, value, expiresAt } of all) {
      if (value !== undefined) this.write(key, value, expiresAt, now);
    }
    // So that others hear of it, should there be no key.
    this.#version++;
  }

  /** Takes in what somebody has told of the owner; what has changed, or why nothing did. */
  apply(delta: OwnerDelta, limits: StateConfig, now: Instant): KeyChange[] | DeltaRefusal {
    const isNewRun = delta.generation > this.#generation;
    const known = isNewRun ? 0 : this.#version;
    if (delta.generation < this.#generation || delta.upTo <= known) return "staleDelta";
    if (delta.from > known) return "gapInDelta";
    if (!isOrdered(delta)) return "disorderedDelta";
    // Made for somebody who has nothing, it tells of all keys that there are: what has come meanwhile from others may have
    // been deleted, and that forgotten.
    const isOutrun = delta.from === 0 && known < delta.floor;
    const replaces = isNewRun || delta.whole || isOutrun;
    const told = replaces ? delta.entries : delta.entries.filter((entry) => entry.version > known);
    if (!this.#hasRoom(told, replaces, limits)) return "ownerTooLarge";
    const old = replaces ? this.#clear() : undefined;
    const changes: KeyChange[] = [];
    for (const { key, version, value, ttlMs } of told) {
      const before = old === undefined ? this.#entries.get(key) : old.get(key);
      if (!isNewRun && before?.version === version) {
        this.#put(before);
        continue;
      }
      const expiresAt = ttlMs === 0 ? NEVER : later(now, ttlMs);
      const after = { key, version, value, expiresAt, since: now };
      this.#put(after);
      changes.push({ before, after });
    }
    for (const before of old?.values() ?? []) {
      if (!this.#entries.has(before.key)) changes.push({ before, after: undefined });
    }
    if (isNewRun) this.#floor = 0;
    this.#generation = delta.generation;
    this.#version = delta.upTo;
    this.#raiseFloor(delta.floor);
    return changes;
  }

  save(): SavedOwnerState {
    const { owner, generation, version, floor } = this;
    return { owner, generation, version, floor, entries: [...this.#entries.values()] };
  }

  static restored(saved: SavedOwnerState): OwnerState {
    const state = new OwnerState(saved.owner, saved.generation);
    for (const entry of saved.entries) state.#put(entry);
    state.#version = saved.version;
    state.#floor = saved.floor;
    return state;
  }

  /** All that there was, for who puts in its place what there is now. */
  #clear(): Map<string, StateEntry> {
    const old = new Map(this.#entries);
    this.#entries.clear();
    this.#bytes = 0;
    return old;
  }

  /** Whoever has heard all up to the floor needs no memory of deletions up to there. */
  #raiseFloor(floor: number): void {
    if (floor <= this.#floor || floor > this.#version) return;
    this.#floor = floor;
    for (const { key, version, value } of this.#entries.values()) {
      if (version > floor) break;
      if (value === undefined) this.#remove(key);
    }
  }

  #hasRoom(entries: readonly DeltaEntry[], replaces: boolean, limits: StateConfig): boolean {
    let bytes = replaces ? 0 : this.#bytes;
    let count = replaces ? 0 : this.#entries.size;
    for (const { key, value } of entries) {
      const before = replaces ? undefined : this.#entries.get(key);
      if (before === undefined) count++;
      else bytes -= entryBytes(before);
      bytes += entryBytes({ key, value });
    }
    return bytes <= limits.maxOwnerBytes && count <= limits.maxKeys;
  }

  #put(entry: StateEntry): void {
    this.#remove(entry.key);
    this.#entries.set(entry.key, entry);
    this.#bytes += entryBytes(entry);
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entryBytes(entry);
  }
}

/** What a key counts for in the limits of an owner. */
export function entryBytes({ key, value }: Pick<StateEntry, "key" | "value">): number {
  return ENTRY_BYTES + utf8Size(key) + (value?.length ?? 0);
}

/** Whether versions rise, no key comes twice, and all is within what the delta says of itself. */
function isOrdered({ from, upTo, entries, whole }: OwnerDelta): boolean {
  let last = whole ? 0 : from;
  const keys = new Set<string>();
  for (const { key, version } of entries) {
    if (version <= last || version > upTo || keys.has(key)) return false;
    last = version;
    keys.add(key);
  }
  return true;
}

/** FNV-1a over the UTF-16 units, then mixed: owners are spread over 32 bits. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** The last step of MurmurHash3: each bit of the number moves half of the bits of the result. */
export function mixed(number: number): number {
  let hash = number ^ (number >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
