/**
 * The agent itself over HTTP: whether it is well, what it counts, and what happens.
 *
 *     GET /health    the process answers        GET /metrics      counters, for Prometheus
 *     GET /ready     it may be counted on       GET /v1/events    what happens, as server-sent events
 *
 * @module
 */
import type { HearsayNode } from "hearsay";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { eventSchema } from "./event-json.ts";
import type { EventRing } from "./event-ring.ts";
import { EventStream } from "./event-stream.ts";
import { membersJson } from "./member-routes.ts";
import { METRICS_TYPE, metricsText } from "./metrics.ts";
import { eventsRoute, readingRoute, textRoute } from "./route.ts";
import type { Route } from "./route.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** What the agent's own routes need of a node. */
export type AgentNode = Pick<HearsayNode, "explain" | "local" | "members" | "name" | "stats">;

export interface AgentRouteOptions {
  readonly ring: EventRing;
  readonly slots: StreamSlots;
  /** Requests so far, by the status of their answers. */
  readonly requests: ReadonlyMap<number, number>;
  /** Members, this one included, that must have been alive at one time before the agent is ready. */
  readonly readyMembers: number;
}

export const healthSchema = z.object({
  status: z.literal("ok"),
  name: z.string(),
  state: z.string(),
});

export const readySchema = z.object({
  ready: z.literal(true),
  name: z.string(),
  /** Those alive, this one included. */
  members: z.number(),
});

export function agentRoutes(node: AgentNode, options: AgentRouteOptions): readonly Route[] {
  const { ring, slots, requests } = options;
  return [
    ...healthRoutes(node, options.readyMembers),
    textRoute({
      method: "GET",
      path: "/metrics",
      operation: "getMetrics",
      summary: "counters and gauges in Prometheus' text format",
      type: METRICS_TYPE,
      errors: ["ERR_STATE"],
      handle: () => {
        const { name } = node;
        return metricsText({
          stats: node.stats(),
          localHealth: node.explain(name)?.localHealth ?? 0,
          name,
          events: ring.counts,
          requests,
          eventStreams: slots.taken,
        });
      },
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/events",
      operation: "followEvents",
      summary:
        "what happens, with reasons: the members as they are, or, with Last-Event-ID, what came after it, and then every event",
      events: eventSchema,
      errors: ["ERR_TOO_MANY_STREAMS"],
      handle: ({ request }) => {
        const release = slots.take();
        const members = () => {
          const at = new Date().toISOString();
          return { type: "members" as const, at, members: membersJson(node) };
        };
        return new EventStream(ring.read(request.header("last-event-id"), members), release);
      },
    }),
  ];
}

function healthRoutes(node: AgentNode, readyMembers: number): readonly Route[] {
  // Once it was ready it stays so: a partition is no reason to be taken out of service, too.
  let wasReady = false;
  return [
    readingRoute({
      method: "GET",
      path: "/health",
      operation: "getHealth",
      summary: "the process answers, and its node runs",
      isOpen: true,
      answer: healthSchema,
      errors: ["ERR_STATE"],
      handle: () => {
        const { name, state } = node.local;
        return { status: "ok" as const, name, state };
      },
    }),
    readingRoute({
      method: "GET",
      path: "/ready",
      operation: "getReady",
      summary: "the node runs, does not leave, and has seen as many members as were asked for",
      isOpen: true,
      answer: readySchema,
      errors: ["ERR_STATE", "ERR_NOT_READY"],
      handle: () => {
        const { name, state } = node.local;
        if (state !== "alive") throw new ApiError("ERR_NOT_READY", `${name} is ${state}`);
        const members = node.members().filter((member) => member.state === "alive").length;
        wasReady ||= members >= readyMembers;
        if (wasReady) return { ready: true as const, name, members };
        const message = `${members} members are alive, this one included; expected ${readyMembers}`;
        throw new ApiError("ERR_NOT_READY", message);
      },
    }),
  ];
}
