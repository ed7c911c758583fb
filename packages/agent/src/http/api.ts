/**
 * The agent's HTTP API: a function from request to answer, without a socket.
 *
 *     request ──▶ guard ──▶ router ──▶ route ──▶ answer
 *                   └─────────┴──────────┴─────▶ {"error": {"code", "message"}}
 *
 * Which routes there are is told by `/openapi.json`, which is made of their schemas, and in docs/agent.md.
 * @module
 */
import type { HearsayEvent, HearsayNode, Logger } from "hearsay";
import * as z from "zod";
import { AgentKeys } from "../keys/agent-keys.ts";
import type { NodeKeyring } from "../keys/agent-keys.ts";
import { ApiError, errorAnswer } from "./errors.ts";
import { eventJson, eventSchema } from "./event-json.ts";
import type { EventJson } from "./event-json.ts";
import { EventStream } from "./event-stream.ts";
import { fromFetch, jsonAnswer, toResponse } from "./exchange.ts";
import type { Answer, ApiRequest } from "./exchange.ts";
import { guardLoopback } from "./guard.ts";
import { keyRoutes } from "./key-routes.ts";
import { mapped } from "./mapped.ts";
import { memberRoutes, membersJson } from "./member-routes.ts";
import type { MemberNode } from "./member-routes.ts";
import { eventsRoute, readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
import { pathOf, Router } from "./router.ts";
import { StreamSlots } from "./stream-slots.ts";
import { topicRoutes } from "./topic-routes.ts";
import type { TopicNode } from "./topic-routes.ts";

/** What the API needs of a node: `HearsayNode` has it all. */
export type ApiNode = MemberNode &
  TopicNode &
  Pick<HearsayNode, "events" | "name"> & { readonly keys: NodeKeyring };

export interface ApiOptions {
  /** Called when a leave that came over HTTP has been said; the answer is sent after it. */
  readonly onLeft?: () => void;
  /** @default the node's own, which nobody knows the texts of, so that none of them can be used or removed */
  readonly keys?: AgentKeys;
  readonly logger?: Pick<Logger, "error">;
}

export interface Api {
  readonly routes: readonly Route[];
  /** Never rejects. */
  handle(request: ApiRequest): Promise<Answer> | Answer;
  /** The same for whoever has a `Request`. */
  fetch(request: Request): Promise<Response>;
}

/** Events that wait for a slow reader of one stream. */
export const EVENT_BUFFER = 256;
/** Event streams at one time. */
export const MAX_EVENT_STREAMS = 64;

export const healthSchema = z.object({
  status: z.literal("ok"),
  name: z.string(),
  state: z.string(),
});

export function createApi(node: ApiNode, options: ApiOptions = {}): Api {
  const slots = new StreamSlots(MAX_EVENT_STREAMS);
  const routes: Route[] = [
    ...agentRoutes(node, slots),
    ...memberRoutes(node, () => options.onLeft?.()),
    ...topicRoutes(node, slots),
    ...keyRoutes(options.keys ?? new AgentKeys(node.keys)),
  ];
  routes.push(openApiRoute(routes));
  const router = new Router(routes);
  const refused = (error: unknown): Answer => {
    const { status, body } = errorAnswer(error);
    if (status === 500) options.logger?.error({ err: error }, "a request failed");
    return jsonAnswer(body, status);
  };
  const handle = (request: ApiRequest): Promise<Answer> | Answer => {
    try {
      guardLoopback(request);
      const answer = route(router, request);
      return answer instanceof Promise ? answer.catch(refused) : answer;
    } catch (error) {
      return refused(error);
    }
  };
  return {
    routes,
    handle,
    fetch: async (request) => toResponse(await handle(fromFetch(request))),
  };
}

/** @throws ApiError `ERR_NOT_FOUND`, and whatever the route throws */
function route(router: Router, request: ApiRequest): Promise<Answer> | Answer {
  const path = pathOf(request.url);
  const match = router.find(request.method, path);
  if (match === undefined) {
    throw new ApiError("ERR_NOT_FOUND", `no route ${request.method} ${path}`);
  }
  return match.route.serve(request, match.params);
}

function agentRoutes(node: ApiNode, slots: StreamSlots): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/health",
      operation: "getHealth",
      summary: "the process answers, and its node runs",
      answer: healthSchema,
      errors: ["ERR_STATE"],
      handle: () => {
        const { name, state } = node.local;
        return { status: "ok" as const, name, state };
      },
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/events",
      operation: "followEvents",
      summary: "what happens, with reasons; the members as they are come first",
      events: eventSchema,
      errors: ["ERR_TOO_MANY_STREAMS"],
      handle: () => {
        const release = slots.take();
        const at = new Date().toISOString();
        const first: EventJson = { type: "members", at, members: membersJson(node) };
        const events: AsyncIterator<Raw> = node.events({ maxEvents: EVENT_BUFFER });
        return new EventStream(first, mapped(events, eventJson), release);
      },
    }),
  ];
}

type Raw = HearsayEvent | { readonly type: "missed"; readonly count: number };

/** The document is made when somebody asks for it, and what makes it is loaded then. */
function openApiRoute(routes: readonly Route[]): Route {
  return readingRoute({
    method: "GET",
    path: "/openapi.json",
    operation: "getOpenApi",
    summary: "this API as an OpenAPI 3.1 document",
    answer: z.record(z.string(), z.unknown()),
    handle: async () => (await import("./openapi.ts")).openApiDocument(routes),
  });
}
