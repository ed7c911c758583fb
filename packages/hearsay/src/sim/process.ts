/**
 * The process of a host: when its machine gets to work.
 *
 *     idle      works at what comes, when it comes
 *     busy      a slow process works at each input for a while; what comes meanwhile waits its turn
 *     paused    all waits, the timer among it
 *
 * There is one timer, for the machine's deadline.
 * @module
 */
import { invariant, later, NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { FirstNodeCounts } from "./node-counts.ts";
import type { Due, Timeline } from "./timeline.ts";
import type { Datagram } from "./udp.ts";
import { WaitingRoom } from "./waiting-room.ts";
import type { Waiting } from "./waiting-room.ts";

/** What a process works with. */
export interface Worker {
  readonly name: string;
  readonly alive: boolean;
  /** By the world's time. */
  readonly deadline: Instant;
  deliver(waiting: Waiting): void;
  /** The deadline has come. */
  timeout(): void;
}

/** Timeouts in a row at one instant: more means that a deadline does not move. */
const MAX_IDLE_TIMEOUTS = 1000;

export class Process implements Due {
  readonly #worker: Worker;
  readonly #timeline: Timeline;
  readonly #counts: FirstNodeCounts;
  readonly #room: WaitingRoom;
  #isPaused = false;
  /** Ms of work at each input. */
  #workMs = 0;
  #busyUntil: Instant = 0 as Instant;
  /** The machine's, by the world's time, as far as it was told. */
  #deadline: Instant = NEVER;
  /** When the timer rings; an older one that rings at another time is ignored. */
  #wakeAt: Instant = NEVER;
  #timeoutsAt: Instant = NEVER;
  #timeouts = 0;

  constructor(
    worker: Worker,
    timeline: Timeline,
    counts: FirstNodeCounts,
    bufferBytes: number | undefined,
  ) {
    this.#worker = worker;
    this.#timeline = timeline;
    this.#counts = counts;
    this.#room = new WaitingRoom(bufferBytes);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether it works at what comes now at once. */
  get isIdle(): boolean {
    return !this.#isPaused && this.#busyUntil <= this.#timeline.now;
  }

  /** As SIGSTOP. */
  pause(): void {
    this.#isPaused = true;
  }

  /** As SIGCONT: first what has waited, then the timer. */
  resume(): void {
    this.#isPaused = false;
    this.#workOn();
  }

  /** From here on each input takes `ms` of work; 0 ends that. */
  slow(ms: number): void {
    this.#workMs = ms;
  }

  /** It ends: nothing waits any more. */
  end(): void {
    this.#isPaused = false;
    this.#busyUntil = this.#timeline.now;
    this.#room.empty();
    this.#deadline = NEVER;
    this.#wakeAt = NEVER;
  }

  /** Works at an input, now or when its turn comes. */
  take(waiting: Waiting): void {
    if (this.isIdle) {
      this.#worker.deliver(waiting);
      return this.tire();
    }
    this.#counts.waited++;
    this.#room.add(waiting);
  }

  /** Keeps a datagram for later; false if the socket's buffer is full. */
  keep(datagram: Datagram): boolean {
    this.#counts.waited++;
    return this.#room.addDatagram(datagram);
  }

  /** The input that has just been handled takes its time. */
  tire(): void {
    if (this.#workMs === 0) return;
    this.#counts.slowed++;
    this.#busyUntil = later(this.#timeline.now, this.#workMs);
    this.#timeline.schedule(this.#busyUntil, { due: () => this.#workOn() });
  }

  /** The timer rings. */
  due(): void {
    const { now } = this.#timeline;
    if (now !== this.#wakeAt) return;
    this.#wakeAt = NEVER;
    if (!this.#worker.alive || this.#isPaused) return;
    if (this.#busyUntil > now) return this.#room.addTimer();
    if (this.#deadline > now) return this.arm(this.#deadline);
    this.#timeouts = this.#timeoutsAt === now ? this.#timeouts + 1 : 0;
    this.#timeoutsAt = now;
    if (this.#timeouts >= MAX_IDLE_TIMEOUTS) {
      invariant(false, `${this.#worker.name}: the deadline does not move`);
    }
    this.#worker.timeout();
    this.tire();
  }

  /** Sets the timer for the machine's deadline. */
  rearm(): void {
    this.arm(this.#worker.deadline);
  }

  /** The same for whoever knows the deadline. A timer that is set for an earlier time rings for nothing. */
  arm(deadline: Instant): void {
    this.#deadline = deadline;
    if (deadline >= this.#wakeAt || deadline === NEVER) return;
    const { now } = this.#timeline;
    this.#wakeAt = deadline > now ? deadline : now;
    this.#timeline.schedule(this.#wakeAt, this);
  }

  /** One piece of work is done, or a pause over: what has waited, until one of it takes time. */
  #workOn(): void {
    while (this.#worker.alive && this.isIdle) {
      const next = this.#room.next();
      if (next === undefined) return this.rearm();
      this.#worker.deliver(next);
      this.tire();
    }
  }
}
