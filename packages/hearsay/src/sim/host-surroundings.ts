/**
 * What a host takes from its world: the same for all hosts.
 * @module
 */
import type { NodeInput, PeerTable } from "../composition/index.ts";
import type { NodeEvent } from "../kernel/index.ts";
import type { FirstNodeCounts } from "./node-counts.ts";
import type { NodeEnvelopes } from "./node-spec.ts";
import type { VirtualTcp } from "./tcp.ts";
import type { Timeline } from "./timeline.ts";
import type { Trace } from "./trace.ts";
import type { VirtualUdp } from "./udp.ts";
import type { WorldSend } from "./world-options.ts";

export interface HostSurroundings {
  readonly timeline: Timeline;
  readonly udp: VirtualUdp;
  readonly tcp: VirtualTcp;
  readonly nodeCounts: FirstNodeCounts;
  /** What is around all that a node sends; asked once for each. */
  envelopes(node: string): NodeEnvelopes;
  /** The table for a run that starts now. */
  peers(): PeerTable;
  /** Wall-clock ms of the world since 1970. */
  epochMs(): number;
  /** Writes down what passes, if somebody wants to read it. */
  readonly trace: Trace | undefined;
  /** Whether each run has a table of peers of its own. */
  readonly ownPeers: boolean;
  /** The machine has been handed an input. */
  stepped(node: string, input: NodeInput["type"]): void;
  /** The machine sends a packet, or dials, if somebody wants to know. */
  readonly sent: ((sent: WorldSend) => void) | undefined;
  /** A tenant has told its application something. */
  record(node: string, event: NodeEvent): void;
}
