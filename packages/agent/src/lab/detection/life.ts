/**
 * What SWIM is asked in `swim life` and `swim anomalies`, asked of detectors by heartbeats: the same functions on a cluster
 * without SWIM.
 *
 *     start at once ─▶ rest ─▶ crashes ─▶ come and go            nodes in trouble: cut off, stopped, slow
 *
 * @module
 */
import { resolveDetectionConfig } from "hearsay/detection";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { Meter } from "../meter.ts";
import { flag, number, share, span, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { ANOMALIES, trouble } from "../swim/anomalies.ts";
import { crashMembers } from "../swim/crash.ts";
import { LIFE as SWIM_LIFE } from "../swim/life.ts";
import { countTraffic } from "../swim/rest.ts";
import { DetectorCluster } from "./detector-cluster.ts";
import { DETECTION_OPTIONS, detectionOf } from "./rounds.ts";

const CLUSTER_OPTIONS = {
  n: whole(16, "nodes", { least: 2, most: 4096 }),
  loss: share(0, "of datagrams that are lost, once all have been heard of"),
  latencyMs: span([1, 10], "ms that a datagram takes"),
} satisfies Record<string, OptionSpec>;

const LIFE_OPTIONS = {
  ...CLUSTER_OPTIONS,
  seconds: number(60, "at rest, and of coming and going"),
  churnSeconds: number(5, "between two crashes, each followed by the return of the one before"),
  crashes: whole(4, "crashes", { least: 1 }),
  together: whole(1, "crashes at about the same time", { least: 1 }),
  ...DETECTION_OPTIONS,
} satisfies Record<string, OptionSpec>;

/** Longest wait for whatever does not come: φ takes its time. */
const MAX_MS = 120_000;

function life(parameters: ParametersOf<typeof LIFE_OPTIONS>, seed: number): Sample {
  const { n, seconds } = parameters;
  const lab = clusterOf(parameters, seed);
  const counted = { ...parameters, membership: {} };
  lab.form();
  let falsePositives = 0;
  lab.listen(({ event }) => {
    if (event.type === "fail") falsePositives++;
  });
  const rest = countTraffic(lab, new Meter(), { ...counted, churnSeconds: 0 });
  lab.listen(undefined);
  const crashes = crashMembers(lab, { ...counted, until: "dead", maxMs: MAX_MS });
  const churn = countTraffic(lab, new Meter(), counted);
  return {
    formedMs: [lab.formedMs],
    falsePositives: [falsePositives],
    nodeHours: [(n * seconds) / 3600],
    restMessages: rest["messagesPerSecond"] ?? [],
    restBytes: rest["bytesPerSecond"] ?? [],
    firstMs: crashes.firstMs,
    fullMs: crashes.fullMs,
    crashMissed: crashes.missed,
    churnMessages: churn["messagesPerSecond"] ?? [],
    churnBytes: churn["bytesPerSecond"] ?? [],
  };
}

function clusterOf(
  parameters: ParametersOf<typeof CLUSTER_OPTIONS & typeof DETECTION_OPTIONS>,
  seed: number,
): DetectorCluster {
  const { n, loss, latencyMs } = parameters;
  return new DetectorCluster({ seed, n, loss, latencyMs, detection: detectionOf(parameters) });
}

/** Of what is measured in a life of SWIM: detectors bring no news, and nobody joins. */
const MEASURED = [
  "formedMs",
  "falsePositives",
  "nodeHours",
  "restMessages",
  "restBytes",
  "firstMs",
  "fullMs",
  "crashMissed",
  "churnMessages",
  "churnBytes",
];

export const DETECTOR_LIFE = experiment(LIFE_OPTIONS, {
  name: "life",
  story: "a cluster of detectors alone starts, rests, crashes, and changes all the time",
  measures: Object.fromEntries(MEASURED.map((name) => [name, SWIM_LIFE.measures[name] ?? ""])),
  check: (parameters) => resolveDetectionConfig(detectionOf(parameters)),
  run: life,
});

const { downMs, upMs, workMs } = ANOMALIES.defaults;

const TROUBLE_OPTIONS = {
  ...CLUSTER_OPTIONS,
  troubled: whole(4, "nodes in trouble"),
  trouble: word("cut", ["cut", "stop", "slow"], "what ails them"),
  downMs: span(downMs, "ms that it lasts, at random"),
  upMs: span(upMs, "ms that they are well in between, at random"),
  inStep: flag(false, "all are in trouble at the same times"),
  workMs: number(workMs, "ms that each input costs a slow node"),
  seconds: number(60, "until the last trouble begins"),
  afterSeconds: number(60, "to count on after that"),
  crashes: whole(2, "healthy nodes that crash meanwhile"),
  ...DETECTION_OPTIONS,
} satisfies Record<string, OptionSpec>;

export const DETECTOR_ANOMALIES = experiment(TROUBLE_OPTIONS, {
  name: "anomalies",
  story: "some nodes are cut off, stopped or slow, on and off; only detectors are there",
  measures: ANOMALIES.measures,
  check: (parameters) => resolveDetectionConfig(detectionOf(parameters)),
  run: (parameters, seed) => {
    const lab = clusterOf(parameters, seed);
    lab.form();
    return trouble(lab, {
      ...parameters,
      trouble: parameters.trouble as "cut" | "stop" | "slow",
      membership: {},
    });
  },
});
