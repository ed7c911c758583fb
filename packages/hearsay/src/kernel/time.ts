/**
 * Time as the machines see it: a number that the host hands in, never a clock.
 * @module
 */
import type { Brand } from "./brand.ts";

/** Milliseconds on the host's monotonic clock; the origin is arbitrary, never wall-clock. */
export type Instant = Brand<number, "Instant">;

/** The deadline of a machine that waits for nothing. */
export const NEVER: Instant = Infinity as Instant;

/** `instant` moved forward by `ms`; keeps the brand that `+` would lose. */
export function later(instant: Instant, ms: number): Instant {
  return (instant + ms) as Instant;
}

/** The earlier of two instants. */
export function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
