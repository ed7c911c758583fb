/**
 * Options of Plumtree.
 * @module
 */
import { checkInteger, optionError } from "../../kernel/index.ts";

export interface PlumtreeConfig {
  /**
   * How long an announced message may take to come by the tree before it is asked for (timeout 1). More than the tree
   * is deep, in hops, or nodes ask for what is on its way. Range 1..600,000 ms. @default 1000
   */
  readonly graftAfterMs: number;
  /** How long to wait before the next announcer is asked (timeout 2). Range 1..600,000 ms. @default 250 */
  readonly graftAgainMs: number;
  /** Announcements to one peer wait this long for each other; 0 sends each at once. Range 0..60,000 ms. @default 0 */
  readonly announceEveryMs: number;
  /** Hops by which an announcement must be nearer for the tree to change; 0 is never. Range 0..1000. @default 7 */
  readonly optimizeHops: number;
  /**
   * Whether the loss of the neighbour that brings payloads is answered at once, by a graft to the last announcer; else
   * the announcements' timers find it out, as in the paper. @default false
   */
  readonly replaceParent: boolean;
  /** Payloads kept for those who may ask for them, by count. Range 1..1,048,576. @default 1024 */
  readonly maxKept: number;
  /** The same by bytes. Range 1024..1,073,741,824. @default 16 MiB */
  readonly maxKeptBytes: number;
  /** Messages announced and not yet here, by count; one neighbour may fill a quarter. Range 1..1,048,576. @default 4096 */
  readonly maxMissing: number;
  /** Origins whose publications are remembered. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins: number;
}

export const PLUMTREE_DEFAULTS: PlumtreeConfig = {
  graftAfterMs: 1000,
  graftAgainMs: 250,
  announceEveryMs: 0,
  optimizeHops: 7,
  replaceParent: false,
  maxKept: 1024,
  maxKeptBytes: 16 << 20,
  maxMissing: 4096,
  maxOrigins: 4096,
};

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([PLUMTREE_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolvePlumtreeConfig(
  partial: Partial<PlumtreeConfig> = PLUMTREE_DEFAULTS,
): PlumtreeConfig {
  if (RESOLVED.has(partial)) return partial as PlumtreeConfig;
  const config = { ...PLUMTREE_DEFAULTS, ...partial };
  checkInteger("graftAfterMs", config.graftAfterMs, 1, 600_000);
  checkInteger("graftAgainMs", config.graftAgainMs, 1, 600_000);
  checkInteger("announceEveryMs", config.announceEveryMs, 0, 60_000);
  checkInteger("optimizeHops", config.optimizeHops, 0, 1000);
  if (typeof config.replaceParent !== "boolean") {
    throw optionError("replaceParent", "true or false", config.replaceParent);
  }
  checkInteger("maxKept", config.maxKept, 1, 1 << 20);
  checkInteger("maxKeptBytes", config.maxKeptBytes, 1024, 1 << 30);
  checkInteger("maxMissing", config.maxMissing, 1, 1 << 20);
  checkInteger("maxOrigins", config.maxOrigins, 1, 1 << 20);
  if (config.announceEveryMs >= config.graftAfterMs) {
    const rule = "less than graftAfterMs: announcements that wait longer come too late";
    throw optionError("announceEveryMs", rule, config.announceEveryMs);
  }
  RESOLVED.add(config);
  return config;
}
