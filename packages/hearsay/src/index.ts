/**
 * The gossip toolkit: which of my instances are alive, tell them all, share this.
 *
 * @example
 *     import { createNode } from "hearsay";
 *
 *     const node = createNode({ name: "a", bind: "127.0.0.1:0" });
 *     await node.start();
 *     node.on("join", ({ member }) => console.log(`${member.name} is here`));
 *     await node.join("127.0.0.1:7946");
 *
 * @module
 */
import { nodePorts } from "./node/index.ts";
import { HearsayNode, resolveNodeOptions } from "./runtime/index.ts";
import type { NodeOptions } from "./runtime/index.ts";

export { quantileOf } from "./aggregation/index.ts";
export type { Aggregated, AggregateResult, SketchData } from "./aggregation/index.ts";
export type { DetectionEvent, DetectionOptions, Judgement, PhiConfig } from "./detection/index.ts";
export type { KeyInput, KeyView } from "./codec/index.ts";
export { diagnose, FINDING_CODES } from "./diagnosis/index.ts";
export type { Finding, FindingCode, NodeReport, Observations } from "./diagnosis/index.ts";
export { HearsayError } from "./kernel/index.ts";
export type { Address, ErrorCode } from "./kernel/index.ts";
export { explainInWords } from "./membership/index.ts";
export type {
  ApplicationVersions,
  Candidate,
  Explanation,
  HistoryEntry,
  MemberState,
  MemberView,
  MembershipHooks,
  MembershipEvent,
  ProbedEvent,
  Reason,
} from "./membership/index.ts";
export type { MessageEvent } from "./messaging/index.ts";
export type { DeltaOrder, StateLoss } from "./state/index.ts";
export {
  Aggregate,
  bytesEncoding,
  HearsayNode,
  NodeState,
  jsonEncoding,
  ReplicatedCounter,
  ReplicatedMap,
  ReplicatedSet,
  textEncoding,
  Topic,
} from "./runtime/index.ts";
export type {
  AggregateOptions,
  AggregatesOptions,
  AggregateValue,
  EventBuffer,
  HearsayEvent,
  HearsayStats,
  JoinResult,
  EncryptionOptions,
  Logger,
  CounterChange,
  KindLabel,
  MapChange,
  MapOptions,
  MapsOptions,
  MapView,
  MergeValues,
  MetadataCodec,
  NodeKeys,
  NodeOptions,
  PingResult,
  SendOptions,
  SetChange,
  SnapshotStore,
  Delivery,
  NeighbourView,
  OverlayView,
  TenantContext,
  TopicEncoding,
  TopicMessage,
  TopicOptions,
  TopicsOptions,
  TopicView,
  WriteOptions,
  StateChange,
  StateOptions,
  StateSetOptions,
  StateView,
  StateWatchOptions,
} from "./runtime/index.ts";

/**
 * A node on UDP and TCP. Checks its options at once; opens nothing before `start`.
 * @throws HearsayError `ERR_OPTION`, `ERR_KEY`, `ERR_ADDRESS` or `ERR_META_TOO_LARGE`
 */
export function createNode<Metadata = unknown>(
  options: NodeOptions<Metadata>,
): HearsayNode<Metadata> {
  return new HearsayNode<Metadata>(resolveNodeOptions(options), nodePorts());
}
