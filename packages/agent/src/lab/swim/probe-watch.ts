/**
 * Whom each node probes and when, read from the pings in its packets.
 *
 * A ping that a node sends for somebody else names the same target. It is told apart by time: without local health
 * rounds begin one probe interval after the other, to the bit, and errands come in between. The first round of a node that
 * has joined comes before its turn, so a node's turns are known when two of its pings are whole intervals apart.
 * @module
 */
import { PING } from "hearsay/membership";
import { LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import { Meter } from "../meter.ts";

export interface Probe {
  readonly node: string;
  readonly target: string;
  readonly at: number;
}

/** Below what separates two things that happen in different steps by chance. */
const SAME_INSTANT_MS = 1e-6;

/** A cluster of nodes without local health whose probes are told, from when it has formed. */
export function watchedCluster(
  parameters: ClusterParameters,
  seed: number,
  intervalMs: number,
  onProbe: (probe: Probe, lab: LabCluster) => void,
): LabCluster {
  /** When each node's latest round began. */
  const rounds = new Map<string, number>();
  /** When those have pinged whose turns are not known yet. */
  const first = new Map<string, number[]>();
  const isTurnAfter = (at: number, previous: number): boolean => {
    const phase = (at - previous) % intervalMs;
    return Math.min(phase, intervalMs - phase) <= SAME_INSTANT_MS && at !== previous;
  };
  const meter = new Meter((node, type, bytes, start, end) => {
    if (type !== "ping") return;
    const at = lab.world.now;
    const previous = rounds.get(node);
    const earlier = first.get(node) ?? [];
    if (previous !== undefined && !isTurnAfter(at, previous)) return;
    if (previous !== undefined || earlier.some((one) => isTurnAfter(at, one))) rounds.set(node, at);
    else first.set(node, [...earlier, at]);
    onProbe({ node, target: PING.decode(bytes, start, end).node, at }, lab);
  });
  const lab: LabCluster = new LabCluster({ ...parameters, seed, packets: meter });
  return lab;
}
