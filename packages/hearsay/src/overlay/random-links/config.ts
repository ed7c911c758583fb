/**
 * Options of random links.
 * @module
 */
import { checkInteger } from "../../kernel/index.ts";

export interface RandomLinksConfig {
  /**
   * Links that a node looks for beyond ln n, for n nodes of its kind that it knows: with c of them a random graph
   * stays in one piece with probability e^(-e^(-c)). Range 0..32. @default 1
   */
  readonly spareLinks: number;
  /** Links that a node looks for, however many there are to choose from. Range 1..64. @default 16 */
  readonly maxWanted: number;
  /** How long a member may take to become a neighbour before another is asked. Range 10..60,000 ms. @default 2000 */
  readonly neighbourTimeoutMs: number;
  /** How long to wait when nobody is left to ask, and to forgive a refusal. Range 10..600,000 ms. @default 1000 */
  readonly retryMs: number;
  /**
   * A link is replaced by a fresh one this often, so that an unlucky graph does not last; 0 is never.
   * Range 0..86,400,000 ms. @default 600000
   */
  readonly renewMs: number;
}

export const RANDOM_LINKS_DEFAULTS: RandomLinksConfig = {
  spareLinks: 1,
  maxWanted: 16,
  neighbourTimeoutMs: 2000,
  retryMs: 1000,
  renewMs: 600_000,
};

/** @throws HearsayError `ERR_OPTION` */
export function resolveRandomLinksConfig(
  partial: Partial<RandomLinksConfig> = {},
): RandomLinksConfig {
  const config = { ...RANDOM_LINKS_DEFAULTS, ...partial };
  checkInteger("spareLinks", config.spareLinks, 0, 32);
  checkInteger("maxWanted", config.maxWanted, 1, 64);
  checkInteger("neighbourTimeoutMs", config.neighbourTimeoutMs, 10, 60_000);
  checkInteger("retryMs", config.retryMs, 10, 600_000);
  checkInteger("renewMs", config.renewMs, 0, 86_400_000);
  return config;
}

/**
 * Links that a node with `others` to choose from looks for: ceil(ln n) + spare, in steps that every engine takes
 * alike.
 */
export function wantedLinks(others: number, { spareLinks, maxWanted }: RandomLinksConfig): number {
  let logarithm = 0;
  // Thresholds of e^k, rounded up, instead of Math.log, whose last bit differs between engines.
  for (let power = Math.E; power < others + 1 && logarithm < maxWanted; power *= Math.E)
    logarithm++;
  return Math.min(logarithm + 1 + spareLinks, maxWanted, others);
}
