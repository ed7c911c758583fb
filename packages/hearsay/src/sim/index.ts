/**
 * The simulator: nodes as they run in production, in virtual time.
 * @module
 */
export * from "./campaign/index.ts";
export * from "./checkers/index.ts";
export * from "./cluster.ts";
export * from "./crowd/index.ts";
export type { NetworkCounts } from "./network-counts.ts";
export type { NetworkOptions } from "./network-options.ts";
export { Network } from "./network.ts";
export type { NodeCounts } from "./node-counts.ts";
export { around, between, EVERYWHERE, way } from "./place.ts";
export type { Place, Protocol } from "./place.ts";
export type { HostCounts, Memory, NodeContext, NodeEnvelopes, NodeSpec } from "./node-spec.ts";
export { diagnoseCluster } from "./examine.ts";
export { distributionOf } from "./distributions.ts";
export type { Distribution, Latency } from "./distributions.ts";
export { Roster } from "./roster.ts";
export { runScenario } from "./scenario.ts";
export * from "./scenario-builder.ts";
export * from "./scenario-command.ts";
export { parseCommand } from "./scenario-parser.ts";
export { commandText } from "./scenario-print.ts";
export { ScenarioRunner } from "./scenario-runner.ts";
export type { ScenarioOptions, StoryWire } from "./scenario-runner.ts";
export { ScenarioError } from "./scenario-text.ts";
export type { ScenarioLine } from "./scenario-text.ts";
export { Secrets } from "./secrets.ts";
export type { Holding, OnOpened, SecretCounts } from "./secrets.ts";
export { sentence } from "./transcript.ts";
export type { TraceOptions } from "./trace.ts";
export type { WireMode } from "./udp.ts";
export type { WorldLinks } from "./world-links.ts";
export * from "./world.ts";
export type { WorldEvent, WorldOptions, WorldSend } from "./world-options.ts";
