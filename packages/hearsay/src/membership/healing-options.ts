/**
 * Options of healing: what is remembered of those who are gone, and how often they are asked for.
 *
 * Each node may choose for itself; the bounds on the time in which a cluster heals hold for the slowest.
 * @see docs/protocols/healing.md
 * @module
 */

export interface HealingOptions {
  /**
   * Names of forgotten members that are remembered with their last incarnation, so that nobody wakes them
   * by old news; the oldest make room. @default 16384
   */
  readonly maxForgotten: number;
  /** Ms for which they are. Longer than any process sleeps. @default 86400000 */
  readonly forgottenMs: number;
}

/** For a local network. */
export const HEALING: HealingOptions = {
  maxForgotten: 16_384,
  forgottenMs: 86_400_000,
};

export const HEALING_RANGES: Readonly<
  Record<keyof HealingOptions, readonly [least: number, most: number]>
> = {
  maxForgotten: [0, 1_048_576],
  forgottenMs: [0, 31_536_000_000],
};
