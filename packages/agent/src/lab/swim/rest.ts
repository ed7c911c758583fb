/**
 * What it costs to be a member: at rest, and while others come and go.
 *
 * Datagrams are counted with their payload, without IP and UDP headers; streams with what is written to them.
 * @see SWIM §5, message load
 * @module
 */
import { resolveMembershipConfig } from "hearsay/membership";
import type { Experiment, Sample } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import { Meter } from "../meter.ts";
import type { WatchedCluster } from "../watched-cluster.ts";

export interface RestParameters extends ClusterParameters {
  readonly seconds: number;
  /** Seconds between two crashes, each followed by the return of the one before; 0 for none. */
  readonly churnSeconds: number;
}

const MEASURES = {
  sentPerPeriod: "datagrams that a member sends in one probe interval",
  receivedPerPeriod: "and receives",
  messagesPerSecond: "datagrams that a member sends in a second",
  bytesPerSecond: "bytes that a member sends in a second, in datagrams",
  streamBytesPerSecond: "and on streams",
};

export const REST: Experiment<RestParameters> = {
  name: "rest",
  story: "nothing happens, or members come and go",
  measures: MEASURES,
  defaults: { ...CLUSTER_DEFAULTS, seconds: 60, churnSeconds: 0 },

  run(parameters, seed) {
    const meter = new Meter();
    const lab = meteredCluster(parameters, seed, meter);
    lab.form();
    return countTraffic(lab, meter, parameters);
  },
};

/** A cluster whose packets are objects all the same, and whose streams are counted. */
export function meteredCluster(
  parameters: ClusterParameters,
  seed: number,
  meter: Meter,
): LabCluster {
  return new LabCluster({ ...parameters, seed, streams: meter });
}

export function countTraffic(
  lab: WatchedCluster,
  meter: Meter,
  parameters: RestParameters,
): Sample {
  const { n, seconds, churnSeconds, membership } = parameters;
  const { world } = lab;
  const { probeIntervalMs } = resolveMembershipConfig(membership);
  meter.reset();
  const before = world.counts;
  const began = world.now;
  if (churnSeconds === 0) world.run(seconds * 1000);
  else churn(lab, seconds * 1000, churnSeconds * 1000);
  const { datagrams, datagramBytes, lost } = world.counts;
  const nodeSeconds = (n * (world.now - began)) / 1000;
  const sent = datagrams - before.datagrams;
  const received = sent - (lost - before.lost);
  const periods = (nodeSeconds * 1000) / probeIntervalMs;
  return {
    sentPerPeriod: [sent / periods],
    receivedPerPeriod: [received / periods],
    messagesPerSecond: [sent / nodeSeconds],
    bytesPerSecond: [(datagramBytes - before.datagramBytes) / nodeSeconds],
    streamBytesPerSecond: [meter.streamBytes / nodeSeconds],
  };
}

function churn(lab: WatchedCluster, ms: number, everyMs: number): void {
  const { world, rng } = lab;
  const end = world.now + ms;
  for (let turn = 0; world.now < end; turn++) {
    const { live } = lab;
    for (const name of world.names.filter((other) => !world.isAlive(other))) {
      lab.comeBack(name, live[rng.below(live.length)] as string);
    }
    world.crash(live[rng.below(live.length)] as string);
    world.run(Math.min(everyMs, Math.max(0, end - world.now)));
  }
}
