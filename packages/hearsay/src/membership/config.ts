/**
 * What a membership can be told, and the situations in which the answers are known.
 *
 * Two halves that are never mixed: `ClusterOptions` must be the same on every node, because a node that
 * waits for less than the others accuses them; `NodeOptions` are limits that each node sets for itself.
 *
 * The presets are memberlist's own for a local network, the internet and one machine, so that a node beside
 * Go peers behaves as they do; but `local` sends news as often as the others (docs/decisions/0008). `tiny` shrinks every limit, so that tests reach what is rare.
 * @module
 */
import { optionError } from "../kernel/index.ts";
import { HEALING, HEALING_RANGES } from "./healing-options.ts";
import type { HealingOptions } from "./healing-options.ts";
import { LIFEGUARD } from "./lifeguard-options.ts";
import type { LifeguardOptions } from "./lifeguard-options.ts";
import { MAX_NAME_BYTES, MAX_PUSH_PULL_NODES, MAX_USER_STATE_BYTES } from "./wire.ts";

/** Values that must agree across the cluster. */
export interface ClusterOptions {
  /**
   * Ms between the starts of two probes; also the unit of the suspicion timeout. Must exceed
   * `probeTimeoutMs`. Sensible: 200..10,000. @default 1000
   */
  readonly probeIntervalMs: number;
  /**
   * Ms to wait for a direct ack before others are asked: the network's p99 round trip with some
   * room. Sensible: 50..5,000. @default 500
   */
  readonly probeTimeoutMs: number;
  /** Members asked to ping on our behalf; 0 turns indirect probing off. Sensible: 0..5. @default 3 */
  readonly indirectChecks: number;
  /** News is sent `retransmitMult * ceil(log10(n + 1))` times. Sensible: 2..6. @default 4 */
  readonly retransmitMult: number;
  /**
   * A suspect has `suspicionMult * max(1, log10(n)) * probeIntervalMs` to refute before it is
   * declared dead. Sensible: 3..8. @default 4
   */
  readonly suspicionMult: number;
  /** Members that get news each `gossipIntervalMs`. Sensible: 2..5. @default 3 */
  readonly gossipNodes: number;
  /** Ms between two rounds of gossip. Sensible: 50..1,000. @default 200 */
  readonly gossipIntervalMs: number;
  /**
   * Ms for which the dead still get gossip, so that one declared dead in error can refute; then they
   * are forgotten. Should exceed the suspicion timeout. @default 30000
   */
  readonly gossipToTheDeadMs: number;
  /** Ms between two exchanges of the whole state in up to 32 members; more members, rarer. @default 30000 */
  readonly pushPullIntervalMs: number;
  /** Ms after which another address may take over the name of a dead member; 0 is never. @default 0 */
  readonly deadNodeReclaimMs: number;
}

/** Values that each node may choose for itself: bounds on its memory, its work and its patience. */
export interface NodeOptions {
  /** Members held, oneself included; further ones are dropped and counted. 1..1,048,576. @default 65536 */
  readonly maxMembers: number;
  /** Bytes of UTF-8 in the name of a member. 1..128. @default 128 */
  readonly maxNameBytes: number;
  /** Indirect probes under way on behalf of others. @default 1024 */
  readonly maxRelays: number;
  /** State exchanges that others have opened to us and that run at the same time. @default 127 */
  readonly maxInboundExchanges: number;
  /** Bytes of all those together that have come in and are not yet taken over. @default 83886080 */
  readonly maxInboundBytes: number;
  /** Addresses of one `join` that are contacted at the same time. @default 8 */
  readonly joinConcurrency: number;
  /** Addresses that one `join` may name. @default 256 */
  readonly maxJoinAddresses: number;
  /** Members in one received state; memberlist's own limit. @default 1048576 */
  readonly maxStateRows: number;
  /** Bytes of opaque user state in one received state; memberlist's own limit. @default 20971520 */
  readonly maxUserStateBytes: number;
  /** Bytes of one received state in all; memberlist's limit after decompression. @default 41943040 */
  readonly maxStateBytes: number;
  /** Members of our own state encoded before the stream is asked whether it has room. @default 128 */
  readonly stateRowsPerWrite: number;
  /** Ms for one stream from its opening to its end. @default 10000 */
  readonly streamTimeoutMs: number;
  /** Ms to wait until a leave has been told often enough. @default 5000 */
  readonly leaveTimeoutMs: number;
  /** Ms to wait until a change of tags has been told often enough. @default 5000 */
  readonly updateTimeoutMs: number;
  /**
   * Whether each direct answer to a probe of ours is told as an event `probed`, with its round-trip time and
   * payload. @default false
   */
  readonly probeEvents: boolean;
}

