/**
 * At most one per key and interval, and at most so many keys in an interval: bounds both how often something is
 * done and how much is remembered of it.
 * @module
 */
import type { Instant } from "../kernel/index.ts";

export class Throttle {
  readonly #intervalMs: number;
  readonly #maxKeys: number;
  /** When each key was last let through; oldest first, none older than an interval for long. */
  readonly #passed = new Map<string, Instant>();

  constructor(intervalMs: number, maxKeys: number) {
    this.#intervalMs = intervalMs;
    this.#maxKeys = maxKeys;
  }

  /** Keys remembered. */
  get size(): number {
    return this.#passed.size;
  }

  /** Whether `key` may pass now; if so, it has. */
  passes(key: string, now: Instant): boolean {
    for (const [oldest, at] of this.#passed) {
      if (now - at < this.#intervalMs) break;
      this.#passed.delete(oldest);
    }
    if (this.#passed.has(key) || this.#passed.size >= this.#maxKeys) return false;
    this.#passed.set(key, now);
    return true;
  }

  save(): ReadonlyMap<string, Instant> {
    return new Map(this.#passed);
  }

  restore(saved: ReadonlyMap<string, Instant>): void {
    for (const [key, at] of saved) this.#passed.set(key, at);
  }
}
