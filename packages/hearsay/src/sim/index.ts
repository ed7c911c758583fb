/**
 * The simulator: nodes as they run in production, in virtual time.
 * @module
 */
export type { NetworkCounts, NetworkOptions } from "./network.ts";
export { Network } from "./network.ts";
export type { HostCounts, NodeContext, NodeSpec } from "./node-spec.ts";
export type { WireMode } from "./udp.ts";
export * from "./world.ts";
