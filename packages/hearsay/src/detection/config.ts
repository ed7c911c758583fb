/**
 * Options of detection by gossiped heartbeats.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";
import { resolvePhiConfig } from "./phi-accrual.ts";
import type { PhiConfig } from "./phi-accrual.ts";

/**
 * What says that a member is dead:
 *
 * - `heartbeat`: no newer heartbeat of it for `failMs` (van Renesse et al. 1998).
 * - `phi`: a silence that is too unlikely after what was heard of it so far (phi accrual).
 * - `gems`: all whom we do not suspect ourselves find it silent for `failMs`, as we do.
 */
export type DetectorName = "heartbeat" | "phi" | "gems";

export interface DetectionConfig {
  /** @default "phi" */
  readonly detector: DetectorName;
  /**
   * One round: our heartbeat is raised, the table is sent, silences are looked at. The same at all nodes. Range
   * 10..3,600,000 ms. @default 1000
   */
  readonly intervalMs: number;
  /** Peers that the table is sent to in a round. Range 1..16. @default 1 */
  readonly fanout: number;
  /**
   * `heartbeat`, `gems`: T_fail, the silence beyond which a member has failed, or is suspected. With one peer a round, 15
   * rounds are exceeded by chance about once in three million (member, round) among hundreds; its double is
   * T_cleanup. Range 10..86,400,000 ms. @default 15,000; of `gems`, where all must agree, 10,000
   */
  readonly failMs: number;
  /**
   * `gems`: whether those who agree must be more than half of all who have not failed. Without it, who is cut off
   * calls all others dead; with it, a minority calls nobody dead. @default true
   */
  readonly majority: boolean;
  /** `phi`: what is expected of silences. */
  readonly phi: PhiConfig;
  /** Bytes of a message: what a datagram has room for. Range 256..65,000. @default 1200 */
  readonly packetBytes: number;
  /**
   * Packets of heartbeats, and as many of suspicions, to a peer in a round: of more, other parts are sent in turn.
   * Range 1..64. @default 8
   */
  readonly maxPackets: number;
}

export type DetectionOptions = Partial<Omit<DetectionConfig, "phi">> & {
  readonly phi?: Partial<PhiConfig>;
};

const DETECTORS: ReadonlySet<unknown> = new Set<DetectorName>(["heartbeat", "phi", "gems"]);
const FAIL_MS = 15_000;
const GEMS_FAIL_MS = 10_000;

/** @throws HearsayError `ERR_OPTION` */
export function resolveDetectionConfig(options: DetectionOptions = {}): DetectionConfig {
  const { detector = "phi", intervalMs = 1000 } = options;
  if (!DETECTORS.has(detector)) throw optionError("detector", "heartbeat, phi or gems", detector);
  const config: DetectionConfig = {
    detector,
    intervalMs,
    fanout: options.fanout ?? 1,
    failMs: options.failMs ?? (detector === "gems" ? GEMS_FAIL_MS : FAIL_MS),
    majority: options.majority ?? true,
    // Somebody is heard of about once a round.
    phi: resolvePhiConfig({ initialIntervalMs: intervalMs, ...options.phi }),
    packetBytes: options.packetBytes ?? 1200,
    maxPackets: options.maxPackets ?? 8,
  };
  if (typeof config.majority !== "boolean") {
    throw optionError("majority", "true or false", config.majority);
  }
  checkInteger("intervalMs", intervalMs, 10, 3_600_000);
  checkInteger("fanout", config.fanout, 1, 16);
  checkInteger("failMs", config.failMs, 10, 86_400_000);
  checkInteger("packetBytes", config.packetBytes, 256, 65_000);
  checkInteger("maxPackets", config.maxPackets, 1, 64);
  return config;
}
