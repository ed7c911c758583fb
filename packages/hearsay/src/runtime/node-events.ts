/**
 * What a node tells its application.
 * @module
 */
import type { Skipped } from "../broadcast/index.ts";
import type { DetectionEvent } from "../detection/index.ts";
import type { NodeEvent } from "../kernel/index.ts";
import type {
  MembershipEvent,
  ProbedEvent,
  UdpBlockedEvent,
  UdpRestoredEvent,
} from "../membership/index.ts";
import type { MessageEvent } from "../messaging/index.ts";
import type { NeighbourEvent } from "../overlay/index.ts";

/** Something is wrong that no member and no message stands for, such as a socket error. */
export interface TroubleEvent {
  readonly type: "trouble";
  readonly error: Error;
}

/** An event of a tenant of the application's own. */
export interface TenantEvent {
  readonly type: "tenant";
  readonly event: NodeEvent;
}

export type HearsayEvent =
  | MembershipEvent
  | ProbedEvent
  | UdpBlockedEvent
  | UdpRestoredEvent
  | MessageEvent
  | NeighbourEvent
  | Skipped
  | DetectionEvent
  | TroubleEvent
  | TenantEvent;

const KNOWN_EVENTS: ReadonlySet<string> = new Set<HearsayEvent["type"]>([
  "join",
  "suspect",
  "alive",
  "update",
  "leave",
  "fail",
  "conflict",
  "probed",
  "udpBlocked",
  "udpRestored",
  "message",
  "neighbourUp",
  "neighbourDown",
  "skipped",
  "suspected",
  "failed",
  "restored",
]);

/** What a tenant has told; what only tenants of the application's own tell is wrapped up. */
export function asHearsayEvent(event: NodeEvent): HearsayEvent {
  return KNOWN_EVENTS.has(event.type) ? (event as HearsayEvent) : { type: "tenant", event };
}

/** What an event takes in a reader's buffer beside itself. */
export function payloadBytes(event: HearsayEvent): number {
  return event.type === "message" ? event.payload.length : 0;
}
