/**
 * Virtual time: a number that jumps from one due thing to the next.
 * @module
 */
import { later, NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { EventQueue } from "./event-queue.ts";

/** Something that happens at its time. */
export interface Due {
  due(): void;
}

export class Timeline {
  #now = 0 as Instant;
  readonly #queue = new EventQueue<Due>();

  get now(): Instant {
    return this.#now;
  }

  /** Things that are to come. */
  get pending(): number {
    return this.#queue.size;
  }

  /** When the next thing is due, or `NEVER`. */
  get nextAt(): Instant {
    return this.#queue.nextAt as Instant;
  }

  /** Adds what is to happen at `at`, or now if that is past. */
  schedule(at: Instant, due: Due): void {
    this.#queue.push(at < this.#now ? this.#now : at, due);
  }

  /** Adds what is to happen `ms` from now. */
  after(ms: number, due: Due): void {
    this.#queue.push(later(this.#now, ms), due);
  }

  /** Moves to the next thing and lets it happen; false if nothing is to come. */
  step(): boolean {
    const at = this.nextAt;
    const next = this.#queue.pop();
    if (next === undefined) return false;
    this.#now = at;
    next.due();
    return true;
  }

  /** Lets all happen that is due until `end`, and moves there. */
  run(end: Instant): void {
    const queue = this.#queue;
    for (let at = queue.nextAt; at <= end && at < NEVER; at = queue.nextAt) {
      const next = queue.pop() as Due;
      this.#now = at as Instant;
      next.due();
    }
    this.rest(end);
  }

  /** Moves to `at`, before which nothing may be due. */
  rest(at: Instant): void {
    if (at > this.#now) this.#now = at;
  }
}
