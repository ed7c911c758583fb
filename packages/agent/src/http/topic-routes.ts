/**
 * Topics over HTTP: bytes in, server-sent messages out, and the links that carry them.
 *
 *     GET  /v1/topics                    what is open or has been heard of
 *     POST /v1/topics/:topic             the body, as it is, to everybody
 *     GET  /v1/topics/:topic/messages    what is published, as server-sent events
 *     GET  /v1/overlay                   links, eager and lazy, and spares
 *
 * @module
 */
import type { Hono } from "hono";
import { bytesEncoding } from "hearsay";
import type { HearsayNode, TopicMessage } from "hearsay";
import { z } from "zod";
import { ApiError } from "./errors.ts";
import { eventStream } from "./event-stream.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** What topics need of a node. */
export type TopicNode = Pick<HearsayNode, "topic" | "topics" | "overlay">;

/** Bytes of one publication: what a link takes in a frame, with room for names. */
export const MAX_PUBLICATION_BYTES = 1_048_064;
/** Messages that wait for a slow reader of one stream. */
const MESSAGE_BUFFER = 1024;

export const topicsSchema = z.object({
  topics: z.array(
    z.object({
      name: z.string(),
      open: z.boolean(),
      published: z.number(),
      delivered: z.number(),
      subscribers: z.number(),
      missed: z.number(),
    }),
  ),
});

export type TopicJson = z.output<typeof topicsSchema>["topics"][number];

export const publishedSchema = z.object({ topic: z.string(), bytes: z.number() });

const peer = { name: z.string(), address: z.string() };

export const overlaySchema = z.object({
  node: z.string(),
  overlay: z.string(),
  neighbours: z.array(z.object({ ...peer, push: z.enum(["eager", "lazy"]) })),
  passive: z.array(z.object(peer)),
});

export type OverlayJson = z.output<typeof overlaySchema>;

export const topicMessageSchema = z.discriminatedUnion("type", [
  /** First on every stream: from here on. */
  z.object({ type: z.literal("open"), topic: z.string() }),
  z.object({
    type: z.literal("message"),
    at: z.iso.datetime(),
    topic: z.string(),
    origin: z.string(),
    number: z.number(),
    hops: z.number(),
    /** Base64. */
    payload: z.string(),
  }),
  /** The reader was too slow for this many messages. */
  z.object({ type: z.literal("missed"), count: z.number() }),
]);

export type TopicMessageJson = z.output<typeof topicMessageSchema>;

export function addTopics(
  app: Hono,
  node: TopicNode & { readonly name: string },
  slots: StreamSlots,
): void {
  const open = (name: string) => node.topic<Uint8Array>(name, encodingFor(node, name));
  app.get("/v1/topics", (context) => context.json({ topics: node.topics() }));
  app.get("/v1/overlay", (context) => {
    const view = node.overlay();
    if (view === undefined) throw new ApiError("ERR_NOT_FOUND", "this agent carries no topics");
    const answer: OverlayJson = { node: node.name, ...(view as Omit<OverlayJson, "node">) };
    return context.json(answer);
  });
  app.post("/v1/topics/:topic", async (context) => {
    const topic = context.req.param("topic");
    const payload = new Uint8Array(await context.req.arrayBuffer());
    await open(topic).publish(payload);
    return context.json({ topic, bytes: payload.length });
  });
  app.get("/v1/topics/:topic/messages", (context) => {
    const name = context.req.param("topic");
    context.header("content-type", "text/event-stream");
    context.header("cache-control", "no-store");
    // A HEAD is answered by the route of GET, and nobody would ever end its stream.
    if (context.req.method === "HEAD") return context.body(null);
    const release = slots.take();
    const messages = open(name).messages({ maxEvents: MESSAGE_BUFFER });
    const items: AsyncIterator<TopicMessageJson> = {
      async next() {
        const { done, value } = await messages.next();
        return done === true
          ? { done, value: undefined }
          : { done: false, value: messageJson(value) };
      },
      async return() {
        await messages.return?.();
        return { done: true, value: undefined };
      },
    };
    return context.body(eventStream({ type: "open", topic: name }, items, release));
  });
}

/** A topic that is open has its encoding already. */
function encodingFor(node: TopicNode, name: string): { encoding?: typeof bytesEncoding } {
  const isOpen = node.topics().some((topic) => topic.open && topic.name === name);
  return isOpen ? {} : { encoding: bytesEncoding };
}

function messageJson(
  item: TopicMessage<Uint8Array> | { type: "missed"; count: number },
): TopicMessageJson {
  if (item.type === "missed") return item;
  const { type, topic, origin, number, hops, value } = item;
  const payload = Buffer.from(value).toString("base64");
  return { type, at: new Date().toISOString(), topic, origin, number, hops, payload };
}
