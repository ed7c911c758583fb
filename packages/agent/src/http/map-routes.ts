/**
 * Maps over HTTP: values in JSON, changes as server-sent events.
 *
 *     GET    /v1/maps                     those that are open, sets and counters too
 *     GET    /v1/maps/:map                all keys with their values
 *     GET    /v1/maps/:map/changes        what is there, then what changes, as server-sent events
 *     GET    /v1/maps/:map/keys/:key      one value
 *     PUT    /v1/maps/:map/keys/:key      the body is the value; ?copies=1 waits until another node has it
 *     DELETE /v1/maps/:map/keys/:key      the same
 *
 * A map that is not open yet is opened by each of them: as one whose last writer wins, or with ?conflict=observed-remove.
 *
 * @module
 */
import type { HearsayNode, MapChange, MapOptions, ReplicatedMap } from "hearsay";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { EventStream, frame } from "./event-stream.ts";
import { mapped } from "./mapped.ts";
import { bytesRoute, eventsRoute, readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** What maps need of a node. */
export type MapNode = Pick<HearsayNode, "map" | "maps">;

/** Bytes of one value, in JSON. */
export const MAX_VALUE_BYTES = 65_536;
/** Changes that wait for a slow reader of one stream. */
const CHANGE_BUFFER = 1024;

export const mapsSchema = z.object({
  maps: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["last-writer-wins", "observed-remove", "set", "counter"]),
      keys: z.number(),
      /** Keys with several values. */
      conflicts: z.number(),
      deleted: z.number(),
      holders: z.array(z.string()),
      writes: z.number(),
      changes: z.number(),
      watchers: z.number(),
      missed: z.number(),
    }),
  ),
});

export type MapJson = z.output<typeof mapsSchema>["maps"][number];

/** All values of a key, where there are several. */
const values = z.array(z.unknown()).optional();

const entrySchema = z.object({ key: z.string(), value: z.unknown(), values });

export const entriesSchema = z.object({ map: z.string(), entries: z.array(entrySchema) });

export const valueSchema = z.object({
  map: z.string(),
  key: z.string(),
  value: z.unknown(),
  values,
});

/** What becomes of writes at once in a map that this request opens; of one that is open, what it must be. */
const kindQuery = { conflict: z.enum(["last-writer-wins", "observed-remove"]).optional() };

/** Other nodes that are to have it before the answer comes. */
export const copiesQuery = { copies: z.coerce.number("a whole number").int().min(0).default(0) };

const writeQuery = { ...kindQuery, ...copiesQuery };

export const writtenSchema = z.object({ map: z.string(), key: z.string(), copies: z.number() });

const change = { at: z.iso.datetime(), map: z.string(), key: z.string() };

export const mapChangeSchema = z.discriminatedUnion("type", [
  /** First on every stream: what is there. */
  z.object({ type: z.literal("open"), map: z.string(), entries: z.array(entrySchema) }),
  /** `local` says that it was set at this agent. */
  z.object({ type: z.literal("set"), ...change, value: z.unknown(), values, local: z.boolean() }),
  z.object({ type: z.literal("delete"), ...change, local: z.boolean() }),
  /** The reader was too slow for this many changes. */
  z.object({ type: z.literal("missed"), count: z.number() }),
]);

export type MapChangeJson = z.output<typeof mapChangeSchema>;

export const OPEN_ERRORS = ["ERR_OPTION", "ERR_KIND", "ERR_QUEUE_FULL"] as const;

export const WRITE_ERRORS = [
  "ERR_OPTION",
  "ERR_KIND",
  "ERR_MESSAGE_TOO_LARGE",
  "ERR_QUEUE_FULL",
  "ERR_TIMEOUT",
] as const;

export function mapRoutes(node: MapNode, slots: StreamSlots): readonly Route[] {
  return [...readingRoutes(node, slots), ...writingRoutes(node)];
}

