/**
 * Failure detection beside SWIM: who is silent, for how long, and how much that speaks for its death.
 * @see docs/protocols/heartbeat.md, phi-accrual.md, gems.md
 * @module
 */
export { AwakeClock } from "./awake-clock.ts";
export { resolveDetectionConfig } from "./config.ts";
export type { DetectionConfig, DetectionOptions, DetectorName } from "./config.ts";
export type { Consensus, DetectionEvent, Heard, Silent, Told } from "./events.ts";
export { HeartbeatDetection } from "./heartbeat-detection.ts";
export type { HeartbeatDetectionOptions } from "./heartbeat-detection.ts";
export {
  exponentialPhi,
  exponentialSilence,
  normalPhi,
  normalSilence,
  PHI_DEFAULTS,
  PhiDetector,
  resolvePhiConfig,
} from "./phi-accrual.ts";
export type { PhiConfig, PhiModel, PhiStatistics } from "./phi-accrual.ts";
export { TimeoutDetector } from "./silence-detector.ts";
export type { SilenceDetector } from "./silence-detector.ts";
export type { Judgement } from "./verdicts.ts";
export { HEARTBEAT_CHANNEL, HEARTBEAT_MESSAGES, LARGEST_HEARTBEAT, MAX_SUSPECTS } from "./wire.ts";
export type { Heartbeat, HeartbeatMessage, Heartbeats, SuspectRow, Suspicions } from "./wire.ts";
