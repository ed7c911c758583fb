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
import { bytesEncoding } from "hearsay";
import type { HearsayNode, TopicMessage } from "hearsay";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { EventStream, frame } from "./event-stream.ts";
import { mapped } from "./mapped.ts";
import { bytesRoute, eventsRoute, readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
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

export function topicRoutes(
  node: TopicNode & { readonly name: string },
  slots: StreamSlots,
): readonly Route[] {
  const open = (name: string) => node.topic<Uint8Array>(name, encodingFor(node, name));
  return [
    readingRoute({
      method: "GET",
      path: "/v1/topics",
      operation: "listTopics",
      summary: "the topics that are open or have been heard of, and what went over them",
      answer: topicsSchema,
      handle: () => ({ topics: node.topics() }),
    }),
    bytesRoute({
      method: "POST",
      path: "/v1/topics/{topic}",
      operation: "publish",
      summary: "publish the body, as it is, to every node that has the topic open",
      bytes: "what to publish",
      maxBytes: MAX_PUBLICATION_BYTES,
      answer: publishedSchema,
      errors: ["ERR_OPTION", "ERR_MESSAGE_TOO_LARGE", "ERR_QUEUE_FULL"],
      handle: async ({ params: { topic }, body }) => {
        await open(topic).publish(body);
        return { topic, bytes: body.length };
      },
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/topics/{topic}/messages",
      operation: "followTopic",
      summary: "what is published, from now on",
      events: topicMessageSchema,
      errors: ["ERR_OPTION", "ERR_QUEUE_FULL", "ERR_TOO_MANY_STREAMS"],
      handle: ({ params: { topic } }) => {
        const release = slots.take();
        const messages = open(topic).messages({ maxEvents: MESSAGE_BUFFER });
        const first: TopicMessageJson = { type: "open", topic };
        const frames = mapped(frame(first), messages, (item) => frame(messageJson(item)));
        return new EventStream(frames, release);
      },
    }),
    readingRoute({
      method: "GET",
      path: "/v1/overlay",
      operation: "getOverlay",
      summary: "the links that carry topics, eager and lazy, and spares",
      answer: overlaySchema,
      errors: ["ERR_NOT_FOUND"],
      handle: () => {
        const view = node.overlay();
        if (view === undefined) throw new ApiError("ERR_NOT_FOUND", "this agent carries no topics");
        return { node: node.name, ...(view as Omit<OverlayJson, "node">) };
      },
    }),
  ];
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
