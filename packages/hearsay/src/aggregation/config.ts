/**
 * Options of aggregation: of push-pull averaging and of push-sum.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";

export interface AveragingConfig {
  /** One cycle: each node begins one exchange. The same at all nodes. Range 1..600,000 ms. @default 200 */
  readonly intervalMs: number;
  /**
   * Cycles of an epoch, after which the result is told and all begin again with their values of then. The variance
   * falls to 0.30 of itself in each: 30 leave 10^-16. The same at all nodes. Range 3..1000. @default 30
   */
  readonly cycles: number;
  /**
   * How long an answer is waited for before others are answered again: more than a round trip. Range
   * 1..600,000 ms. @default 50
   */
  readonly replyMs: number;
  /** Instances of COUNT in an epoch, about so many; its error falls with their root. Range 1..32. @default 8 */
  readonly leaders: number;
  /** Whether quantiles are gathered: up to 700 bytes a message. The same at all nodes. @default false */
  readonly quantiles: boolean;
}

export const AVERAGING_DEFAULTS: AveragingConfig = {
  intervalMs: 200,
  cycles: 30,
  replyMs: 50,
  leaders: 8,
  quantiles: false,
};

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([AVERAGING_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolveAveragingConfig(
  partial: Partial<AveragingConfig> = AVERAGING_DEFAULTS,
): AveragingConfig {
  if (RESOLVED.has(partial)) return partial as AveragingConfig;
  const config: AveragingConfig = { ...AVERAGING_DEFAULTS, ...partial };
  checkInteger("intervalMs", config.intervalMs, 1, 600_000);
  checkInteger("cycles", config.cycles, 3, 1000);
  checkInteger("replyMs", config.replyMs, 1, 600_000);
  checkInteger("leaders", config.leaders, 1, 32);
  if (typeof config.quantiles !== "boolean") {
    throw optionError("quantiles", "true or false", config.quantiles);
  }
  RESOLVED.add(config);
  return config;
}

export interface PushSumConfig {
  /** One round: each node keeps a half and sends a half. Range 1..600,000 ms. @default 200 */
  readonly intervalMs: number;
  /** Rounds of an epoch. The variance falls to about one half in each. Range 3..1000. @default 50 */
  readonly cycles: number;
}

export const PUSH_SUM_DEFAULTS: PushSumConfig = { intervalMs: 200, cycles: 50 };

/** @throws HearsayError `ERR_OPTION` */
export function resolvePushSumConfig(
  partial: Partial<PushSumConfig> = PUSH_SUM_DEFAULTS,
): PushSumConfig {
  if (RESOLVED.has(partial)) return partial as PushSumConfig;
  const config: PushSumConfig = { ...PUSH_SUM_DEFAULTS, ...partial };
  checkInteger("intervalMs", config.intervalMs, 1, 600_000);
  checkInteger("cycles", config.cycles, 3, 1000);
  RESOLVED.add(config);
  return config;
}
