/**
 * The agent's HTTP API: a function from request to response, without a socket.
 *
 *     GET  /health             the process answers; 503 until the node runs
 *     GET  /v1/self            this node                 GET  /v1/members         everybody it knows
 *     GET  /v1/stats           counters                  GET  /v1/members/:name   one of them
 *     GET  /v1/events          what happens, as server-sent events, and
 *     GET  /v1/members/:name/explain                     why one of them is what it is
 *     POST /v1/join            {"addresses": [...]}      POST /v1/leave           say goodbye and end
 *     POST /v1/members/:name/force-leave                 declare one gone that has failed
 *     PUT  /v1/tags            {"tags": {...}}           PATCH /v1/tags           {"set": {...}, "delete": [...]}
 *     GET  /v1/keys            their fingerprints        POST /v1/keys            {"key": "..."}
 *     GET  /v1/topics          what goes over them       POST /v1/topics/:topic   publish the body
 *     GET  /v1/overlay         links that carry them     GET  /v1/topics/:topic/messages
 *     PUT  /v1/keys/primary    {"fingerprint": "..."}    DELETE /v1/keys/:fingerprint
 *
 * Shapes of the answers: docs/agent.md.
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { HearsayEvent, HearsayNode, Logger } from "hearsay";
import { CAPABILITY_TAG } from "hearsay/membership";
import { METADATA_TAG } from "hearsay/runtime";
import { z } from "zod";
import { AgentKeys } from "../keys/agent-keys.ts";
import type { NodeKeyring } from "../keys/agent-keys.ts";
import { readBody } from "./body.ts";
import { ApiError, errorAnswer } from "./errors.ts";
import { eventJson } from "./event-json.ts";
import type { EventJson } from "./event-json.ts";
import { explanationJson } from "./explain-json.ts";
import { eventStream } from "./event-stream.ts";
import { loopbackGuard } from "./guard.ts";
import { addKeys } from "./key-routes.ts";
import { memberJson } from "./member-json.ts";
import { StreamSlots } from "./stream-slots.ts";
import { addTopics, MAX_PUBLICATION_BYTES } from "./topic-routes.ts";
import type { TopicNode } from "./topic-routes.ts";

/** What the API needs of a node: `HearsayNode` has it all. */
export type ApiNode = Pick<
  HearsayNode,
  | "events"
  | "explain"
  | "explainInWords"
  | "forceLeave"
  | "join"
  | "leave"
  | "local"
  | "member"
  | "members"
  | "name"
  | "setTags"
  | "stats"
> &
  TopicNode & { readonly keys: NodeKeyring };

export interface ApiOptions {
  /** Called when a leave that came over HTTP has been said; the answer is sent after it. */
  readonly onLeft?: () => void;
  /** @default the node's own, which nobody knows the texts of, so that none of them can be used or removed */
  readonly keys?: AgentKeys;
  readonly logger?: Pick<Logger, "error">;
}

export interface Api {
  fetch(request: Request): Promise<Response> | Response;
}

/** Bytes of a request's body. */
export const MAX_BODY_BYTES = 16 * 1024;
/** Events that wait for a slow reader of one stream. */
export const EVENT_BUFFER = 256;
/** Event streams at one time. */
export const MAX_EVENT_STREAMS = 64;

const MAX_ADDRESSES = 64;

const joinBody = z.strictObject({
  addresses: z.array(z.string().min(1)).min(1).max(MAX_ADDRESSES),
});

const tagRecord = z.record(z.string().min(1), z.string());

const tagsBody = z.strictObject({ tags: tagRecord });

const tagChangesBody = z.strictObject({
  set: tagRecord.default({}),
  delete: z.array(z.string().min(1)).default([]),
});

/** Where a body is a publication, and may be large. */
const PUBLISHES = /^\/v1\/topics\/[^/]+$/u;

/** Tags that the node looks after by itself. */
const OUR_TAGS: ReadonlySet<string> = new Set([CAPABILITY_TAG, METADATA_TAG]);

export function createApi(node: ApiNode, options: ApiOptions = {}): Api {
  const app = new Hono();
  app.onError((error, context) => {
    const { status, body } = errorAnswer(error);
    if (status === 500) options.logger?.error({ err: error }, "a request failed");
    return context.json(body, status);
  });
  app.notFound((context) => {
    const { method, path } = context.req;
    const { status, body } = errorAnswer(
      new ApiError("ERR_NOT_FOUND", `no route ${method} ${path}`),
    );
    return context.json(body, status);
  });
  app.use(loopbackGuard);
  const small = limitOf(MAX_BODY_BYTES);
  const large = limitOf(MAX_PUBLICATION_BYTES);
  app.use((context, next) => {
    return (PUBLISHES.test(context.req.path) ? large : small)(context, next);
  });
  const slots = new StreamSlots(MAX_EVENT_STREAMS);
  addReading(app, node);
  addEvents(app, node, slots);
  addTopics(app, node, slots);
  addCommands(app, node, options);
  addKeys(app, options.keys ?? new AgentKeys(node.keys));
  return app;
}

