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

/** Most members have changed once, when they joined: one entry needs no list around it. */
type Ring = HistoryEntry | HistoryEntry[];

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
    return entriesOf(this.#rings.get(name)).slice();
  }

  /** Returns how many members were left out for it. */
  record(name: string, entry: HistoryEntry): number {
    const { historyEntries, maxHistoryBytes } = this.#config;
    if (historyEntries === 0) return 0;
    this.#append(name, entry);
    this.#bytes += bytesOf(entry);
    let leftOut = 0;
    for (const [oldest, ring] of this.#rings) {
      if (this.#bytes <= maxHistoryBytes) break;
      this.#rings.delete(oldest);
      for (const gone of entriesOf(ring)) this.#bytes -= bytesOf(gone);
      leftOut++;
    }
    return leftOut;
  }

  save(): ReadonlyMap<string, readonly HistoryEntry[]> {
    return new Map([...this.#rings].map(([name, ring]) => [name, entriesOf(ring).slice()]));
  }

  restore(saved: ReadonlyMap<string, readonly HistoryEntry[]>): void {
    for (const [name, entries] of saved) {
      this.#rings.set(name, entries.length === 1 ? (entries[0] as HistoryEntry) : [...entries]);
      for (const entry of entries) this.#bytes += bytesOf(entry);
    }
  }

  #append(name: string, entry: HistoryEntry): void {
    const ring = this.#rings.get(name);
    this.#rings.delete(name);
    if (ring === undefined) {
      this.#rings.set(name, entry);
      return;
    }
    const entries = [...entriesOf(ring), entry];
    if (entries.length > this.#config.historyEntries) {
      this.#bytes -= bytesOf(entries.shift() as HistoryEntry);
    }
    this.#rings.set(name, entries);
  }
}

function entriesOf(ring: Ring | undefined): readonly HistoryEntry[] {
  if (ring === undefined) return [];
  return Array.isArray(ring) ? ring : [ring];
}

function bytesOf({ reason }: HistoryEntry): number {
  let letters = 0;
  if ("relays" in reason) for (const name of reason.relays) letters += name.length;
  if ("confirmedBy" in reason) for (const name of reason.confirmedBy) letters += name.length;
  return ENTRY_BYTES + 2 * letters;
}
