/**
 * Crowds: the tenants of a million nodes, without what is around them in production.
 * @module
 */
export { Crowd } from "./crowd.ts";
export type { CrowdContext, CrowdOptions } from "./crowd.ts";
export type { CrowdMachine, CrowdMachineContext } from "./crowd-machine.ts";
export type { CrowdCounts, CrowdNetworkOptions } from "./crowd-network.ts";
export { MAX_CROWD } from "./crowd-peers.ts";
