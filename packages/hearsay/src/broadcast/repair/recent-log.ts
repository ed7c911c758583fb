/**
 * What has been delivered lately, so that others who miss some of it can be given it.
 *
 *     digest    per origin: from where on it is complete, and which numbers are kept      small
 *     delta     what somebody with that digest lacks                                      as much as is asked for
 *
 * Bounded by count, bytes and origins. What has been given up is not asked for again: the floor of its origin rises
 * above it.
 * @module
 */
import type { Instant } from "../../kernel/index.ts";
import type { Publication, PublicationId } from "../publication.ts";

/**
 * Two that can be brought to the same: the interface of anti-entropy. A digest says what one has, a delta is what
 * another has more, merging it is what closes the gap.
 */
export interface Reconcilable<D, P> {
  /** What we have, in `maxBytes` at most. */
  digest(maxBytes: number): D;
  /**
   * What somebody with this digest lacks of what we had at the instant `until`, as much as `take` accepts; false when it
   * has not accepted all. What is younger may be on its way to them.
   */
  delta(theirs: D, until: Instant, take: (part: P) => boolean): boolean;
  /** Whether somebody with this digest has something that we lack. */
  isBehind(theirs: D): boolean;
}

export interface RecentLogLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly maxOrigins: number;
}

export interface Kept extends Publication {
  /** Hops that it had crossed when it came. */
  readonly hops: number;
}

export interface OriginDigest {
  readonly origin: string;
  readonly epoch: number;
  /** Up to here nothing is wanted. */
  readonly floor: number;
  /** What is kept beyond it: first, last, first, last … */
  readonly ranges: readonly number[];
}

export interface LogDigest {
  /** Whether origins that are not in it are unknown, or only left out. */
  readonly complete: boolean;
  readonly origins: readonly OriginDigest[];
}

export interface SavedRecentLog {
  /** The oldest first, each with when it came. */
  readonly kept: readonly (readonly [kept: Kept, at: Instant])[];
  readonly floors: readonly (readonly [origin: string, epoch: number, floor: number])[];
  readonly next: number;
}

/** Runs of numbers told of one origin; of more, the lowest count as given up. */
export const MAX_RUNS = 32;
/** Bytes that an origin without runs takes in a digest, beside its name, and each run, at most. */
const ORIGIN_BYTES = 16;
const RUN_BYTES = 10;
/** Numbers that are tried one by one before all are looked at. */
const STEPS = 64;
/** What a publication costs beside its payload, about. */
const OVERHEAD_BYTES = 200;

class OriginLog {
  readonly epoch: number;
  floor = 0;
  readonly kept = new Map<number, Kept>();

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  wants(number: number): boolean {
    return number > this.floor && !this.kept.has(number);
  }

  lowest(): Kept | undefined {
    // Where little is missing, it is the next but few.
    for (let number = this.floor + 1; number <= this.floor + STEPS; number++) {
      const kept = this.kept.get(number);
      if (kept !== undefined) return kept;
    }
    let lowest = Infinity;
    for (const number of this.kept.keys()) lowest = Math.min(lowest, number);
    return this.kept.get(lowest);
  }

  runs(): number[] {
    const numbers = [...this.kept.keys()].sort((a, b) => a - b);
    const runs: number[] = [];
    for (const number of numbers) {
      if (runs.at(-1) === number - 1) runs[runs.length - 1] = number;
      else runs.push(number, number);
    }
    return runs.slice(-2 * MAX_RUNS);
  }
}

export class RecentLog implements Reconcilable<LogDigest, Kept> {
  readonly #limits: RecentLogLimits;
  /** The origin that has been silent longest first. */
  readonly #origins = new Map<string, OriginLog>();
  /** When each came, the oldest first. */
  readonly #order = new Map<Kept, Instant>();
  #bytes = 0;
  /** Where the next digest begins, if they cannot hold all origins. */
  #next = 0;

  constructor(limits: RecentLogLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#order.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has({ origin, epoch, number }: PublicationId): boolean {
    const log = this.#origins.get(origin);
    return log?.epoch === epoch && log.kept.has(number);
  }

