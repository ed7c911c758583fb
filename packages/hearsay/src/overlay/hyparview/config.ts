/**
 * Options of HyParView.
 * @module
 */
import { checkInteger } from "../../kernel/index.ts";

export interface HyParViewConfig {
  /** Links that a node keeps: log10(n) + 1 for n nodes. Range 1..64. @default 5 */
  readonly activeSize: number;
  /** Peers that it knows beside them, six times as many. Range 1..1024. @default 30 */
  readonly passiveSize: number;
  /** Hops of a join's random walk (ARWL). Range 1..32. @default 6 */
  readonly activeWalk: number;
  /** Hops to go at which a join's walk leaves the newcomer in a passive view (PRWL). Range 0..32. @default 3 */
  readonly passiveWalk: number;
  /** Peers of the active view in a shuffle (ka). Range 0..64. @default 3 */
  readonly shuffleActive: number;
  /** Peers of the passive view in a shuffle (kp). Range 0..64. @default 4 */
  readonly shufflePassive: number;
  /** Time between two shuffles; 0 is never. Range 0..3,600,000 ms. @default 10000 */
  readonly shuffleIntervalMs: number;
  /** How long a peer may take to become a neighbour before another is asked. Range 10..60,000 ms. @default 2000 */
  readonly neighbourTimeoutMs: number;
  /** A neighbour that was silent for three such times is given up; 0 trusts links alone. @default 0 */
  readonly keepAliveMs: number;
  /**
   * A neighbour is replaced by a spare this often, who must take us: two overlays that have formed apart, each with
   * full views, would otherwise never become one. 0 is never, as in the paper. Range 0..86,400,000 ms. @default 0
   */
  readonly swapMs: number;
}

export const HYPARVIEW_DEFAULTS: HyParViewConfig = {
  activeSize: 5,
  passiveSize: 30,
  activeWalk: 6,
  passiveWalk: 3,
  shuffleActive: 3,
  shufflePassive: 4,
  shuffleIntervalMs: 10_000,
  neighbourTimeoutMs: 2000,
  keepAliveMs: 0,
  swapMs: 0,
};

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([HYPARVIEW_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolveHyParViewConfig(
  partial: Partial<HyParViewConfig> = HYPARVIEW_DEFAULTS,
): HyParViewConfig {
  if (RESOLVED.has(partial)) return partial as HyParViewConfig;
  const config = { ...HYPARVIEW_DEFAULTS, ...partial };
  checkInteger("activeSize", config.activeSize, 1, 64);
  checkInteger("passiveSize", config.passiveSize, 1, 1024);
  checkInteger("activeWalk", config.activeWalk, 1, 32);
  checkInteger("passiveWalk", config.passiveWalk, 0, config.activeWalk);
  checkInteger("shuffleActive", config.shuffleActive, 0, 64);
  checkInteger("shufflePassive", config.shufflePassive, 0, 64);
  checkInteger("shuffleIntervalMs", config.shuffleIntervalMs, 0, 3_600_000);
  checkInteger("neighbourTimeoutMs", config.neighbourTimeoutMs, 10, 60_000);
  checkInteger("keepAliveMs", config.keepAliveMs, 0, 3_600_000);
  checkInteger("swapMs", config.swapMs, 0, 86_400_000);
  RESOLVED.add(config);
  return config;
}