/** Every option, filled and checked: made by `resolveMembershipConfig` alone. */
export interface MembershipConfig
  extends ClusterOptions, NodeOptions, HealingOptions, LifeguardOptions {}

/** A situation with known good values. */
export type MembershipPreset = "lan" | "wan" | "local" | "tiny";

/** What an application may say; everything it leaves out comes from the preset. */
export interface MembershipOptions extends Partial<MembershipConfig> {
  /** @default "lan" */
  readonly preset?: MembershipPreset;
}

const LAN: MembershipConfig = {
  ...LIFEGUARD,
  ...HEALING,
  probeIntervalMs: 1000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  gossipNodes: 3,
  gossipIntervalMs: 200,
  gossipToTheDeadMs: 30_000,
  pushPullIntervalMs: 30_000,
  deadNodeReclaimMs: 0,
  maxMembers: 65_536,
  maxNameBytes: MAX_NAME_BYTES,
  maxRelays: 1024,
  maxInboundExchanges: 127,
  maxInboundBytes: 80 * 1024 * 1024,
  joinConcurrency: 8,
  maxJoinAddresses: 256,
  maxStateRows: MAX_PUSH_PULL_NODES,
  maxUserStateBytes: MAX_USER_STATE_BYTES,
  maxStateBytes: 40 * 1024 * 1024,
  stateRowsPerWrite: 128,
  streamTimeoutMs: 10_000,
  leaveTimeoutMs: 5000,
  updateTimeoutMs: 5000,
  probeEvents: false,
};

const WAN: MembershipConfig = {
  ...LAN,
  probeIntervalMs: 5000,
  probeTimeoutMs: 3000,
  lateWakeUpMs: 500,
  suspicionMult: 6,
  gossipNodes: 4,
  gossipIntervalMs: 500,
  gossipToTheDeadMs: 60_000,
  pushPullIntervalMs: 60_000,
  reconnectIntervalMs: 30_000,
  streamTimeoutMs: 30_000,
};

const LOCAL: MembershipConfig = {
  ...LAN,
  probeTimeoutMs: 200,
  lateWakeUpMs: 100,
  indirectChecks: 1,
  suspicionMult: 3,
  gossipIntervalMs: 100,
  gossipToTheDeadMs: 15_000,
  pushPullIntervalMs: 15_000,
  reconnectIntervalMs: 5000,
  streamTimeoutMs: 1000,
};

const TINY: MembershipConfig = {
  ...LOCAL,
  probeIntervalMs: 100,
  probeTimeoutMs: 30,
  lateWakeUpMs: 15,
  retransmitMult: 2,
  gossipNodes: 1,
  gossipIntervalMs: 20,
  gossipToTheDeadMs: 1000,
  pushPullIntervalMs: 1000,
  deadNodeReclaimMs: 500,
  maxMembers: 8,
  maxForgotten: 8,
  forgottenMs: 60_000,
  maxLost: 8,
  reconnectIntervalMs: 500,
  reconnectNodes: 1,
  conflictIntervalMs: 1000,
  joinTries: 2,
  historyEntries: 2,
  maxHistoryBytes: 4096,
  joinRetryMs: 50,
  maxNameBytes: 16,
  maxRelays: 2,
  maxInboundExchanges: 2,
  maxInboundBytes: 6144,
  joinConcurrency: 1,
  maxJoinAddresses: 4,
  maxStateRows: 8,
  maxUserStateBytes: 64,
  maxStateBytes: 4096,
  stateRowsPerWrite: 2,
  streamTimeoutMs: 200,
  leaveTimeoutMs: 200,
  updateTimeoutMs: 200,
};

/** The presets whole, to read and to compare with. */
export const MEMBERSHIP_PRESETS: Readonly<Record<MembershipPreset, MembershipConfig>> = {
  lan: LAN,
  wan: WAN,
  local: LOCAL,
  tiny: TINY,
};

