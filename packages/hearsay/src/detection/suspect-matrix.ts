/**
 * GEMS's suspect matrix, as far as it is not empty: who suspects whom, by everybody's own word.
 *
 *               suspects    c   d
 *     by a  (stamp 17)      ×   ×
 *     by b  (stamp 12)          ×        d: a and b agree; c is asked no more, because we suspect it
 *     by us (stamp 14)      ×   ×
 *
 * A row is its owner's alone. Of two versions the one with the later stamp stands, which is the owner's heartbeat when it
 * changed its mind; parts with the same stamp belong together.
 * @see Subramaniyan et al. 2006, GEMS; Ranganathan et al. 2001, section 3
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { inTurn } from "./heartbeat-table.ts";
import { MAX_SUSPECTS, MESSAGE_BYTES, sizeOf } from "./wire.ts";
import type { SuspectRow, Suspicions } from "./wire.ts";

interface MatrixRow {
  stamp: number;
  suspects: ReadonlySet<string>;
  /** Until when it is told if nobody is suspected in it; in awake time. */
  toldUntil: Instant;
}

export interface SavedMatrix {
  readonly rows: ReadonlyMap<string, MatrixRow>;
}

export class SuspectMatrix {
  readonly #rows = new Map<string, MatrixRow>();
  readonly #keepMs: number;

  /** @param keepMs how long it is told of somebody that he suspects nobody any more */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** What `by` says now. */
  set(by: string, stamp: number, suspects: ReadonlySet<string>, now: Instant): void {
    const known = this.#rows.get(by);
    if (known !== undefined && isSame(known.suspects, suspects)) return;
    if (known === undefined && suspects.size === 0) return;
    this.#rows.set(by, { stamp, suspects, toldUntil: later(now, this.#keepMs) });
  }

  /**
   * What somebody has heard that `by` says.
   * @param among the suspects that its bits stand for; nobody where one is not known
   */
  merge(
    { by, stamp, bits }: SuspectRow,
    among: readonly (string | undefined)[],
    now: Instant,
  ): void {
    const known = this.#rows.get(by);
    if (known !== undefined && stamp < known.stamp) return;
    const suspects = new Set<string>();
    for (const [index, name] of among.entries()) {
      if (name !== undefined && isSet(bits, index)) suspects.add(name);
    }
    if (known === undefined) {
      if (suspects.size > 0) this.set(by, stamp, suspects, now);
    } else if (stamp > known.stamp) {
      this.#rows.set(by, { stamp, suspects, toldUntil: later(now, this.#keepMs) });
    } else if (!isPart(suspects, known.suspects)) {
      known.suspects = new Set([...known.suspects, ...suspects]);
    }
  }

  /** Whether each of them suspects `name`. */
  agree(name: string, voters: Iterable<string>): boolean {
    for (const voter of voters) {
      if (this.#rows.get(voter)?.suspects.has(name) !== true) return false;
    }
    return true;
  }

  /** What it suspects does not matter any more. */
  silence(by: string): void {
    this.#rows.delete(by);
  }

  /** Nothing is known any more of what it suspects, or of who suspects it. */
  forget(name: string): void {
    this.silence(name);
    for (const row of this.#rows.values()) {
      if (!row.suspects.has(name)) continue;
      row.suspects = new Set([...row.suspects].filter((suspect) => suspect !== name));
    }
  }

  /** The matrix in as many messages as it takes, or `most` of them, others in each round; none if it is empty. */
  messages(
    decided: readonly string[],
    packetBytes: number,
    most: number,
    round: number,
    now: Instant,
  ): Suspicions[] {
    const told = [...this.#rows].filter(([by, row]) => {
      if (row.suspects.size > 0 || now < row.toldUntil) return true;
      this.#rows.delete(by);
      return false;
    });
    const all = [...new Set(told.flatMap(([, { suspects }]) => [...suspects]))];
    const room = packetBytes - MESSAGE_BYTES;
    const messages = [];
    // Names take half of a packet at most, whoever suspects them the rest.
    const windows = cut(all, room / 2, sizeOf.name, MAX_SUSPECTS);
    if (windows.length === 0 && told.length > 0) windows.push([]);
    for (const suspects of windows) {
      const left = room - suspects.reduce((sum, name) => sum + sizeOf.name(name), 0);
      const rows = told.map(([by, row]) => {
        return { by, stamp: row.stamp, bits: bitsOf(suspects, row.suspects) };
      });
      for (const part of cut(rows, left, sizeOf.row, rows.length)) {
        messages.push({ type: "suspicions", suspects, rows: part, decided: [] } as const);
      }
    }
    for (const part of cut(decided, room, sizeOf.name, MAX_SUSPECTS)) {
      messages.push({ type: "suspicions", suspects: [], rows: [], decided: part } as const);
    }
    return [...inTurn(messages, most, round)];
  }

  save(): SavedMatrix {
    // The sets are replaced, never changed.
    return { rows: new Map([...this.#rows].map(([by, row]) => [by, { ...row }])) };
  }

  restore({ rows }: SavedMatrix): void {
    for (const [by, row] of rows) this.#rows.set(by, { ...row });
  }
}

/** In parts of at most so many bytes and items; an item that is larger than that is left out. */
function cut<T>(
  items: readonly T[],
  bytes: number,
  sizeOfItem: (item: T) => number,
  most: number,
): T[][] {
  const parts: T[][] = [];
  let used = Infinity;
  for (const item of items) {
    const size = sizeOfItem(item);
    if (size > bytes) continue;
    const part = parts.at(-1);
    if (part === undefined || used + size > bytes || part.length >= most) {
      parts.push([item]);
      used = size;
    } else {
      part.push(item);
      used += size;
    }
  }
  return parts;
}

function bitsOf(names: readonly string[], set: ReadonlySet<string>): Uint8Array {
  const bits = new Uint8Array((names.length + 7) >> 3);
  for (const [index, name] of names.entries()) {
    if (set.has(name)) bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
  }
  return bits;
}

function isSet(bits: Uint8Array | undefined, index: number): boolean {
  return (((bits?.[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && isPart(a, b);
}

function isPart(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const one of part) if (!whole.has(one)) return false;
  return true;
}
