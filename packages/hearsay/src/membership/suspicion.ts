/**
 * Suspicions: each gives a member some time to say that it is alive.
 *
 *     start ──▶ running ──last calls──▶ called ──timeout──▶ expired (the member is declared dead)
 *                │  ▲└──────────────────────┴──cancel: the member has spoken up, or somebody was quicker
 *                └──┘ confirm: somebody else suspects it, too, and the timeout shrinks
 *
 *     0 confirmations   ├───────────────── longest ─────────────────┤
 *     1                 ├────── … ──────┤
 *     all needed        ├─ least ─┤
 *
 * One accuser may be slow itself and gets time to find that out; several that do not know of each other
 * are right. Before the end the suspect itself is told again: the news may have run out before the way to
 * it was open again, or the refutation may be lost on its way to us. Where hundreds are suspected at once, as when a network
 * splits, each is called less often, or not at all: ten packets to each would be a storm of every node's.
 * @see SWIM §4.2; Lifeguard §III.B; docs/protocols/lifeguard.md, suspicion
 * @module
 */
import { Deadlines, earlier, later } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import { shrunkTimeout, suspicionTimeout } from "./formulas.ts";
import type { Member } from "./member.ts";

export type SuspicionConfig = Pick<
  MembershipConfig,
  | "suspicion"
  | "confirmations"
  | "lastCall"
  | "suspicionMult"
  | "suspicionMaxTimeoutMult"
  | "probeIntervalMs"
>;

export interface Suspicion {
  readonly startedAt: Instant;
  /** All the time that it has, as of now: shrinks with each confirmation. */
  readonly timeoutMs: number;
  /** What it shrinks to. */
  readonly minTimeoutMs: number;
  /** What it began with. */
  readonly maxTimeoutMs: number;
  /** Who suspected first. */
  readonly by: string;
  /** Who else did, in the order in which we heard of it; at most as many as are needed. */
  readonly confirmedBy: readonly string[];
  /** Confirmations that shrink it to its least. */
  readonly confirmationsNeeded: number;
  /** Time added because we were late ourselves. */
  readonly excusedMs: number;
}

interface RunningSuspicion extends Suspicion {
  timeoutMs: number;
  excusedMs: number;
  readonly confirmedBy: string[];
  /** Does not expire before. */
  heldUntil: Instant;
  callsLeft: number;
}

export interface SuspicionEffects {
  /** The member is soon declared dead: the time to tell it so. Comes some times in a row. */
  lastCall(member: Member): void;
  expired(member: Member, suspicion: Suspicion): void;
  /** Counts a call that was not made. */
  drop(reason: string): void;
}

export interface SavedSuspicions {
  readonly running: ReadonlyMap<string, RunningSuspicion>;
  readonly deadlines: readonly (readonly [name: string, at: Instant])[];
  readonly calls: SavedCalls;
}

interface SavedCalls {
  readonly since: Instant;
  readonly made: number;
}

/** Finds the rows of those who were saved by name. */
export type FindMember = (name: string) => Member;

export class Suspicions {
  readonly #config: SuspicionConfig;
  readonly #running = new Map<Member, RunningSuspicion>();
  readonly #deadlines = new Deadlines<Member>();
  /** Last calls in the probe interval that began then. */
  #callsSince: Instant = -Infinity as Instant;
  #callsMade = 0;

  constructor(config: SuspicionConfig) {
    this.#config = config;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  has(member: Member): boolean {
    return this.#running.has(member);
  }

  /** Suspicions that are running. */
  get size(): number {
    return this.#running.size;
  }

  /** What is known of the suspicion against `member`, if one is running. */
  of(member: Member): Suspicion | undefined {
    return this.#running.get(member);
  }

