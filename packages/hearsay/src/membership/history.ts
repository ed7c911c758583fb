/**
 * History: the latest changes of each member, with their reasons, so that what happened an hour ago can be
 * explained although the member is forgotten.
 *
 *     a ring for each member:  historyEntries       all rings together:  maxHistoryBytes
 *
 * When the memory is full, the member whose last change is longest ago is left out first.
 * @module
 */
import type { Address, Incarnation, Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { MembershipEvent } from "./events.ts";
import type { MemberState } from "./member.ts";
import type { Reason } from "./reasons.ts";

export type HistoryConfig = Pick<MembershipConfig, "historyEntries" | "maxHistoryBytes">;

/** One change of a member, as this node has seen it. */
export interface HistoryEntry {
  readonly type: MembershipEvent["type"];
  readonly at: Instant;
  /** The member after the change. */
  readonly state: MemberState;
  readonly incarnation: Incarnation;
  readonly address: Address;
  readonly reason: Reason;
}

interface Ring {
  readonly entries: HistoryEntry[];
  bytes: number;
}

/** What an entry takes beside the names in its reason, generously. */
const ENTRY_BYTES = 256;

export class History {
  readonly #config: HistoryConfig;
  /** The member that has changed last comes last. */
  readonly #rings = new Map<string, Ring>();
  #bytes = 0;

  constructor(config: HistoryConfig) {
    this.#config = config;
  }

  /** Members that there is something to say of. */
  get size(): number {
    return this.#rings.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is remembered of a member, oldest first. */
  of(name: string): readonly HistoryEntry[] {
    return this.#rings.get(name)?.entries.slice() ?? [];
  }

  /** Returns how many members were left out for it. */
  record(name: string, entry: HistoryEntry): number {
    const { historyEntries, maxHistoryBytes } = this.#config;
    if (historyEntries === 0) return 0;
    const ring = this.#rings.get(name) ?? { entries: [], bytes: 0 };
    this.#rings.delete(name);
    this.#rings.set(name, ring);
    this.#grow(ring, bytesOf(entry));
    ring.entries.push(entry);
    if (ring.entries.length > historyEntries) {
      this.#grow(ring, -bytesOf(ring.entries.shift() as HistoryEntry));
    }
    let leftOut = 0;
    for (const [oldest, { bytes }] of this.#rings) {
      if (this.#bytes <= maxHistoryBytes) break;
      this.#rings.delete(oldest);
      this.#bytes -= bytes;
      leftOut++;
    }
    return leftOut;
  }

  #grow(ring: Ring, bytes: number): void {
    ring.bytes += bytes;
    this.#bytes += bytes;
  }
}

function bytesOf({ reason }: HistoryEntry): number {
  let letters = 0;
  if ("relays" in reason) for (const name of reason.relays) letters += name.length;
  if ("confirmedBy" in reason) for (const name of reason.confirmedBy) letters += name.length;
  return ENTRY_BYTES + 2 * letters;
}
