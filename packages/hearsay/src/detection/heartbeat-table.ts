/**
 * Who is watched, and the newest heartbeat of each.
 *
 *     add ──▶ alive ──▶ suspected ──▶ failed ──▶ (gone: forgotten)
 *               ▲           │            │
 *               └── heard ──┴────────────┘
 *
 * Heartbeats only grow, and merge by the greater. Those who have failed are told of no more, so that nobody hears of them by
 * way of others for ever.
 * @module
 */
import type { Instant, PeerId } from "../kernel/index.ts";
import { LARGEST_HEARTBEAT, MESSAGE_BYTES, sizeOf } from "./wire.ts";
import type { Heartbeat, Heartbeats } from "./wire.ts";

/** What came of a heartbeat: only `newer` changes anything. */
export type Merged = "newer" | "old" | "unknownMember" | "farAhead";

/** A heartbeat is believed if it is no more ahead than this: a liar could use up their numbers. */
const MOST_AHEAD = 2_147_483_648;

export interface Row {
  readonly name: string;
  peer: PeerId;
  /** -1 before the first. */
  heartbeat: number;
  state: "alive" | "suspected" | "failed";
  /** When a heartbeat came, or it was added; in awake time. */
  heardAt: Instant;
  /** From here on nothing is left to be told of its failure: T_cleanup. */
  settledAt: Instant;
  /** Membership has given it up. */
  gone: boolean;
}

export interface SavedTable {
  readonly heartbeat: number;
  readonly rows: readonly Row[];
}

export class HeartbeatTable {
  readonly self: string;
  readonly #rows = new Map<string, Row>();
  #heartbeat: number;

  /** @param heartbeat what ours begins with: more than in any earlier life of ours, if the clock is right */
  constructor(self: string, heartbeat: number) {
    this.self = self;
    this.#heartbeat = Math.min(heartbeat, LARGEST_HEARTBEAT);
  }

  /** Our own. */
  get heartbeat(): number {
    return this.#heartbeat;
  }

  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  get size(): number {
    return this.#rows.size;
  }

  get(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  add(name: string, peer: PeerId, now: Instant): Row {
    const row: Row = {
      name,
      peer,
      heartbeat: -1,
      state: "alive",
      heardAt: now,
      settledAt: now,
      gone: false,
    };
    this.#rows.set(name, row);
    return row;
  }

  delete(row: Row): void {
    this.#rows.delete(row.name);
  }

  beat(): void {
    if (this.#heartbeat < LARGEST_HEARTBEAT) this.#heartbeat++;
  }

  merge({ name, heartbeat }: Heartbeat): Merged {
    if (name === this.self) return this.#mergeOwn(heartbeat);
    const row = this.#rows.get(name);
    if (row === undefined) return "unknownMember";
    if (heartbeat <= row.heartbeat) return "old";
    // All begin with the time of day: before the first, ours says about what theirs can be.
    const known = row.heartbeat < 0 ? this.#heartbeat : row.heartbeat;
    if (heartbeat > known + MOST_AHEAD) return "farAhead";
    row.heartbeat = heartbeat;
    return "newer";
  }

  /**
   * The table in as many messages as it takes, or `most` of them, others in each round. Our own heartbeat is in all.
   */
  messages(packetBytes: number, most: number, round: number): Heartbeats[] {
    const own: Heartbeat = { name: this.self, heartbeat: this.#heartbeat };
    const room = packetBytes - MESSAGE_BYTES - sizeOf.entry(own);
    const parts: Heartbeat[][] = [[own]];
    let used = 0;
    for (const { name, heartbeat, state } of this.#rows.values()) {
      if (heartbeat < 0 || state === "failed") continue;
      const entry = { name, heartbeat };
      const size = sizeOf.entry(entry);
      if (used + size > room) {
        parts.push([own]);
        used = 0;
      }
      (parts.at(-1) as Heartbeat[]).push(entry);
      used += size;
    }
    return inTurn(parts, most, round).map((entries) => ({ type: "heartbeats", entries }));
  }

  save(): SavedTable {
    return { heartbeat: this.#heartbeat, rows: Array.from(this.#rows.values(), copyOf) };
  }

  restore({ heartbeat, rows }: SavedTable): void {
    this.#heartbeat = heartbeat;
    for (const row of rows) this.#rows.set(row.name, copyOf(row));
  }

  /** Others know a greater one of ours: of an earlier life, before the clock was set back, or a lie. We go beyond it. */
  #mergeOwn(heartbeat: number): Merged {
    if (heartbeat <= this.#heartbeat) return "old";
    if (heartbeat > this.#heartbeat + MOST_AHEAD) return "farAhead";
    this.#heartbeat = heartbeat;
    return "old";
  }
}

function copyOf(row: Row): Row {
  return { ...row };
}

/** `most` of these, beginning where the round before has ended. */
export function inTurn<T>(parts: readonly T[], most: number, round: number): readonly T[] {
  if (parts.length <= most) return parts;
  const first = (round * most) % parts.length;
  return [...parts.slice(first), ...parts.slice(0, first)].slice(0, most);
}
