/**
 * When faults stop, all live nodes agree within a bound that is known beforehand, with no manual join.
 *
 *     detect = (2 n − 1) × probeInterval         the longest that one prober passes a member over (SWIM, 4.3)
 *     settle = 2 × longest suspicion             one that runs already, and one that it causes
 *     heal   = ceil(log2 n) × meeting + pushPullInterval × scale(n)
 *              meeting = ceil((g + 1) / reconnectNodes) × reconnectInterval + probeInterval + 10 × gossipInterval
 *
 * At worst each node stands alone when the faults stop, with g dead on its list who will never answer, and nodes
 * that have died unnoticed are still to be found out. Intervals of probes are taken as long as local health makes
 * them. What runs really take is far less; campaigns print it.
 * @see docs/protocols/healing.md
 * @module
 */
import {
  pushPullScale,
  resolveMembershipConfig,
  suspicionTimeout,
} from "../../membership/index.ts";
import type { MembershipOptions } from "../../membership/index.ts";

/** Ms within which `n` live nodes agree, when `gone` more will never answer. */
export function agreementBoundMs(n: number, gone: number, options: MembershipOptions): number {
  const config = resolveMembershipConfig(options);
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult, reconnectNodes } = config;
  const known = n + gone;
  const slowestMs = probeIntervalMs * config.awarenessMaxMultiplier;
  const detectMs = (2 * known - 1) * probeIntervalMs + slowestMs;
  const settleMs = 2 * suspicionMaxTimeoutMult * suspicionTimeout(suspicionMult, known, slowestMs);
  const rounds = Math.ceil((gone + 1) / reconnectNodes);
  const meetingMs = rounds * config.reconnectIntervalMs + slowestMs + 10 * config.gossipIntervalMs;
  const healMs = bits(n) * meetingMs + config.pushPullIntervalMs * pushPullScale(known);
  return detectMs + settleMs + healMs;
}

/** ceil(log2 n). */
function bits(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}
