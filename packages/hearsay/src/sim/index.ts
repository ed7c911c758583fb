/**
 * The simulator: nodes as they run in production, in virtual time.
 * @module
 */
export * from "./cluster.ts";
export * from "./crowd/index.ts";
export type { NetworkCounts, NetworkOptions } from "./network.ts";
export { Network } from "./network.ts";
export type { HostCounts, NodeContext, NodeEnvelopes, NodeSpec } from "./node-spec.ts";
export { runScenario } from "./scenario.ts";
export type { ScenarioOptions } from "./scenario.ts";
export { ScenarioError } from "./scenario-text.ts";
export type { WireMode } from "./udp.ts";
export * from "./world.ts";
