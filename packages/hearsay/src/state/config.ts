/**
 * Options of the state that each node owns, and the rules that they keep.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";

/**
 * Which owners get room first where not all that a peer lacks fits the budget. `fair`: all get the same bytes, in turns,
 * so that a small key waits for nobody's large one. `breadth`: all the same number of keys. `depth`: whoever has most
 * keys outstanding goes first.
 */
export type DeltaOrder = "fair" | "breadth" | "depth";

export interface StateConfig {
  /** Ms between two exchanges that a node begins while nothing changes. Range 1..3,600,000. @default 1000 */
  readonly intervalMs: number;
  /** The same while there is news, for as many exchanges as a rumor needs. Range 1..`intervalMs`. @default 200 */
  readonly eagerMs: number;
  /**
   * How two nodes find out where they differ. `summary`: by sums over parts of all owners, then by the digests of the
   * parts that differ. `full`: by the digests of all owners, 20 bytes each, every time. @default "summary"
   */
  readonly digest: "summary" | "full";
  readonly order: DeltaOrder;
  /** Bytes of one packet. Range 192..65,000. @default 1200 */
  readonly packetBytes: number;
  /** Bytes of deltas in one step of an exchange: the budget. Range `packetBytes`..1,048,576. @default 8192 */
  readonly budgetBytes: number;
  /** The same by number of keys; Infinity leaves it to the bytes. @default Infinity */
  readonly budgetKeys: number;
  /** Who lacks more bytes than this, or a value that fits no packet, asks for it on a stream. @default 32768 */
  readonly streamBytes: number;
  /**
   * Whether dead members and seeds are gossiped to, with Cassandra's probabilities: those that were cut off come
   * together by it. @default true
   */
  readonly toDeadAndSeeds: boolean;
  /**
   * Ms that a deletion is remembered: longer than a member can be away and come back as the same run. Who comes back
   * later is given the whole state of the owner in place of its own. Range 1..31 days. @default 1 hour
   */
  readonly graceMs: number;
  /**
   * A run's versions begin at random below this: two runs of one second, whose generation is the same, are told apart by
   * it. 0 begins at 1. Range 0..16,777,216. @default 65,536
   */
  readonly versionsBelow: number;
  /** Bytes of UTF-8 of a key. Range 1..1024. @default 256 */
  readonly maxKeyBytes: number;
  /** Bytes of a value. Range 1..1,048,576. @default 65,536 */
  readonly maxValueBytes: number;
  /** Keys of one owner, deleted ones included that are remembered. Range 1..65,536. @default 1024 */
  readonly maxKeys: number;
  /** Bytes of one owner, 32 for each key included. Range 1024..16 MiB. @default 1 MiB */
  readonly maxOwnerBytes: number;
  /** Bytes of all owners. Range 1024..2 GiB. @default 256 MiB */
  readonly maxBytes: number;
}

export const STATE_DEFAULTS: StateConfig = {
  intervalMs: 1000,
  eagerMs: 200,
  digest: "summary",
  order: "fair",
  packetBytes: 1200,
  budgetBytes: 8192,
  budgetKeys: Infinity,
  streamBytes: 32_768,
  toDeadAndSeeds: true,
  graceMs: 3_600_000,
  versionsBelow: 65_536,
  maxKeyBytes: 256,
  maxValueBytes: 65_536,
  maxKeys: 1024,
  maxOwnerBytes: 1 << 20,
  maxBytes: 1 << 28,
};

/** The digest of an owner with a long name must fit, with a range and what is around it. */
export const LEAST_PACKET_BYTES = 192;

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([STATE_DEFAULTS]);
const ORDERS: ReadonlySet<unknown> = new Set<DeltaOrder>(["fair", "breadth", "depth"]);

/**
 * Fills defaults and checks every rule.
 * @throws HearsayError `ERR_OPTION`
 */
export function resolveStateConfig(partial: Partial<StateConfig> = STATE_DEFAULTS): StateConfig {
  if (RESOLVED.has(partial)) return partial as StateConfig;
  const config: StateConfig = { ...STATE_DEFAULTS, ...partial };
  const { intervalMs, digest, order, packetBytes, budgetKeys, toDeadAndSeeds } = config;
  checkInteger("intervalMs", intervalMs, 1, 3_600_000);
  checkInteger("eagerMs", config.eagerMs, 1, 3_600_000);
  if (config.eagerMs > intervalMs) {
    throw optionError("eagerMs", `at most intervalMs (${intervalMs})`, config.eagerMs);
  }
  if (digest !== "summary" && digest !== "full") {
    throw optionError("digest", "summary or full", digest);
  }
  if (!ORDERS.has(order)) throw optionError("order", "fair, breadth or depth", order);
  checkInteger("packetBytes", packetBytes, LEAST_PACKET_BYTES, 65_000);
  checkInteger("budgetBytes", config.budgetBytes, packetBytes, 1 << 20);
  if (budgetKeys !== Infinity) checkInteger("budgetKeys", budgetKeys, 1, 1 << 20);
  checkInteger("streamBytes", config.streamBytes, 1024, 1 << 30);
  if (typeof toDeadAndSeeds !== "boolean") {
    throw optionError("toDeadAndSeeds", "true or false", toDeadAndSeeds);
  }
  checkInteger("graceMs", config.graceMs, 1, 31 * 86_400_000);
  checkInteger("versionsBelow", config.versionsBelow, 0, 1 << 24);
  checkInteger("maxKeyBytes", config.maxKeyBytes, 1, 1024);
  checkInteger("maxValueBytes", config.maxValueBytes, 1, 1 << 20);
  checkInteger("maxKeys", config.maxKeys, 1, 65_536);
  checkInteger("maxOwnerBytes", config.maxOwnerBytes, 1024, 16 << 20);
  checkInteger("maxBytes", config.maxBytes, 1024, 2_147_483_647);
  RESOLVED.add(config);
  return config;
}
