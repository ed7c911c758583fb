/**
 * What one replicated value may hold.
 * @module
 */
import { checkInteger } from "../kernel/index.ts";

export interface CrdtLimits {
  /** Keys, elements or, of a counter, replicas; deleted ones that are still remembered included. @default 1048576 */
  readonly maxEntries: number;
  /** Bytes of UTF-8 of a key, an element or a replica's name, 1..65535. @default 1024 */
  readonly maxKeyBytes: number;
  /** Bytes of one value as it is written, its header included. @default 65536 */
  readonly maxValueBytes: number;
  /** Replicas that have ever written. @default 16384 */
  readonly maxReplicas: number;
  /** Runs of dots seen, over all replicas; each loss that is not yet repaired makes one more. @default 131072 */
  readonly maxRuns: number;
  /** Rows of one delta: what is more comes in the next. @default 16384 */
  readonly maxDeltaRows: number;
}

export const CRDT_DEFAULTS: CrdtLimits = {
  maxEntries: 1_048_576,
  maxKeyBytes: 1024,
  maxValueBytes: 65_536,
  maxReplicas: 16_384,
  maxRuns: 131_072,
  maxDeltaRows: 16_384,
};

/**
 * How far beyond what was known a number may be. Who counts never leaps; a replica that was away for long has missed
 * less than this. A liar cannot use the numbers up: it would have to leap two million times.
 */
export const MAX_LEAP = 4_294_967_296;

/**
 * Fills in defaults and checks the rules.
 * @throws HearsayError `ERR_OPTION`
 */
export function resolveCrdtLimits(limits: Partial<CrdtLimits> = {}): CrdtLimits {
  const resolved = { ...CRDT_DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    checkInteger(`limits.${name}`, value, 1, name === "maxKeyBytes" ? 65_535 : 1 << 30);
  }
  return resolved;
}
