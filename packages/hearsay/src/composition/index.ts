/**
 * A node as a composition of tenants.
 * @module
 */
export * from "./config.ts";
export * from "./host.ts";
export { MAX_PEERS, PeerTable } from "./peer-table.ts";
export type { SavedPeers } from "./peer-table.ts";
export * from "./node-machine.ts";
export type { SavedNode } from "./saved-node.ts";
export { Outgoing, Packet } from "./packet.ts";
export * from "./recording.ts";
export type { NodeStats, QueueStats } from "./stats.ts";
export { EXCHANGE_OPENER, LINK_OPENER } from "./streams.ts";
