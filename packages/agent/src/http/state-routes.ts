/**
 * The state of members over HTTP: values in JSON, changes as server-sent events.
 *
 *     GET    /v1/state                          members that have state
 *     GET    /v1/state/members/:member          all keys of a member
 *     GET    /v1/state/members/:member/:key     one of them
 *     GET    /v1/state/changes                  what changes; ?member= and ?key= for less
 *     PUT    /v1/state/keys/:key                a key of the agent's own is the body; ?ttlMs= for a while
 *     DELETE /v1/state/keys/:key                and is no more
 *
 * @module
 */
import type { HearsayNode, StateChange } from "hearsay";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { EventStream, frame } from "./event-stream.ts";
import { mapped } from "./mapped.ts";
import { bytesRoute, eventsRoute, readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** What the state needs of a node. */
export type StateNode = Pick<HearsayNode, "state" | "name">;

/** Bytes of one value, in JSON. */
const MAX_STATE_VALUE_BYTES = 65_536;
/** Changes that wait for a slow reader of one stream. */
const CHANGE_BUFFER = 1024;

export const stateSchema = z.object({
  members: z.array(
    z.object({
      member: z.string(),
      keys: z.number(),
      bytes: z.number(),
      generation: z.number(),
      version: z.number(),
    }),
  ),
});

const keySchema = z.object({ key: z.string(), value: z.unknown() });

export const memberStateSchema = z.object({ member: z.string(), keys: z.array(keySchema) });

type MemberStateJson = z.output<typeof memberStateSchema>;

export const stateKeySchema = z.object({
  member: z.string(),
  key: z.string(),
  value: z.unknown(),
});

export const stateWrittenSchema = z.object({ member: z.string(), key: z.string() });

const change = { at: z.iso.datetime(), member: z.string(), key: z.string() };

export const stateChangeSchema = z.discriminatedUnion("type", [
  /** First on every stream: from here on. */
  /** What there is now, of what is followed. */
  z.object({ type: z.literal("open"), members: z.array(memberStateSchema) }),
  z.object({ type: z.literal("set"), ...change, value: z.unknown() }),
  z.object({
    type: z.literal("delete"),
    ...change,
    reason: z.enum(["deleted", "expired", "restarted", "memberGone"]),
  }),
  /** The reader was too slow for this many changes. */
  z.object({ type: z.literal("missed"), count: z.number() }),
]);

export type StateChangeJson = z.output<typeof stateChangeSchema>;

export function stateRoutes(node: StateNode, slots: StreamSlots): readonly Route[] {
  return [...readingRoutes(node, slots), ...writingRoutes(node)];
}

function readingRoutes(node: StateNode, slots: StreamSlots): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/v1/state",
      operation: "listState",
      summary: "the members that have state, and how much",
      answer: stateSchema,
      handle: () => ({ members: node.state.members() }),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/state/members/{member}",
      operation: "getMemberState",
      summary: "all keys of a member; none of one that is gone",
      answer: memberStateSchema,
      handle: ({ params: { member } }) => {
        const keys = [...node.state.of(member)].map(([key, value]) => ({ key, value }));
        return { member, keys };
      },
    }),
    readingRoute({
      method: "GET",
      path: "/v1/state/members/{member}/{key}",
      operation: "getMemberKey",
      summary: "one key of a member",
      answer: stateKeySchema,
      errors: ["ERR_NOT_FOUND"],
      handle: ({ params: { member, key } }) => {
        const value = node.state.get(member, key);
        if (value !== undefined) return { member, key, value };
        const words = `no key ${JSON.stringify(key)} of ${JSON.stringify(member)}`;
        throw new ApiError("ERR_NOT_FOUND", words);
      },
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/state/changes",
      operation: "followState",
      summary: "what changes in the state of members, of one of them, of one key",
      events: stateChangeSchema,
      errors: ["ERR_TOO_MANY_STREAMS"],
      query: { member: z.string().optional(), key: z.string().optional() },
      handle: ({ query: { member, key } }) => {
        const release = slots.take();
        const watch = {
          ...(member !== undefined && { member }),
          ...(key !== undefined && { key }),
        };
        const first: StateChangeJson = { type: "open", members: membersOf(node, member, key) };
        const changes = node.state.changes({ ...watch, maxEvents: CHANGE_BUFFER });
        const frames = mapped(frame(first), changes, (item) => frame(changeJson(item)));
        return new EventStream(frames, release);
      },
    }),
  ];
}

function writingRoutes(node: StateNode): readonly Route[] {
  return [
    bytesRoute({
      method: "PUT",
      path: "/v1/state/keys/{key}",
      operation: "setStateKey",
      summary: "set a key of the agent's own to the body, a JSON value; with ttlMs, for so long",
      bytes: "the value, in JSON",
      maxBytes: MAX_STATE_VALUE_BYTES,
      answer: stateWrittenSchema,
      errors: ["ERR_BODY", "ERR_OPTION", "ERR_MESSAGE_TOO_LARGE", "ERR_QUEUE_FULL"],
      query: { ttlMs: z.coerce.number("a number of milliseconds").optional() },
      handle: ({ params: { key }, body, query: { ttlMs } }) => {
        node.state.set(key, jsonValue(body), ttlMs === undefined ? {} : { ttlMs });
        return { member: node.name, key };
      },
    }),
    readingRoute({
      method: "DELETE",
      path: "/v1/state/keys/{key}",
      operation: "deleteStateKey",
      summary: "delete a key of the agent's own",
      answer: stateWrittenSchema,
      errors: ["ERR_OPTION"],
      handle: ({ params: { key } }) => {
        node.state.delete(key);
        return { member: node.name, key };
      },
    }),
  ];
}

/** The keys of all members, or of one; or one key of theirs. */
function membersOf(node: StateNode, member?: string, key?: string): MemberStateJson[] {
  const names = node.state.members().map((one) => one.member);
  return names
    .filter((name) => member === undefined || name === member)
    .map((name) => {
      const rows = [...node.state.of(name)].filter(([one]) => key === undefined || one === key);
      return { member: name, keys: rows.map(([one, value]) => ({ key: one, value })) };
    })
    .filter(({ keys }) => keys.length > 0);
}

/** @throws ApiError */
function jsonValue(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw new ApiError("ERR_BODY", 'body: expected a JSON value, such as true or "eu"');
  }
}

function changeJson(
  item: StateChange<unknown> | { type: "missed"; count: number },
): StateChangeJson {
  if (item.type === "missed") return item;
  return { ...item, at: new Date().toISOString() };
}