function addReading(app: Hono, node: ApiNode): void {
  app.get("/health", (context) => {
    const { name, state } = node.local;
    return context.json({ status: "ok", name, state });
  });
  app.get("/v1/self", (context) => context.json(memberJson(node.local)));
  app.get("/v1/stats", (context) => context.json(node.stats()));
  app.get("/v1/members", (context) => context.json({ members: membersJson(node) }));
  app.get("/v1/members/:name", (context) => {
    const name = context.req.param("name");
    const member = node.member(name);
    if (member === undefined) throw unknownMember(name);
    return context.json(memberJson(member));
  });
  app.get("/v1/members/:name/explain", (context) => {
    const name = context.req.param("name");
    const explanation = node.explain(name);
    if (explanation === undefined) throw unknownMember(name);
    return context.json(explanationJson(explanation, node.explainInWords(name)));
  });
}

function unknownMember(name: string): ApiError {
  return new ApiError("ERR_NOT_FOUND", `no member ${JSON.stringify(name)} is known here`);
}

function addEvents(app: Hono, node: ApiNode, slots: StreamSlots): void {
  app.get("/v1/events", (context) => {
    const release = slots.take();
    context.header("content-type", "text/event-stream");
    context.header("cache-control", "no-store");
    // A HEAD is answered by the route of GET, and nobody would ever end its stream.
    if (context.req.method === "HEAD") {
      release();
      return context.body(null);
    }
    const at = new Date().toISOString();
    const first: EventJson = { type: "members", at, members: membersJson(node) };
    const events = mapped(node.events({ maxEvents: EVENT_BUFFER }), eventJson);
    return context.body(eventStream(first, events, release));
  });
}

function addCommands(app: Hono, node: ApiNode, options: ApiOptions): void {
  app.post("/v1/join", async (context) => {
    const { addresses } = await readBody(context, joinBody);
    return context.json(await node.join(addresses));
  });
  app.put("/v1/tags", async (context) => {
    const { tags } = await readBody(context, tagsBody);
    await node.setTags(tags);
    return context.json(memberJson(node.local));
  });
  app.patch("/v1/tags", async (context) => {
    const changes = await readBody(context, tagChangesBody);
    const kept = [...node.local.tags].filter(([key]) => !OUR_TAGS.has(key));
    const tags = new Map([...kept, ...Object.entries(changes.set)]);
    for (const key of changes.delete) tags.delete(key);
    await node.setTags(Object.fromEntries(tags));
    return context.json(memberJson(node.local));
  });
  app.post("/v1/members/:name/force-leave", async (context) => {
    const name = context.req.param("name");
    if (node.member(name)?.state === "alive") {
      const advice = "it would refute; stop it, and wait until it is suspected";
      throw new ApiError("ERR_MEMBER_ALIVE", `${JSON.stringify(name)} is alive: ${advice}`);
    }
    await node.forceLeave(name);
    const member = node.member(name);
    return context.json({ name, member: member === undefined ? null : memberJson(member) });
  });
  app.post("/v1/leave", async (context) => {
    const told = await node.leave();
    options.onLeft?.();
    return context.json({ told });
  });
}

function membersJson(node: ApiNode): ReturnType<typeof memberJson>[] {
  const members = node.members().map(memberJson);
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function limitOf(maxSize: number): ReturnType<typeof bodyLimit> {
  const onError = (): never => {
    throw new ApiError("ERR_BODY_TOO_LARGE", `body: expected at most ${maxSize} bytes`);
  };
  return bodyLimit({ maxSize, onError });
}

type Raw = HearsayEvent | { readonly type: "missed"; readonly count: number };

/** An iterator whose `return` ends the other one at once, even while a `next` of it waits. */
function mapped(
  events: AsyncIterator<Raw>,
  map: (event: Raw) => EventJson,
): AsyncIterator<EventJson> {
  return {
    async next() {
      const { done, value } = await events.next();
      return done === true ? { done, value: undefined } : { done: false, value: map(value as Raw) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
  };
}