type Switch = {
  [Name in keyof MembershipConfig]: MembershipConfig[Name] extends boolean ? Name : never;
}[keyof MembershipConfig];
type NumericOption = Exclude<keyof MembershipConfig, Switch>;

/** On or off. */
const SWITCHES: Readonly<Record<Switch, true>> = {
  awarenessScalesTimeout: true,
  nacks: true,
  confirmations: true,
  buddy: true,
  lastCall: true,
  tcpPing: true,
  selfDistrust: true,
  suspicion: true,
  piggyback: true,
  probeEvents: true,
};

/** Whole numbers, each with its least and greatest value. */
const RANGES: Readonly<Record<NumericOption, readonly [least: number, most: number]>> = {
  probeIntervalMs: [1, 3_600_000],
  probeTimeoutMs: [1, 3_600_000],
  indirectChecks: [0, 64],
  retransmitMult: [1, 64],
  suspicionMult: [1, 64],
  suspicionMaxTimeoutMult: [1, 64],
  awarenessMaxMultiplier: [1, 64],
  lateWakeUpMs: [1, 3_600_000],
  gossipNodes: [0, 64],
  gossipIntervalMs: [1, 3_600_000],
  gossipToTheDeadMs: [0, 86_400_000],
  pushPullIntervalMs: [1, 86_400_000],
  deadNodeReclaimMs: [0, 31_536_000_000],
  maxMembers: [1, 1_048_576],
  maxNameBytes: [1, MAX_NAME_BYTES],
  maxRelays: [0, 1_048_576],
  maxInboundExchanges: [0, 65_536],
  maxInboundBytes: [256, 1_073_741_824],
  joinConcurrency: [1, 1024],
  maxJoinAddresses: [1, 65_536],
  maxStateRows: [1, MAX_PUSH_PULL_NODES],
  maxUserStateBytes: [0, MAX_USER_STATE_BYTES],
  maxStateBytes: [256, 1_073_741_824],
  stateRowsPerWrite: [1, 65_536],
  streamTimeoutMs: [1, 3_600_000],
  leaveTimeoutMs: [0, 3_600_000],
  updateTimeoutMs: [0, 3_600_000],
  ...HEALING_RANGES,
};

/**
 * Fills what is missing from the preset and checks every rule, those between options too.
 * @throws HearsayError `ERR_OPTION`
 */
export function resolveMembershipConfig(options: MembershipOptions = {}): MembershipConfig {
  if (RESOLVED.has(options)) return options as MembershipConfig;
  const { preset = "lan", ...given } = options;
  if (!Object.hasOwn(MEMBERSHIP_PRESETS, preset)) {
    throw optionError("preset", "one of lan, wan, local, tiny", preset);
  }
  const names = Object.keys(RANGES) as NumericOption[];
  for (const name of Object.keys(given)) {
    const isKnown = Object.hasOwn(RANGES, name) || Object.hasOwn(SWITCHES, name);
    if (!isKnown) throw optionError(name, "an option of membership", name);
  }
  const config: MembershipConfig = { ...MEMBERSHIP_PRESETS[preset], ...given };
  for (const name of names) {
    const value = config[name];
    const [least, most] = RANGES[name];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw optionError(name, `a whole number in ${least}..${most}`, value);
    }
  }
  for (const name of Object.keys(SWITCHES) as Switch[]) {
    if (typeof config[name] !== "boolean") throw optionError(name, "true or false", config[name]);
  }
  if (config.probeTimeoutMs >= config.probeIntervalMs) {
    const rule = `less than probeIntervalMs (${config.probeIntervalMs}), so that others can be asked`;
    throw optionError("probeTimeoutMs", rule, config.probeTimeoutMs);
  }
  if (config.maxInboundBytes < config.maxStateBytes) {
    const rule = `at least maxStateBytes (${config.maxStateBytes}), or no state of that size could come in`;
    throw optionError("maxInboundBytes", rule, config.maxInboundBytes);
  }
  if (config.maxMembers > config.maxStateRows) {
    const rule = `at least maxMembers (${config.maxMembers}), or our own kind could not tell us its state`;
    throw optionError("maxStateRows", rule, config.maxStateRows);
  }
  RESOLVED.add(config);
  return Object.freeze(config);
}

/** What was made here is not made again: the nodes of a world share one, which stays in the caches. */
const RESOLVED = /* @__PURE__ */ new WeakSet<MembershipOptions>();
