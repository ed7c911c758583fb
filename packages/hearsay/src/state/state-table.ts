/**
 * What a node knows of the state of all owners, and how it tells where it stands.
 *
 *     ring      owners in the order of their hashes, live members alone
 *
 *               0 ├──a─f──┼─c─────┼──────e┼─b──d──┤ 2³²
 *     sums          part 0   part 1  part 2  part 3      all (owner, generation, version) of a part, mixed into 32 bits
 *
 * Two nodes whose sums agree have the same; where they differ, the digests of that part tell more. A member that has failed
 * is taken out of the ring: nobody tells or believes anything of it, so that its state cannot come back from somebody
 * who learns of the failure late. It is kept, in case the member proves us wrong.
 * @module
 */
import { hashOf, mixed, OwnerState } from "./owner-state.ts";
import type { SavedOwnerState } from "./owner-state.ts";
import { digestSize, MAX_PARTS } from "./wire.ts";
import type { Digest } from "./wire.ts";

export interface SavedStateTable {
  readonly owners: readonly SavedOwnerState[];
  readonly live: ReadonlySet<string>;
  readonly hot: ReadonlyMap<string, number>;
  readonly cursor: number;
}

/** Digests, and the ranges of hashes in which they are all that there are. */
export interface DigestPart {
  readonly ranges: readonly number[];
  readonly digests: readonly Digest[];
}

/** Owners of one part, about. */
const OWNERS_A_PART = 8;
const LARGEST_HASH = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;

export class StateTable {
  readonly #owners = new Map<string, OwnerState>();
  /** Members whose state is told and believed. */
  readonly #live = new Set<string>();
  /** Owners that are live, by hash. */
  readonly #ring: OwnerState[] = [];
  readonly #sums = new Uint32Array(MAX_PARTS);
  /** Owners that have changed lately, the latest last, and in how many exchanges they are still to be named. */
  readonly #hot = new Map<OwnerState, number>();
  /** Where the rotating part goes on. */
  #cursor = 0;
  #bytes = 0;

  /** Owners that are told of. */
  get size(): number {
    return this.#ring.length;
  }

  /** Members that are live, with state or without. */
  get liveMembers(): number {
    return this.#live.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isHot(): boolean {
    return this.#hot.size > 0;
  }

  get owners(): ReadonlyMap<string, OwnerState> {
    return this.#owners;
  }

  isLive(member: string): boolean {
    return this.#live.has(member);
  }

  /** The state of a live member, if it has any that is known. */
  get(owner: string): OwnerState | undefined {
    return this.#live.has(owner) ? this.#owners.get(owner) : undefined;
  }

