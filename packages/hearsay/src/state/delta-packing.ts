/**
 * What somebody lacks, cut to a budget and into packets, so that no owner starves another.
 *
 *     pending   a ▮▮▮▮▮▮▮▮▮▮▮▮  b ▮  c ▮▮▮        budget: ▯▯▯▯▯▯
 *     fair      a ▮▮ b ▮ c ▮▮▮                    turns of some bytes: b and c are done, whatever a has
 *     breadth   a ▮▮ b ▮ c ▮▮▮                    turns of one key
 *     depth     a ▮▮▮▮▮▮                          whoever has most keys outstanding first
 *
 * Of each owner the oldest goes first, and nothing is left out in between. An owner's whole state, for whoever may hold what
 * nobody remembers to be deleted, goes in one piece or not at all.
 * @module
 */
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { StateConfig } from "./config.ts";
import type { OwnerState, StateEntry } from "./owner-state.ts";
import { deltaHeadSize, entrySize } from "./wire.ts";
import type { DeltaEntry, OwnerDelta } from "./wire.ts";

/** Somebody stands at version `from` with an owner. */
export interface Debt {
  readonly state: OwnerState;
  readonly from: number;
}

export interface PackedDeltas {
  readonly packets: OwnerDelta[][];
  /** What is left is so much, or so large, that packets are not the way. */
  readonly stream: boolean;
}

/** Bytes of an owner in one turn of the order `fair`. */
const TURN_BYTES = 256;

/** An owner's pending keys, on their way into packets. */
interface Course {
  readonly delta: OwnerDelta;
  readonly entries: readonly DeltaEntry[];
  readonly sizes: readonly number[];
  readonly headBytes: number;
  /** How many have been granted. */
  granted: number;
  /** The next key fits no packet. */
  isStuck: boolean;
  /** The next key does not fit what is left of the budget. */
  isOver: boolean;
}

/** Fills packets of `packetBytes`, the first with `firstRoom` left, with as much as the budget allows. */
export function packDeltas(
  debts: readonly Debt[],
  config: StateConfig,
  firstRoom: number,
  now: Instant,
): PackedDeltas {
  const { packetBytes, budgetBytes, streamBytes } = config;
  const most = packetBytes - MESSAGE_BYTES;
  const courses = debts.map((debt) => courseOf(debt, now));
  for (const course of courses) course.isStuck = !fitsAtAll(course, most);
  const going = inOrder(
    courses.filter(({ isStuck }) => !isStuck),
    config,
  );
  grant(going, config, budgetBytes, most);
  let left = 0;
  for (const { sizes, granted } of courses) {
    for (let i = granted; i < sizes.length; i++) left += sizes[i] as number;
  }
  const stream = left > streamBytes || courses.some(({ isStuck }) => isStuck);
  return { packets: cut(going, firstRoom - MESSAGE_BYTES, most), stream };
}

/** All that somebody lacks of an owner, in pieces of about `pieceBytes`, its whole state in one. */
export function wholeDeltas(debt: Debt, pieceBytes: number, now: Instant): OwnerDelta[][] {
  const course = courseOf(debt, now);
  course.granted = course.entries.length;
  if (course.delta.whole) return [[{ ...course.delta, entries: course.entries }]];
  return cut([course], pieceBytes, pieceBytes);
}

/** Bytes of a message around its deltas: prefix, lists, flags. */
const MESSAGE_BYTES = 24;

function courseOf({ state, from }: Debt, now: Instant): Course {
  const { owner, generation, version: upTo, floor } = state;
  const whole = state.isForgottenBy(from);
  const entries = state.after(whole ? 0 : from).map((entry) => travelling(entry, now));
  const delta = { owner, generation, from, upTo, floor, whole, entries: [] };
  const headBytes = deltaHeadSize(delta);
  const sizes = entries.map(entrySize);
  return { delta, entries, sizes, headBytes, granted: 0, isStuck: false, isOver: false };
}

