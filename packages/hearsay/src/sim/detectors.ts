/**
 * Second opinions in a cluster of virtual time: the detector of every node, the same machine as on sockets.
 * @module
 */
import { HEARTBEAT_CHANNEL, HeartbeatDetection } from "../detection/index.ts";
import type { DetectorName, Judgement } from "../detection/index.ts";
import type { Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { Speakers } from "../overlay/index.ts";
import type { NodeContext } from "./node-spec.ts";

export const DETECTORS: ReadonlySet<string> = new Set<DetectorName>(["heartbeat", "phi", "gems"]);

export class Detectors {
  readonly detector: DetectorName;
  /** Of each node's latest run. */
  readonly #machines = new Map<string, HeartbeatDetection>();

  constructor(detector: DetectorName) {
    this.detector = detector;
  }

  tenant(node: string, context: NodeContext, membership: Membership): Tenant {
    const { name, peers, epochSeconds: epoch } = context;
    const sampler = new Speakers(HEARTBEAT_CHANNEL, peers, membership.sampler);
    const config = { detector: this.detector };
    const machine = new HeartbeatDetection({ name, epoch, peers, sampler, config });
    this.#machines.set(node, machine);
    return machine as unknown as Tenant;
  }

  /** What the latest run of a node thinks of the others. Their silences are not to be read: its clock is its own. */
  judgementsOf(node: string): readonly Judgement[] {
    const machine = this.#machines.get(node);
    return machine?.judgements(machine.deadline) ?? [];
  }
}
