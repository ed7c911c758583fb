/**
 * Failure detection beside SWIM: who is silent, for how long, and how much that speaks for its death.
 * @see docs/protocols/phi-accrual.md
 * @module
 */
export { AwakeClock } from "./awake-clock.ts";
export {
  exponentialPhi,
  normalPhi,
  PHI_DEFAULTS,
  PhiDetector,
  resolvePhiConfig,
} from "./phi-accrual.ts";
export type { PhiConfig, PhiModel, PhiStatistics } from "./phi-accrual.ts";
export { TimeoutDetector } from "./silence-detector.ts";
export type { SilenceDetector } from "./silence-detector.ts";