function travelling({ key, version, value, expiresAt }: StateEntry, now: Instant): DeltaEntry {
  const ttlMs = expiresAt === NEVER ? 0 : Math.max(1, Math.ceil(expiresAt - now));
  return { key, version, ttlMs, value };
}

/** Whether the next key, or all of them where only all will do, fits a packet of its own. */
function fitsAtAll({ delta, sizes, headBytes, granted }: Course, most: number): boolean {
  let bytes = headBytes + (sizes[granted] ?? 0);
  if (delta.whole) for (let i = 1; i < sizes.length; i++) bytes += sizes[i] as number;
  return bytes <= most;
}

function inOrder(courses: Course[], { order }: StateConfig): Course[] {
  if (order === "depth") return courses.toSorted((a, b) => b.sizes.length - a.sizes.length);
  if (order === "breadth") return courses;
  // Whoever is done in one turn need not wait for those that are not.
  return courses.toSorted((a, b) => a.sizes.length - b.sizes.length);
}

/** What may still be granted. */
interface Budget {
  bytes: number;
  keys: number;
}

/** Decides how many keys of each owner go. */
function grant(courses: readonly Course[], config: StateConfig, bytes: number, most: number): void {
  const budget: Budget = { bytes, keys: config.budgetKeys };
  let going = courses;
  while (going.length > 0 && budget.keys > 0) {
    for (const course of going) takeTurn(course, config, budget, most);
    going = going.filter(({ granted, entries, isStuck, isOver }) => {
      return granted < entries.length && !isStuck && !isOver;
    });
  }
}

function takeTurn(course: Course, config: StateConfig, budget: Budget, most: number): void {
  const { sizes, delta, headBytes } = course;
  let turnBytes = config.order === "fair" ? TURN_BYTES : Infinity;
  let turnKeys = config.order === "breadth" ? 1 : Infinity;
  if (delta.whole) {
    const all = sizes.reduce((sum, size) => sum + size, 0);
    course.isOver = all > budget.bytes || sizes.length > budget.keys;
    if (!course.isOver) spend(course, budget, all, sizes.length);
    return;
  }
  while (course.granted < sizes.length && turnBytes > 0 && turnKeys > 0 && budget.keys > 0) {
    const size = sizes[course.granted] as number;
    course.isStuck = size + headBytes > most;
    course.isOver = size > budget.bytes;
    if (course.isStuck || course.isOver) return;
    spend(course, budget, size, 1);
    turnBytes -= size;
    turnKeys--;
  }
}

function spend(course: Course, budget: Budget, bytes: number, keys: number): void {
  course.granted += keys;
  budget.bytes -= bytes;
  budget.keys -= keys;
}

/** Puts what was granted into packets, in order; an owner may go on in the next. */
function cut(courses: readonly Course[], firstRoom: number, most: number): OwnerDelta[][] {
  const packets: OwnerDelta[][] = [];
  let packet: OwnerDelta[] = [];
  let room = firstRoom;
  const turnOver = (): void => {
    packets.push(packet);
    packet = [];
    room = most;
  };
  for (const { delta, entries, sizes, headBytes, granted } of courses) {
    const isAll = granted === entries.length;
    if (granted === 0 && !isAll) continue;
    let whole = headBytes;
    for (let i = 0; i < granted; i++) whole += sizes[i] as number;
    const first = delta.whole ? whole : headBytes + (sizes[0] ?? 0);
    if (room < first) turnOver();
    let from = delta.from;
    let taken: DeltaEntry[] = [];
    room -= headBytes;
    for (let i = 0; i < granted; i++) {
      const size = sizes[i] as number;
      if (room < size) {
        const upTo = (taken.at(-1) as DeltaEntry).version;
        packet.push({ ...delta, from, upTo, entries: taken });
        turnOver();
        room -= headBytes;
        from = upTo;
        taken = [];
      }
      taken.push(entries[i] as DeltaEntry);
      room -= size;
    }
    const upTo = isAll ? delta.upTo : (taken.at(-1) as DeltaEntry).version;
    packet.push({ ...delta, from, upTo, entries: taken });
  }
  if (packet.length > 0) packets.push(packet);
  return packets;
}
