/**
 * The agent's HTTP API: a function from request to answer, without a socket.
 *
 *     request ──▶ guard ──▶ router ──▶ route ──▶ answer
 *                   └─────────┴──────────┴─────▶ {"error": {"code", "message"}}
 *
 * Which routes there are is told by `/openapi.json`, which is made of their schemas, and in docs/agent.md.
 * @module
 */
import type { HearsayNode, Logger } from "hearsay";
import * as z from "zod";
import { AgentKeys } from "../keys/agent-keys.ts";
import type { NodeKeyring } from "../keys/agent-keys.ts";
import { aggregateRoutes } from "./aggregate-routes.ts";
import type { AggregateNode } from "./aggregate-routes.ts";
import { agentRoutes } from "./agent-routes.ts";
import { ApiError, errorAnswer } from "./errors.ts";
import { EVENT_RING, EventRing } from "./event-ring.ts";
import { examinationRoutes } from "./examination-routes.ts";
import type { ExaminedNode } from "./examination-routes.ts";
import { fromFetch, jsonAnswer, toResponse } from "./exchange.ts";
import type { Answer, ApiRequest } from "./exchange.ts";
import { Guard } from "./guard.ts";
import type { Access } from "./guard.ts";
import { keyRoutes } from "./key-routes.ts";
import { setRoutes } from "./set-routes.ts";
import type { SetNode } from "./set-routes.ts";
import { stateRoutes } from "./state-routes.ts";
import type { StateNode } from "./state-routes.ts";
import { mapRoutes } from "./map-routes.ts";
import type { MapNode } from "./map-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import type { MemberNode } from "./member-routes.ts";
import { readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
import { pathOf, Router } from "./router.ts";
import { StreamSlots } from "./stream-slots.ts";
import { topicRoutes } from "./topic-routes.ts";
import type { TopicNode } from "./topic-routes.ts";

/** What the API needs of a node: `HearsayNode` has it all. */
export type ApiNode = MemberNode &
  ExaminedNode &
  TopicNode &
  AggregateNode &
  MapNode &
  SetNode &
  StateNode &
  Pick<HearsayNode, "events" | "name"> & { readonly keys: NodeKeyring };

export interface ApiOptions {
  /** Called when a leave that came over HTTP has been said; the answer is sent after it. */
  readonly onLeft?: () => void;
  /** @default the node's own, which nobody knows the texts of, so that none of them can be used or removed */
  readonly keys?: AgentKeys;
  readonly logger?: Pick<Logger, "error">;
  /** @default programs of this machine */
  readonly access?: Access;
  /** Members that must have been alive at one time before `/ready` says so. @default 1, the node itself */
  readonly readyMembers?: number;
}

export interface Api {
  readonly routes: readonly Route[];
  /** Never rejects. */
  handle(request: ApiRequest): Promise<Answer> | Answer;
  /** The same for whoever has a `Request`. */
  fetch(request: Request): Promise<Response>;
}

/** Event streams at one time. */
export const MAX_EVENT_STREAMS = 64;

export function createApi(node: ApiNode, options: ApiOptions = {}): Api {
  const slots = new StreamSlots(MAX_EVENT_STREAMS);
  const requests = new Map<number, number>();
  const ring = new EventRing();
  void ring.fill(node.events({ maxEvents: EVENT_RING }));
  const { readyMembers = 1 } = options;
  const routes: Route[] = [
    ...agentRoutes(node, { ring, slots, requests, readyMembers }),
    ...memberRoutes(node, () => options.onLeft?.()),
    ...examinationRoutes(node),
    ...topicRoutes(node, slots),
    ...mapRoutes(node, slots),
    ...setRoutes(node),
    ...aggregateRoutes(node, slots),
    ...stateRoutes(node, slots),
    ...keyRoutes(options.keys ?? new AgentKeys(node.keys)),
  ];
  routes.push(openApiRoute(routes));
  const served = serverOf(routes, options);
  const counted = (answer: Answer): Answer => {
    requests.set(answer.status, (requests.get(answer.status) ?? 0) + 1);
    return answer;
  };
  const handle = (request: ApiRequest): Promise<Answer> | Answer => {
    const answer = served(request);
    return answer instanceof Promise ? answer.then(counted) : counted(answer);
  };
  return {
    routes,
    handle,
    fetch: async (request) => toResponse(await handle(fromFetch(request))),
  };
}

/** From a request to its answer, whatever happens. */
function serverOf(
  routes: readonly Route[],
  { access, logger }: ApiOptions,
): (request: ApiRequest) => Promise<Answer> | Answer {
  const router = new Router(routes);
  const guard = new Guard(access);
  const refused = (error: unknown): Answer => {
    const { status, body } = errorAnswer(error);
    if (status === 500) logger?.error({ err: error }, "a request failed");
    return { ...jsonAnswer(body, status), headers: headersOf(status) };
  };
  return (request) => {
    try {
      const path = pathOf(request.url);
      const match = router.find(request.method, path);
      guard.check(request, match?.route.isOpen ?? false);
      if (match === undefined) {
        throw new ApiError("ERR_NOT_FOUND", `no route ${request.method} ${path}`);
      }
      const answer = match.route.serve(request, match.params);
      return answer instanceof Promise ? answer.catch(refused) : answer;
    } catch (error) {
      return refused(error);
    }
  };
}

/** What HTTP wants said with some refusals. */
function headersOf(status: number): Answer["headers"] {
  const type = { "content-type": "application/json" };
  if (status === 401) return { ...type, "www-authenticate": "Bearer" };
  return status === 429 ? { ...type, "retry-after": "1" } : type;
}

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
