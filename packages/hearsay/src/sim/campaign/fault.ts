/**
 * What a class of faults is.
 * @module
 */
import type { Rng } from "../../kernel/index.ts";
import type { Stage } from "./stage.ts";

export interface Fault {
  /** Stable: of reports. */
  readonly name: string;
  /** Only where there are keys and labels. */
  readonly isOfSecrets?: boolean;
  /** Nothing where it cannot be done now. */
  commands(stage: Stage, rng: Rng): string[];
}

/** So many must be left for a story to go on. */
export const LEAST_LIVE = 2;
