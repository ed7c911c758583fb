/**
 * The state that each node owns, reconciled by three-way exchanges: Scuttlebutt.
 * @module
 */
export { LEAST_PACKET_BYTES, resolveStateConfig, STATE_DEFAULTS } from "./config.ts";
export type { DeltaOrder, StateConfig } from "./config.ts";
export type { StateChanged, StateCommand, StateDefended, StateLoss } from "./events.ts";
export { GossipTargets } from "./gossip-targets.ts";
export type { TargetPorts } from "./gossip-targets.ts";
export { ThreeWayExchange } from "./three-way-exchange.ts";
export type { StateRow, ThreeWayExchangeOptions } from "./three-way-exchange.ts";
export { STATE_CHANNEL } from "./wire.ts";
export type { Ack, Ack2, DeltaEntry, Digest, OwnerDelta, StateMessage, Syn } from "./wire.ts";
