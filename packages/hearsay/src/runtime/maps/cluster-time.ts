/**
 * What time it is in the cluster: our wall clock, unless the others show that it is wrong.
 *
 *     ours     ───────────────────────────────┬──▶ an hour ahead
 *     theirs   ──────┬─────┬──┬───────────────┘
 *                    └─ the middle one: our writes are stamped with it
 *
 * A write of ours from far in the future would be refused by all, and what is refused is nowhere else when we die. So it
 * is clamped here, where it is made and once: the stamp is then the same everywhere. Somebody whose clock is behind the
 * others' believes that when several say so; until then he takes nothing from what is the future to him.
 * @module
 */
import type { Instant } from "../../kernel/index.ts";

/** Others whose clocks are remembered: more than enough for a middle. */
const MAX_CLOCKS = 64;
/** So many must agree before anything from what is our future is taken. */
const WITNESSES = 2;

/** However many say so: who invents witnesses takes us no further than this, and it is over when that time has come. */
const FURTHEST_MS = 86_400_000;

export interface ClockReading {
  /** For our own writes. */
  readonly writeMs: number;
  /** What is not further ahead of this than clocks may differ is no lie. */
  readonly believeMs: number;
  /** How far our clock is ahead of the others', if that is more than clocks may differ; negative for behind. */
  readonly offMs: number;
}

export class ClusterTime {
  readonly #maxDriftMs: number;
  /** Of each of the others, the latest last: their wall clock when our monotonic one was 0. */
  readonly #origins = new Map<string, number>();

  constructor(maxDriftMs: number) {
    this.#maxDriftMs = maxDriftMs;
  }

  /** Somebody's wall clock, as it was told. */
  heard(holder: string, wallMs: number, now: Instant): void {
    this.#origins.delete(holder);
    this.#origins.set(holder, wallMs - now);
    const [oldest] = this.#origins.keys();
    if (this.#origins.size > MAX_CLOCKS && oldest !== undefined) this.#origins.delete(oldest);
  }

  read(wallMs: number, now: Instant): ClockReading {
    const origins = [...this.#origins.values()].sort((a, b) => a - b);
    const count = origins.length;
    const shown = (at: number): number => Math.max(0, (origins[at] ?? wallMs - now) + now);
    // Of two in the middle, the one that is nearer to us: who is off must be so against both.
    const earlier = shown((count - 1) >> 1);
    const later = shown(count >> 1);
    if (wallMs - later > this.#maxDriftMs) {
      return { writeMs: later, believeMs: wallMs, offMs: wallMs - later };
    }
    if (earlier - wallMs <= this.#maxDriftMs)
      return { writeMs: wallMs, believeMs: wallMs, offMs: 0 };
    const trueMs = count >= WITNESSES ? Math.min(earlier, wallMs + FURTHEST_MS) : wallMs;
    return { writeMs: trueMs, believeMs: trueMs, offMs: wallMs - earlier };
  }

  save(): readonly (readonly [holder: string, origin: number])[] {
    return [...this.#origins];
  }

  restore(saved: readonly (readonly [holder: string, origin: number])[]): void {
    for (const [holder, origin] of saved) this.#origins.set(holder, origin);
  }
}
