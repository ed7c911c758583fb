/**
 * How a world is made, and what it tells.
 * @module
 */
import type { NodeInput, Packet } from "../composition/index.ts";
import type { Address, Instant, NodeEvent } from "../kernel/index.ts";
import type { NetworkOptions } from "./network-options.ts";
import type { NodeEnvelopes } from "./node-spec.ts";
import type { TraceOptions } from "./trace.ts";
import type { WireMode } from "./udp.ts";

export interface WorldOptions {
  /** Whole number in `0..2**32-1`; all randomness of the world comes from it. */
  readonly seed: number;
  readonly network?: NetworkOptions;
  /** @default "bytes" */
  readonly wire?: WireMode;
  /** One table of peers for all nodes, or one for each, as in the real world. @default "shared" */
  readonly peers?: "shared" | "each";
  /** Told of every event in the middle of it: whoever would act on it acts by `World.after`. */
  readonly onEvent?: (event: WorldEvent) => void;
  /** Whether `World.events` keeps what nodes tell: in a large world that is most of its memory. @default true */
  readonly keepEvents?: boolean;
  /** Told of every input that a node has handled, and its type, when all that it has caused is done. */
  readonly onStep?: (node: string, input: NodeInput["type"]) => void;
  /** Told of all that a node sends by itself, in the middle of a step. */
  readonly onSend?: (sent: WorldSend) => void;
  /**
   * Writes down every input of every node and what came of it; packets are then always encoded. With `peers: "each"`
   * every node of it can be run again. @default nothing
   */
  readonly trace?: TraceOptions;
  /** Wall-clock seconds when the world begins. @default 1700000000 */
  readonly epochSeconds?: number;
  /**
   * What is around a node's packets and streams; asked once for each node. In `objects` mode packets are not
   * put into it, but are counted as if they were. Nonces must come from a counter, or runs differ.
   * @default a checksum around packets, nothing around streams
   */
  readonly envelopes?: (node: string) => NodeEnvelopes;
}

/** A datagram, before anything is put around it; or a stream that is dialed. */
export interface WorldSend {
  readonly node: string;
  readonly to: Address;
  /** `undefined` is a stream. */
  readonly packet: Packet | undefined;
}

/** Something that a node has told its application. */
export interface WorldEvent {
  readonly at: Instant;
  readonly node: string;
  readonly event: NodeEvent;
}