  add(publication: Publication, hops: number, now: Instant): void {
    const { topic, origin, epoch, number, payload } = publication;
    const log = this.#open(origin, epoch);
    if (log === undefined || !log.wants(number)) return;
    const kept: Kept = { topic, origin, epoch, number, payload, hops };
    log.kept.set(number, kept);
    this.#order.set(kept, now);
    this.#bytes += sizeOf(kept);
    const { maxCount, maxBytes } = this.#limits;
    for (const oldest of this.#order.keys()) {
      if (this.#order.size <= maxCount && this.#bytes <= maxBytes) return;
      // Of its origin the lowest number goes, whenever it came: the floor must not rise above what is kept.
      const lowest = this.#origins.get(oldest.origin)?.lowest();
      this.#forget(lowest ?? oldest);
    }
  }

  digest(maxBytes: number): LogDigest {
    const logs = [...this.#origins];
    const origins: OriginDigest[] = [];
    let room = maxBytes;
    for (let i = 0; i < logs.length; i++) {
      const [origin, log] = logs[(this.#next + i) % logs.length] as [string, OriginLog];
      const ranges = log.runs();
      room -= 3 * origin.length + ORIGIN_BYTES + (ranges.length / 2) * RUN_BYTES;
      if (room < 0 && i > 0) {
        this.#next = (this.#next + i) % logs.length;
        return { complete: false, origins };
      }
      const lowest = ranges.length < 2 * MAX_RUNS ? 0 : (ranges[0] as number) - 1;
      const floor = Math.max(log.floor, lowest);
      origins.push({ origin, epoch: log.epoch, floor, ranges });
    }
    this.#next = 0;
    return { complete: true, origins };
  }

  delta({ complete, origins }: LogDigest, until: Instant, take: (kept: Kept) => boolean): boolean {
    const theirs = new Map(origins.map((one) => [one.origin, one]));
    for (const [kept, at] of this.#order) {
      if (at > until) return true;
      const row = theirs.get(kept.origin);
      if (row === undefined ? !complete : !wants(row, kept)) continue;
      if (!take(kept)) return false;
    }
    return true;
  }

  isBehind({ origins }: LogDigest): boolean {
    return origins.some(({ origin, epoch, ranges }) => {
      const log = this.#origins.get(origin);
      if (log === undefined || log.epoch < epoch) return ranges.length > 0;
      if (log.epoch > epoch) return false;
      for (let i = 0; i + 1 < ranges.length; i += 2) {
        if (this.#lacksAny(log, ranges[i] as number, ranges[i + 1] as number)) return true;
      }
      return false;
    });
  }

  save(): SavedRecentLog {
    const floors = [...this.#origins].map(([origin, { epoch, floor }]) => {
      return [origin, epoch, floor] as const;
    });
    return { kept: [...this.#order], floors, next: this.#next };
  }

  /** Of an empty one. */
  restore({ kept, floors, next }: SavedRecentLog): void {
    for (const [origin, epoch, floor] of floors) {
      const log = new OriginLog(epoch);
      log.floor = floor;
      this.#origins.set(origin, log);
    }
    for (const [one, at] of kept) {
      this.#origins.get(one.origin)?.kept.set(one.number, one);
      this.#order.set(one, at);
      this.#bytes += sizeOf(one);
    }
    this.#next = next;
  }

  /** Whether any number of a run is wanted: what somebody claims to have may be more than can be counted. */
  #lacksAny(log: OriginLog, first: number, last: number): boolean {
    const from = Math.max(first, log.floor + 1);
    if (last - from >= this.#limits.maxCount) return true;
    for (let number = from; number <= last; number++) {
      if (!log.kept.has(number)) return true;
    }
    return false;
  }

  /** The log of an origin's boot, made if need be; nothing of an earlier boot than we know. */
  #open(origin: string, epoch: number): OriginLog | undefined {
    const known = this.#origins.get(origin);
    if (known !== undefined && known.epoch > epoch) return undefined;
    if (known?.epoch === epoch) {
      this.#origins.delete(origin);
      this.#origins.set(origin, known);
      return known;
    }
    if (known !== undefined) this.#close(origin, known);
    else if (this.#origins.size >= this.#limits.maxOrigins) {
      const [silent] = this.#origins;
      if (silent !== undefined) this.#close(...silent);
    }
    const log = new OriginLog(epoch);
    this.#origins.set(origin, log);
    return log;
  }

  #close(origin: string, log: OriginLog): void {
    for (const kept of log.kept.values()) this.#forget(kept);
    this.#origins.delete(origin);
  }

  #forget(kept: Kept): void {
    const log = this.#origins.get(kept.origin);
    if (log !== undefined) {
      log.kept.delete(kept.number);
      log.floor = Math.max(log.floor, kept.number);
    }
    this.#order.delete(kept);
    this.#bytes -= sizeOf(kept);
  }
}

function wants({ epoch, floor, ranges }: OriginDigest, kept: Kept): boolean {
  if (epoch !== kept.epoch) return epoch < kept.epoch;
  if (kept.number <= floor) return false;
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    if (kept.number >= (ranges[i] as number) && kept.number <= (ranges[i + 1] as number)) {
      return false;
    }
  }
  return true;
}

function sizeOf({ payload }: Kept): number {
  return OVERHEAD_BYTES + (payload?.length ?? 0);
}
