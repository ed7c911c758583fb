/**
 * A node as a world is told to host it.
 * @module
 */
import type { Envelope, StreamEnvelope } from "../codec/index.ts";
import type { CompositionConfig, NodeMachine, PeerTable } from "../composition/index.ts";
import type { Address, Instant, Tenant } from "../kernel/index.ts";

/** What a tenant's maker is told of the node that it is made for, at every start of the node. */
export interface NodeContext {
  /** The name that it goes by among the others. */
  readonly name: string;
  readonly address: Address;
  readonly peers: PeerTable;
  /** Wall-clock seconds at this start: the first incarnation. */
  readonly epochSeconds: number;
  /** What the node's own clock shows. */
  readonly now: Instant;
  /** What `NodeSpec.remember` gave before the crash, at a restart with memory. */
  readonly memory?: unknown;
}

/**
 * What a restarted node's application finds of what it had kept: nothing, all, all of a long time ago (of its first
 * crash), or a file that was cut off in the middle.
 */
export type Memory = "none" | "whole" | "old" | "torn";

/** What is around everything that a node sends. */
export interface NodeEnvelopes {
  readonly packets: Envelope;
  readonly streams: StreamEnvelope;
}

/** A node as a world is told to host it. */
export interface NodeSpec {
  /** Makes the tenants; called at every start, so that nothing survives a crash. */
  readonly tenants: (context: NodeContext) => readonly Tenant[];
  /**
   * What the application has where a crash does not reach, such as in a file; asked at every crash, and given to
   * `tenants` at a restart with memory. @default the node cannot be restarted with memory
   */
  readonly remember?: (machine: NodeMachine) => unknown;
  /** What is left of a memory whose writing was cut off. @default nothing */
  readonly tear?: (memory: unknown) => unknown;
  /** The name that it goes by among the others: two nodes may have the same. @default its name in the world */
  readonly name?: string;
  /** Where it lives. @default the next free one of 10.0.0.1:7946, 10.0.0.2:7946, … */
  readonly address?: Address;
  readonly config?: Partial<CompositionConfig>;
  /** What waits at most for a paused process, as Linux counts it. @default 212992 */
  readonly socketBufferBytes?: number;
}

/** What a host has refused or lost before its machine could count it. Since the last start. */
export interface HostCounts {
  /** Datagrams that found the socket's buffer full. */
  readonly bufferDrops: number;
  /** Datagrams and streams whose envelope could not be opened. */
  readonly envelopeDrops: number;
  /** The same, by reason. */
  readonly envelopeDropReasons: Readonly<Record<string, number>>;
}