  /** Begins to suspect `member` in a cluster of `known` members. */
  start(member: Member, by: string, known: number, now: Instant): void {
    const { suspicion, suspicionMult, suspicionMaxTimeoutMult, probeIntervalMs } = this.#config;
    const confirmationsNeeded = this.#confirmationsNeeded(known);
    // Without suspicion, whoever does not answer has no time to object: SWIM without §4.2.
    const least = suspicion ? suspicionTimeout(suspicionMult, known, probeIntervalMs) : 0;
    const longest = confirmationsNeeded > 0 ? least * suspicionMaxTimeoutMult : least;
    this.#running.set(member, {
      startedAt: now,
      timeoutMs: longest,
      minTimeoutMs: least,
      maxTimeoutMs: longest,
      by,
      confirmedBy: [],
      confirmationsNeeded,
      excusedMs: 0,
      heldUntil: now,
      callsLeft: suspicion ? this.#calls : 0,
    });
    this.#schedule(member, now);
  }

  /**
   * `by` suspects the same member. Returns whether that is worth telling on: it is of the first that are
   * needed, each of whom counts once, whoever passes the word.
   */
  confirm(member: Member, by: string, now: Instant): boolean {
    const suspicion = this.#running.get(member);
    if (suspicion === undefined || by === suspicion.by) return false;
    const { confirmedBy, confirmationsNeeded, minTimeoutMs, maxTimeoutMs } = suspicion;
    if (confirmedBy.length >= confirmationsNeeded || confirmedBy.includes(by)) return false;
    // However late it comes, it does not cut off the last calls.
    const calledUntil = later(now, suspicion.callsLeft * this.#callMs);
    suspicion.heldUntil = laterOf(suspicion.heldUntil, earlier(calledUntil, endOf(suspicion)));
    confirmedBy.push(by);
    suspicion.timeoutMs = shrunkTimeout(
      confirmedBy.length,
      confirmationsNeeded,
      minTimeoutMs,
      maxTimeoutMs,
    );
    this.#schedule(member, now);
    return true;
  }

  cancel(member: Member): void {
    this.#running.delete(member);
    this.#deadlines.delete(member);
  }

  /**
   * We were `lateMs` late ourselves: every suspicion gets that time back, and at least its shortest
   * timeout from now on. The refutation may have been lost with what our socket could not hold.
   */
  excuse(lateMs: number, now: Instant): void {
    for (const [member, suspicion] of this.#running) {
      suspicion.excusedMs += lateMs;
      suspicion.heldUntil = later(now, suspicion.minTimeoutMs);
      suspicion.callsLeft = this.#calls;
      this.#schedule(member, now);
    }
  }

  handleTimeout(now: Instant, effects: SuspicionEffects): void {
    for (;;) {
      const member = this.#deadlines.takeDue(now);
      if (member === undefined) return;
      const suspicion = this.#running.get(member) as RunningSuspicion;
      if (suspicion.callsLeft > 0) {
        const roomFor = Math.max(Math.ceil((endOf(suspicion) - now) / this.#callMs) - 1, 0);
        suspicion.callsLeft = Math.min(suspicion.callsLeft - 1, roomFor);
        this.#schedule(member, now);
        if (this.#mayCall(suspicion, now)) effects.lastCall(member);
        else effects.drop("tooManyLastCalls");
      } else {
        this.#running.delete(member);
        effects.expired(member, suspicion);
      }
    }
  }

  save(): SavedSuspicions {
    const running = new Map<string, RunningSuspicion>();
    for (const [{ name }, suspicion] of this.#running) running.set(name, copyOf(suspicion));
    return {
      running,
      deadlines: this.#deadlines.entries().map(([{ name }, at]) => [name, at]),
      calls: { since: this.#callsSince, made: this.#callsMade },
    };
  }

  restore({ running, deadlines, calls }: SavedSuspicions, find: FindMember): void {
    this.#callsSince = calls.since;
    this.#callsMade = calls.made;
    for (const [name, suspicion] of running) this.#running.set(find(name), copyOf(suspicion));
    for (const [name, at] of deadlines) this.#deadlines.set(find(name), at);
  }

  /**
   * Whether this one is to be made: all of them where few are suspected, where many are only so many of each, evenly and
   * with the last among them, and never more in a probe interval than there may be; if so, it is taken.
   */
  #mayCall({ callsLeft }: RunningSuspicion, now: Instant): boolean {
    const each = Math.max(1, Math.floor(MAX_LAST_CALLS / this.#running.size));
    if (each < LAST_CALLS && (callsLeft * each) % LAST_CALLS >= each) return false;
    if (now - this.#callsSince >= this.#config.probeIntervalMs) {
      this.#callsSince = now;
      this.#callsMade = 0;
    }
    if (this.#callsMade >= MAX_LAST_CALLS) return false;
    this.#callsMade++;
    return true;
  }

  /** Sets the deadline for what comes next; not in the past, or it would look as if we were late. */
  #schedule(member: Member, now: Instant): void {
    const suspicion = this.#running.get(member) as RunningSuspicion;
    const next = later(endOf(suspicion), -suspicion.callsLeft * this.#callMs);
    this.#deadlines.set(member, laterOf(now, next));
  }

  get #calls(): number {
    return this.#config.lastCall ? LAST_CALLS : 0;
  }

  /** Time between two calls, and from the last to the end. */
  get #callMs(): number {
    return this.#config.probeIntervalMs / LAST_CALLS;
  }

  /** None in a cluster too small to have that many besides us and the suspect. */
  #confirmationsNeeded(known: number): number {
    const { confirmations, suspicionMult } = this.#config;
    const needed = suspicionMult - 2;
    return confirmations && needed >= 1 && known - 2 >= needed ? needed : 0;
  }
}

/** Even if three packets in ten are lost, all calls or their answers are in one case of a thousand. */
const LAST_CALLS = 10;
/** Last calls of a node in one probe interval, to all suspects together. */
export const MAX_LAST_CALLS = 512;

function copyOf(suspicion: RunningSuspicion): RunningSuspicion {
  return { ...suspicion, confirmedBy: [...suspicion.confirmedBy] };
}

function endOf({ startedAt, timeoutMs, excusedMs, heldUntil }: RunningSuspicion): Instant {
  return laterOf(heldUntil, later(startedAt, timeoutMs + excusedMs));
}

function laterOf(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