function readingRoutes(node: MapNode, slots: StreamSlots): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/v1/maps",
      operation: "listMaps",
      summary: "the maps that are open, and what is known of them",
      answer: mapsSchema,
      handle: () => ({ maps: node.maps() as MapJson[] }),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/maps/{map}",
      operation: "getMap",
      summary: "all keys of a map with their values; a map that was not open is opened by that",
      answer: entriesSchema,
      errors: OPEN_ERRORS,
      query: kindQuery,
      handle: async ({ params: { map }, query: { conflict } }) => {
        return { map, entries: entriesOf(await readyMap(node, map, conflict)) };
      },
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/maps/{map}/changes",
      operation: "followMap",
      summary: "what is in a map, and what changes from now on",
      events: mapChangeSchema,
      errors: [...OPEN_ERRORS, "ERR_TOO_MANY_STREAMS"],
      query: kindQuery,
      handle: ({ params: { map }, query: { conflict } }) => {
        const open = mapOf(node, map, conflict);
        const release = slots.take();
        const first: MapChangeJson = { type: "open", map, entries: entriesOf(open) };
        const changes = open.changes({ maxEvents: CHANGE_BUFFER });
        const frames = mapped(frame(first), changes, (item) => frame(changeJson(item)));
        return new EventStream(frames, release);
      },
    }),
    readingRoute({
      method: "GET",
      path: "/v1/maps/{map}/keys/{key}",
      operation: "getKey",
      summary: "the value of a key",
      answer: valueSchema,
      errors: ["ERR_NOT_FOUND", "ERR_NOT_JSON", ...OPEN_ERRORS],
      query: kindQuery,
      handle: async ({ params: { map, key }, query: { conflict } }) => {
        const open = await readyMap(node, map, conflict);
        const value = open.get(key);
        if (value !== undefined) return { map, key, value, ...severalOf(open.all(key)) };
        const [quoted, of] = [JSON.stringify(key), JSON.stringify(map)];
        if (!open.has(key)) throw new ApiError("ERR_NOT_FOUND", `no key ${quoted} in map ${of}`);
        const message = `the value of ${quoted} in map ${of} is no JSON: a program with another encoding has set it`;
        throw new ApiError("ERR_NOT_JSON", message);
      },
    }),
  ];
}

function writingRoutes(node: MapNode): readonly Route[] {
  return [
    bytesRoute({
      method: "PUT",
      path: "/v1/maps/{map}/keys/{key}",
      operation: "setKey",
      summary:
        "set a key to the body, a JSON value; with copies, wait until so many other nodes have it",
      bytes: "the value, in JSON",
      maxBytes: MAX_VALUE_BYTES,
      answer: writtenSchema,
      errors: ["ERR_BODY", ...WRITE_ERRORS],
      query: writeQuery,
      handle: async ({ params: { map, key }, body, query: { conflict, copies } }) => {
        await mapOf(node, map, conflict).set(key, jsonValue(body), { copies });
        return { map, key, copies };
      },
    }),
    readingRoute({
      method: "DELETE",
      path: "/v1/maps/{map}/keys/{key}",
      operation: "deleteKey",
      summary: "delete a key, also one that is not known here; copies as for PUT",
      answer: writtenSchema,
      errors: WRITE_ERRORS,
      query: writeQuery,
      handle: async ({ params: { map, key }, query: { conflict, copies } }) => {
        await mapOf(node, map, conflict).delete(key, { copies });
        return { map, key, copies };
      },
    }),
  ];
}

type Conflict = MapOptions<unknown>["conflict"];

function mapOf(node: MapNode, name: string, conflict: Conflict): ReplicatedMap {
  return node.map(name, conflict === undefined ? {} : { conflict });
}

/** A map that has just been opened waits for somebody who has it, for some seconds at most. */
async function readyMap(node: MapNode, name: string, conflict: Conflict): Promise<ReplicatedMap> {
  const map = mapOf(node, name, conflict);
  await map.ready();
  return map;
}

function entriesOf(map: ReplicatedMap): z.output<typeof entrySchema>[] {
  const entries = [...map.entries()].map(([key, value]) => {
    const all = map.all(key);
    return all.length > 1 ? { key, value, values: all } : { key, value };
  });
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function severalOf(all: readonly unknown[]): { values?: unknown[] } {
  return all.length > 1 ? { values: [...all] } : {};
}

/** @throws ApiError */
function jsonValue(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw new ApiError("ERR_BODY", 'body: expected a JSON value, such as true or "on"');
  }
}

function changeJson(item: MapChange<unknown> | { type: "missed"; count: number }): MapChangeJson {
  if (item.type === "missed") return item;
  const { type, map, key, isLocal: local } = item;
  const at = new Date().toISOString();
  return type === "set"
    ? { type, at, map, key, value: item.value, ...severalOf(item.values), local }
    : { type, at, map, key, local };
}
