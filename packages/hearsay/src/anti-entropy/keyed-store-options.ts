/**
 * Options of keyed stores.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { checkInteger, optionError } from "../kernel/index.ts";
import type { Rng } from "../kernel/index.ts";
import { MAX_ORIGIN_BYTES, MAX_SITES } from "./entry.ts";

export interface KeyedStoreLimits {
  /** Keys, those of certificates included. @default 4194304 */
  readonly maxEntries: number;
  /** Bytes of a value as it is written. @default 65536 */
  readonly maxValueBytes: number;
  /** Nodes that have ever written. @default 65536 */
  readonly maxOrigins: number;
  /** Certificates that are kept asleep. @default 65536 */
  readonly maxDormant: number;
  /** Levels of the Merkle tree, 4..24. @default 20 */
  readonly maxDepth: number;
}

export const KEYED_STORE_LIMITS: KeyedStoreLimits = {
  maxEntries: 4_194_304,
  maxValueBytes: 65_536,
  maxOrigins: 65_536,
  maxDormant: 65_536,
  maxDepth: 20,
};

export interface KeyedStoreOptions<V> {
  /** Our name: whose writes are ours. */
  readonly origin: string;
  /** How values are written; of no more than `maxValueBytes`. @default bytes */
  readonly value?: Field<V>;
  readonly limits?: Partial<KeyedStoreLimits>;
  /** How long a deletion is remembered everywhere: longer than it takes to reach all. @default one day */
  readonly activeMs?: number;
  /** How much longer retention sites remember it. @default 30 days */
  readonly dormantMs?: number;
  /** Retention sites of each deletion, 0..16. All are lost with the probability that so many nodes are. @default 4 */
  readonly retentionSites?: number;
  /** Names of some other nodes, drawn by lot, to be retention sites. @default none: nothing is kept asleep */
  readonly drawSites?: (count: number, rng: Rng) => readonly string[];
  /** How far clocks may be apart: what is further ahead is refused. @default 60,000 */
  readonly maxAheadMs?: number;
}

const LONGEST_MS = 100 * 365 * 86_400_000;

type ResolvedKeyedStoreOptions<V> = Required<Omit<KeyedStoreOptions<V>, "value" | "limits">> & {
  readonly value: Field<V> | undefined;
  readonly limits: KeyedStoreLimits;
};

/** @throws HearsayError `ERR_OPTION` */
export function resolveKeyedStoreOptions<V>(
  options: KeyedStoreOptions<V>,
): ResolvedKeyedStoreOptions<V> {
  const { origin, value, activeMs = 86_400_000, dormantMs = 30 * 86_400_000 } = options;
  const { retentionSites = 4, drawSites = () => [], maxAheadMs = 60_000 } = options;
  if (typeof origin !== "string" || origin === "" || utf8Size(origin) > MAX_ORIGIN_BYTES) {
    throw optionError("origin", `a name of 1..${MAX_ORIGIN_BYTES} bytes`, origin);
  }
  checkInteger("activeMs", activeMs, 1, LONGEST_MS);
  checkInteger("dormantMs", dormantMs, 0, LONGEST_MS);
  checkInteger("retentionSites", retentionSites, 0, MAX_SITES);
  checkInteger("maxAheadMs", maxAheadMs, 0, LONGEST_MS);
  const limits = resolveKeyedStoreLimits(options.limits);
  return { origin, value, activeMs, dormantMs, retentionSites, drawSites, maxAheadMs, limits };
}

/** @throws HearsayError `ERR_OPTION` */
export function resolveKeyedStoreLimits(partial: Partial<KeyedStoreLimits> = {}): KeyedStoreLimits {
  const limits = { ...KEYED_STORE_LIMITS, ...partial };
  checkInteger("limits.maxEntries", limits.maxEntries, 1, 1 << 30);
  checkInteger("limits.maxValueBytes", limits.maxValueBytes, 1, 1 << 24);
  checkInteger("limits.maxOrigins", limits.maxOrigins, 1, 1 << 24);
  checkInteger("limits.maxDormant", limits.maxDormant, 1, 1 << 24);
  checkInteger("limits.maxDepth", limits.maxDepth, 4, 24);
  return limits;
}
