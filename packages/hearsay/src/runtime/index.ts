/**
 * From machine to running node: the driver, the contracts of transport and platform, the application's view.
 * @module
 */
export { Aggregate } from "./aggregate.ts";
export type { AggregateOptions, AggregatesOptions, AggregateValue } from "./aggregates.ts";
export * from "./clock.ts";
export * from "./driver.ts";
export * from "./metadata.ts";
export { NodeState } from "./node-state.ts";
export type {
  StateChange,
  StateOptions,
  StateSetOptions,
  StateView,
  StateWatchOptions,
} from "./node-state.ts";
export type { EncryptionOptions, WireOptions } from "./encryption-options.ts";
export { Emitter } from "./emitter.ts";
export type { EventBuffer, MissedEvents, Unsubscribe } from "./emitter.ts";
export * from "./memory-network.ts";
export * from "./node.ts";
export type { HearsayEvent, TenantEvent, TroubleEvent } from "./node-events.ts";
export type { NodeKeys } from "./node-keys.ts";
export * from "./node-options.ts";
export type { Blueprint } from "./blueprint.ts";
export { replayNode } from "./replayed-node.ts";
export type { ReplayedHearsayNode } from "./replayed-node.ts";
export type { JoinResult } from "./seeds.ts";
export type { Delivery, NeighbourView, OverlayView, TopicsOptions } from "./broadcast-tenants.ts";
export * from "./maps/index.ts";
export type { TenantContext } from "./tenant-context.ts";
export { Topic } from "./topic.ts";
export type { TopicMessage, TopicView } from "./topic.ts";
export { bytesEncoding, jsonEncoding, textEncoding } from "./topic-encoding.ts";
export type { TopicEncoding } from "./topic-encoding.ts";
export type { TopicOptions } from "./topics.ts";
export * from "./transport.ts";
export * from "./transport-conformance.ts";
export * from "./transport-pair.ts";
