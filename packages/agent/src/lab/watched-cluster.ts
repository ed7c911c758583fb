/**
 * A cluster seen from the outside, whatever finds out in it who has died: the same questions to SWIM and to other detectors.
 * @module
 */
import type { DetectionEvent } from "hearsay/detection";
import type { Sfc32 } from "hearsay/kernel";
import type { MembershipEvent } from "hearsay/membership";
import type { World } from "hearsay/sim";

/** What another detector has told, in membership's words. */
export interface DetectorVerdict {
  readonly type: "suspect" | "fail" | "alive";
  readonly reason: DetectionEvent["reason"];
}

/** Something that a node has told its application about a member. */
export interface Told<E = MembershipEvent> {
  readonly at: number;
  readonly node: string;
  readonly about: string;
  readonly event: E;
}

export type Verdict = Told<MembershipEvent | DetectorVerdict>;

export interface WatchedCluster {
  readonly world: World;
  /** For what the experiment itself chooses: who crashes, and when. */
  readonly rng: Sfc32;
  /** Nodes whose process runs. */
  readonly live: readonly string[];
  /** Whom `node` holds for a member besides itself. */
  view(node: string): ReadonlySet<string>;
  /** How many nodes of those given hold `about` for a member. */
  knowing(about: string, nodes: readonly string[]): number;
  /** Calls back for whatever is told of a member; one listener at a time. */
  listen(listener: ((told: Verdict) => void) | undefined): void;
  /** Starts one that has crashed again, and lets it come back through another. */
  comeBack(name: string, via: string): void;
}
