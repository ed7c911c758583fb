/**
 * What detection tells of members, and why.
 * @module
 */
import type { DetectorName } from "./config.ts";

interface DetectionEventOf<Type extends string, Reason> {
  readonly type: Type;
  readonly detector: DetectorName;
  /** Of the member. */
  readonly name: string;
  /** How long it had not been heard of, our own pauses left out. */
  readonly silentMs: number;
  readonly reason: Reason;
}

/** It was silent for too long: `level` is ms, or φ. */
export interface Silent {
  readonly type: "silent";
  readonly level: number;
  readonly limit: number;
}

/** All whom we do not suspect find it silent, ourselves among them. */
export interface Consensus {
  readonly type: "consensus";
  readonly voters: number;
}

/** We find it silent, and somebody knows that all do. */
export interface Told {
  readonly type: "told";
  readonly by: string;
}

/** A newer heartbeat of it has come. */
export interface Heard {
  readonly type: "heard";
}

export type DetectionEvent =
  /** Is silent; the others are asked. Only `gems` tells it. */
  | DetectionEventOf<"suspected", Silent>
  | DetectionEventOf<"failed", Silent | Consensus | Told>
  /** Is heard again after it was suspected or had failed. */
  | DetectionEventOf<"restored", Heard>;