  /** A member is live: its state is told and believed. Returns what was kept of it. */
  admit(member: string): OwnerState | undefined {
    if (this.#live.has(member)) return undefined;
    this.#live.add(member);
    const kept = this.#owners.get(member);
    if (kept !== undefined) this.#enter(kept);
    return kept;
  }

  /** A member is live no more. Returns its state, which is kept or forgotten. */
  dismiss(member: string, keep: boolean): OwnerState | undefined {
    const state = this.#owners.get(member);
    const wasLive = this.#live.delete(member);
    if (state === undefined) return undefined;
    if (wasLive) this.#leave(state);
    if (!keep) {
      this.#owners.delete(member);
      this.#bytes -= state.bytes;
    }
    return wasLive ? state : undefined;
  }

  /** Lets `change` do something to an owner, which is made if it is not known. */
  change<T>(owner: string, generation: number, change: (state: OwnerState) => T): T {
    const known = this.#owners.get(owner);
    const state = known ?? new OwnerState(owner, generation);
    const { bytes, version, generation: before } = state;
    this.#mix(state);
    const result = change(state);
    if (known === undefined && state.version > 0) {
      this.#owners.set(owner, state);
      this.#enter(state);
    } else this.#mix(state);
    this.#bytes += state.bytes - bytes;
    if (state.version !== version || state.generation !== before) this.#heat(state);
    return result;
  }

  /** The sums of so many parts that each has a handful of owners. */
  sums(): Uint8Array {
    let parts = 1;
    while (parts < MAX_PARTS && parts * OWNERS_A_PART < this.#ring.length) parts *= 2;
    const sums = this.#folded(parts);
    const bytes = new Uint8Array(4 * parts);
    for (const [i, sum] of sums.entries()) {
      for (let j = 0; j < 4; j++) bytes[4 * i + j] = sum >>> (8 * j);
    }
    return bytes;
  }

  /** Owners that have changed lately, the latest first, as far as `room` goes; each is named so many times. */
  hotDigests(room: number): Digest[] {
    const digests: Digest[] = [];
    let left = room;
    for (const state of [...this.#hot.keys()].toReversed()) {
      const digest = digestOf(state);
      left -= digestSize(digest);
      if (left < 0) break;
      digests.push(digest);
      this.#coolOne(state);
    }
    return digests;
  }

  /** All have been named, or there is nobody to name them to. */
  cool(): void {
    for (const state of this.#hot.keys()) this.#coolOne(state);
  }

  /** The next owners in the ring, at most `count`, as far as `room` goes: all, in as many turns as it takes. */
  rotatingPart(room: number, count: number): DigestPart {
    return this.#part([[this.#cursor, LARGEST_HASH]], room, count);
  }

  /** All owners, in parts of which each fits into `room`. */
  allParts(room: number): DigestPart[] {
    const parts: DigestPart[] = [];
    this.#cursor = 0;
    do parts.push(this.#part([[this.#cursor, LARGEST_HASH]], room, Infinity));
    while (this.#cursor > 0);
    return parts;
  }

  allDigests(): Digest[] {
    return this.#ring.map(digestOf);
  }

  /**
   * The digests of the parts in which we differ from somebody with these sums, as far as `room` goes, but for what the
   * digests that it has named explain.
   */
  unexplained(sums: Uint8Array, named: readonly Digest[], room: number): DigestPart {
    const parts = sums.length / 4;
    if (!Number.isInteger(parts) || parts > MAX_PARTS || (MAX_PARTS / parts) % 1 !== 0) {
      return { ranges: [], digests: [] };
    }
    const ours = this.#folded(parts);
    const width = TWO_32 / parts;
    for (const digest of named) {
      const state = this.#owners.get(digest.owner);
      const hash = state?.hash ?? hashOf(digest.owner);
      const part = Math.floor(hash / width);
      // As if we had heard what it has named.
      if (state !== undefined && this.#live.has(digest.owner)) {
        ours[part] = (ours[part] as number) ^ mark(hash, state);
      }
      ours[part] = (ours[part] as number) ^ mark(hash, digest);
    }
    const differing: [number, number][] = [];
    for (let i = 0; i < parts; i++) {
      if (ours[i] !== readSum(sums, i)) differing.push([i * width, (i + 1) * width - 1]);
    }
    if (differing.length === 0) return { ranges: [], digests: [] };
    // Those behind the cursor first, so that each gets its turn where they do not all fit.
    const next = differing.findIndex(([low]) => low >= this.#cursor);
    const turned = [
      ...differing.slice(Math.max(0, next)),
      ...differing.slice(0, Math.max(0, next)),
    ];
    return this.#part(turned, room, Infinity);
  }

  /** Owners in the ranges, which are pairs of hashes, that are not among `named`. */
  unnamed(ranges: readonly number[], named: ReadonlySet<string>): Set<OwnerState> {
    const unnamed = new Set<OwnerState>();
    for (let i = 0; i + 1 < ranges.length; i += 2) {
      const high = ranges[i + 1] as number;
      for (let at = this.#indexOf(ranges[i] as number); at < this.#ring.length; at++) {
        const state = this.#ring[at] as OwnerState;
        if (state.hash > high) break;
        if (!named.has(state.owner)) unnamed.add(state);
      }
    }
    return unnamed;
  }

  save(): SavedStateTable {
    return {
      owners: [...this.#owners.values()].map((state) => state.save()),
      live: new Set(this.#live),
      hot: new Map([...this.#hot].map(([{ owner }, times]) => [owner, times])),
      cursor: this.#cursor,
    };
  }

  restore({ owners, live, hot, cursor }: SavedStateTable): void {
    for (const saved of owners) {
      const state = OwnerState.restored(saved);
      this.#owners.set(state.owner, state);
      this.#bytes += state.bytes;
    }
    // We ourselves live from the start, but what we have was not there yet.
    this.#live.clear();
    for (const member of live) this.admit(member);
    this.#hot.clear();
    for (const [owner, times] of hot) this.#hot.set(this.#owners.get(owner) as OwnerState, times);
    this.#cursor = cursor;
  }

  /** The digests of as much of the ranges as fits; the cursor is left behind it. */
  #part(ranges: readonly (readonly [number, number])[], room: number, count: number): DigestPart {
    const told: number[] = [];
    const digests: Digest[] = [];
    let left = room;
    for (const [low, high] of ranges) {
      left -= RANGE_BYTES;
      let end = high;
      for (let at = this.#indexOf(low); at < this.#ring.length; at++) {
        const state = this.#ring[at] as OwnerState;
        if (state.hash > high) break;
        const digest = digestOf(state);
        left -= digestSize(digest);
        if (left < 0 || digests.length >= count) {
          // Not below `low`, or who chooses names of one hash would keep us here for ever.
          end = Math.max(low, state.hash - 1);
          break;
        }
        digests.push(digest);
      }
      told.push(low, end);
      this.#cursor = end >= LARGEST_HASH ? 0 : end + 1;
      if (end < high) break;
    }
    return { ranges: told, digests };
  }

  #enter(state: OwnerState): void {
    this.#ring.splice(this.#indexOf(state.hash), 0, state);
    this.#mix(state);
    this.#heat(state);
  }

  #leave(state: OwnerState): void {
    this.#mix(state);
    this.#ring.splice(this.#ring.indexOf(state), 1);
    this.#hot.delete(state);
  }

  /** As often as a rumor is passed on until all have it. */
  #heat(state: OwnerState): void {
    if (!this.#live.has(state.owner)) return;
    this.#hot.delete(state);
    this.#hot.set(state, 3 + bitsOf(this.#live.size));
  }

  #coolOne(state: OwnerState): void {
    const times = this.#hot.get(state) ?? 0;
    if (times > 1) this.#hot.set(state, times - 1);
    else this.#hot.delete(state);
  }

  /** Into the sum, or out of it again. */
  #mix(state: OwnerState): void {
    if (!this.#live.has(state.owner) || !this.#owners.has(state.owner)) return;
    const part = state.hash >>> 26;
    this.#sums[part] = (this.#sums[part] as number) ^ mark(state.hash, state);
  }

  #folded(parts: number): Uint32Array {
    const sums = new Uint32Array(parts);
    const each = MAX_PARTS / parts;
    for (let i = 0; i < MAX_PARTS; i++) {
      const part = Math.floor(i / each);
      sums[part] = (sums[part] as number) ^ (this.#sums[i] as number);
    }
    return sums;
  }

  /** The first in the ring with this hash or a greater one. */
  #indexOf(hash: number): number {
    let low = 0;
    let high = this.#ring.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ring[middle] as OwnerState).hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Two hashes, as they are written. */
const RANGE_BYTES = 10;

export function digestOf({ owner, generation, version }: OwnerState): Digest {
  return { owner, generation, version };
}

/** Of `a` and `b`, who has heard more of the owner: above 0 if it is `a`. */
export function compareDigests(
  a: Pick<Digest, "generation" | "version">,
  b: Pick<Digest, "generation" | "version">,
): number {
  return a.generation === b.generation ? a.version - b.version : a.generation - b.generation;
}

function mark(
  hash: number,
  { generation, version }: Pick<Digest, "generation" | "version">,
): number {
  const low = mixed(
    hash ^ Math.imul(generation, 0x9e37_79b1) ^ Math.imul(version | 0, 0x85eb_ca77),
  );
  return mixed(low ^ Math.floor(version / TWO_32));
}

function readSum(sums: Uint8Array, i: number): number {
  let sum = 0;
  for (let j = 0; j < 4; j++) sum |= (sums[4 * i + j] as number) << (8 * j);
  return sum >>> 0;
}

/** Binary digits of a count: its logarithm, rounded up. */
function bitsOf(count: number): number {
  return 32 - Math.clz32(count);
}
