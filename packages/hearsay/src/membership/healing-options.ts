/**
 * Options of healing: what is remembered of those who are gone, and how often they are asked for.
 *
 * Each node may choose for itself; the bounds on the time in which a cluster heals hold for the slowest.
 * @see docs/protocols/healing.md
 * @module
 */

export interface HealingOptions {
  /**
   * Names of forgotten members that are remembered with their last incarnation, so that nobody wakes them
   * by old news; the oldest make room. @default 16384
   */
  readonly maxForgotten: number;
  /** Ms for which they are. Longer than any process sleeps. @default 86400000 */
  readonly forgottenMs: number;
  /** Members that died and are asked for; of more, the longest lost are given up. @default 1024 */
  readonly maxLost: number;
  /** Ms for which they are asked for, but for the last few. @default 86400000 */
  readonly reconnectTimeoutMs: number;
  /**
   * Ms between two rounds of asking, of a node that has lost as many as it has left; half of it at least.
   * Longer by as much as fewer are lost. Sensible: 5,000..60,000. @default 10000
   */
  readonly reconnectIntervalMs: number;
  /** Lost members, and seeds, asked in one round. Sensible: 1..5. @default 3 */
  readonly reconnectNodes: number;
  /** Changes of each member that are remembered with their reasons; 0 for none. @default 16 */
  readonly historyEntries: number;
  /** Bytes, estimated, of all of them; the members that have not changed for longest are left out. @default 1048576 */
  readonly maxHistoryBytes: number;
  /** Times that an address of a join is contacted if it cuts the stream off. 1..16. @default 4 */
  readonly joinTries: number;
  /** Ms to wait at most before the second time; doubles each further time. @default 250 */
  readonly joinRetryMs: number;
  /** Ms for which a conflict of a member with one address is told once. @default 60000 */
  readonly conflictIntervalMs: number;
}

/** For a local network. */
export const HEALING: HealingOptions = {
  maxForgotten: 16_384,
  forgottenMs: 86_400_000,
  maxLost: 1024,
  reconnectTimeoutMs: 86_400_000,
  reconnectIntervalMs: 10_000,
  reconnectNodes: 3,
  historyEntries: 16,
  maxHistoryBytes: 1 << 20,
  joinTries: 4,
  joinRetryMs: 250,
  conflictIntervalMs: 60_000,
};

export const HEALING_RANGES: Readonly<
  Record<keyof HealingOptions, readonly [least: number, most: number]>
> = {
  maxForgotten: [0, 1_048_576],
  forgottenMs: [0, 31_536_000_000],
  maxLost: [0, 1_048_576],
  reconnectTimeoutMs: [0, 31_536_000_000],
  reconnectIntervalMs: [10, 86_400_000],
  reconnectNodes: [0, 64],
  historyEntries: [0, 65_536],
  maxHistoryBytes: [0, 1_073_741_824],
  joinTries: [1, 16],
  joinRetryMs: [1, 3_600_000],
  conflictIntervalMs: [0, 86_400_000],
};
