/**
 * Heartbeat gossip in synchronous rounds: for how many rounds is nothing newer heard of one who lives?
 *
 *     round   1  2  3  4  5  6  7      a node's table, one member
 *     newer   ×  ×        ×     ×
 *     age     0  0  1  2  0  1  0      T_fail must be longer than ages ever are
 *
 * @see van Renesse, Minsky, Hayden 1998, section 4
 * @module
 */
import { HeartbeatDetection, resolveDetectionConfig } from "hearsay/detection";
import type { DetectionConfig, DetectionEvent, DetectionOptions } from "hearsay/detection";
import type { PeerId, Tenant } from "hearsay/kernel";
import { Crowd, Roster } from "hearsay/sim";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { flag, share, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { PHI_OPTIONS } from "./phi.ts";

const DEFAULTS = resolveDetectionConfig({ detector: "heartbeat" });

/** What a node can be told of detection, for every experiment that has one; phi's among them. */
export const DETECTION_OPTIONS = {
  detector: word(
    DEFAULTS.detector,
    ["heartbeat", "phi", "gems"],
    "what says that a member is dead",
  ),
  intervalMs: whole(DEFAULTS.intervalMs, "ms of a round", { least: 10, most: 3_600_000 }),
  fanout: whole(DEFAULTS.fanout, "peers that the table is sent to in a round", {
    least: 1,
    most: 16,
  }),
  failMs: whole(0, "ms of silence, T_fail; 0 is the detector's own default"),
  majority: flag(DEFAULTS.majority, "of gems: those who agree must be more than half of all"),
  packetBytes: whole(DEFAULTS.packetBytes, "bytes of a packet", { least: 256, most: 65_000 }),
  maxPackets: whole(DEFAULTS.maxPackets, "packets of a table to a peer in a round", {
    least: 1,
    most: 64,
  }),
  ...PHI_OPTIONS,
} satisfies Record<Exclude<keyof DetectionConfig, "phi">, OptionSpec> & typeof PHI_OPTIONS;

export function detectionOf(parameters: ParametersOf<typeof DETECTION_OPTIONS>): DetectionOptions {
  const { detector, intervalMs, fanout, failMs, majority, packetBytes, maxPackets } = parameters;
  const { model, threshold, windowSize, initialIntervalMs, leastDeviationMs } = parameters;
  return {
    detector,
    intervalMs,
    fanout,
    ...(failMs > 0 && { failMs }),
    majority,
    packetBytes,
    maxPackets,
    phi: { model, threshold, windowSize, initialIntervalMs, leastDeviationMs },
  } as DetectionOptions;
}

const OPTIONS = {
  n: whole(128, "nodes", { least: 2, most: 4096 }),
  rounds: whole(60, "rounds that are looked at", { least: 1, most: 100_000 }),
  settleRounds: whole(30, "rounds before that"),
  loss: share(0, "of messages that are lost"),
  ...DETECTION_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

function run(parameters: Parameters, seed: number): Sample {
  const { n, rounds, settleRounds, intervalMs, loss } = parameters;
  const config = detectionOf(parameters);
  let mistakes = 0;
  const crowd = new Crowd({
    seed,
    size: n,
    loss,
    tenants: ({ self, name, peers }) => {
      const others = Array.from({ length: n }, (_, i) => i as PeerId).filter((i) => i !== self);
      const roster = new Roster(others);
      const options = { name, epoch: 0, peers, sampler: roster, config };
      return [new HeartbeatDetection(options) as unknown as Tenant, roster];
    },
    onEvent: (_node, event) => {
      if ((event as DetectionEvent).type === "failed") mistakes++;
    },
  });
  for (let round = 0; round < settleRounds; round++) crowd.round(intervalMs);
  mistakes = 0;
  const sentBefore = crowd.counts.sent;
  const ages: number[] = [];
  for (let round = 0; round < rounds; round++) {
    crowd.round(intervalMs);
    for (const node of crowd.live) {
      const machine = crowd.tenant(node, 0) as unknown as HeartbeatDetection;
      for (const { silentMs } of machine.judgements(crowd.now)) {
        const age = Math.round(silentMs / intervalMs);
        ages[age] = (ages[age] ?? 0) + 1;
      }
    }
  }
  const counts = Array.from(ages, (count = 0) => count);
  const samples = counts.reduce((sum, count) => sum + count, 0);
  return {
    p99: [quantile(counts, 0.99, samples)],
    p999: [quantile(counts, 0.999, samples)],
    p9999: [quantile(counts, 0.9999, samples)],
    oldest: [counts.length - 1],
    samples: [samples],
    mistakes: [mistakes],
    messages: [(crowd.counts.sent - sentBefore) / n / rounds],
    age: counts.map((_, age) => age),
    share: counts.map((count) => count / samples),
  };
}

/** The least age that this share of all does not exceed. */
function quantile(counts: readonly number[], part: number, samples: number): number {
  let sum = 0;
  return counts.findIndex((count) => (sum += count) >= part * samples);
}

export const ROUNDS = experiment(OPTIONS, {
  name: "rounds",
  story: "all live, and send their tables to somebody in each round",
  measures: {
    p99: "rounds since the last newer heartbeat of a member: 99 of 100 are not more",
    p999: "999 of 1000",
    p9999: "9999 of 10,000",
    oldest: "the most",
    samples: "looks, one for each node, member and round",
    mistakes: "times that one who lives was told as failed",
    messages: "messages of a node in a round",
    age: "rounds",
    share: "part of all looks at which it was that many",
  },
  plots: [{ kind: "curve", title: "Age of what is known", x: "age", y: "share" }],
  check: (parameters) => resolveDetectionConfig(detectionOf(parameters)),
  run,
});
