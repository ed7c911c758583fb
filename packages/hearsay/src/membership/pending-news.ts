/**
 * News of ourselves that a command waits for: a goodbye, other tags.
 *
 *     announced ──▶ spent (sent as often as it may be) · nobody else is there · time is up
 *
 * @module
 */
import { later, NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";

export class PendingNews {
  /** When the time is up. */
  deadline: Instant = NEVER;
  #ids: number[] = [];

  /** Whether a command waits. */
  get isPending(): boolean {
    return this.#ids.length > 0;
  }

  /** The command `id` waits from now on; earlier ones that still wait are done when it is. */
  await(id: number, timeoutMs: number, now: Instant): void {
    this.#ids.push(id);
    this.deadline = later(now, timeoutMs);
  }

  /** Takes the commands that wait: they are done, one way or another. */
  take(): readonly number[] {
    const ids = this.#ids;
    this.#ids = [];
    this.deadline = NEVER;
    return ids;
  }
}
