/**
 * Events in JSON: the `data` of `/v1/events`, one object a line.
 * @module
 */
import type { HearsayEvent } from "hearsay";
import * as z from "zod";
import { memberJson, memberSchema, reasonJson, reasonSchema, wallClock } from "./member-json.ts";

const at = z.iso.datetime();

/** What came of a member: `member` as it was after the event, and the reason of the event itself. */
const memberEventSchema = z.object({
  type: z.enum(["join", "suspect", "alive", "update", "leave", "fail"]),
  at,
  member: memberSchema,
  reason: reasonSchema,
});

export const eventSchema = z.discriminatedUnion("type", [
  /** First on every stream: the state that the events after it change. */
  z.object({ type: z.literal("members"), at, members: z.array(memberSchema) }),
  memberEventSchema,
  /** A second node claims the name of a member. */
  z.object({
    type: z.literal("conflict"),
    at,
    member: memberSchema,
    reason: reasonSchema,
    address: z.string(),
    claimed: z.string(),
  }),
  /** A member answers on streams, but no packet gets through to it or back. */
  z.object({ type: z.literal("udpBlocked"), at, member: memberSchema }),
  z.object({ type: z.literal("udpRestored"), at, member: memberSchema }),
  /** A member has answered our probe in time; off unless the node was made with `probeEvents`. */
  z.object({
    type: z.literal("probed"),
    at,
    member: memberSchema,
    rttMs: z.number(),
    /** Base64; `null` for nothing. */
    payload: z.string().nullable(),
  }),
  z.object({
    type: z.literal("message"),
    at,
    from: z.string(),
    address: z.string(),
    carrier: z.enum(["datagram", "stream", "broadcast"]),
    /** Base64. */
    payload: z.string(),
  }),
  /** A link that carries topics has come or gone. */
  z.object({
    type: z.enum(["neighbourUp", "neighbourDown"]),
    at,
    overlay: z.string(),
    name: z.string(),
  }),
  /** These publications of an origin have been given up: they came too late, or not at all. */
  z.object({
    type: z.literal("skipped"),
    at,
    origin: z.string(),
    epoch: z.number(),
    from: z.number(),
    to: z.number(),
  }),
  /** What another detector than SWIM thinks of a member: off unless the node was made with `detection`. */
  z.object({
    type: z.enum(["suspected", "failed", "restored"]),
    at,
    detector: z.enum(["heartbeat", "phi", "gems"]),
    name: z.string(),
    silentMs: z.number(),
    reason: z.enum(["silent", "consensus", "told", "heard"]),
  }),
  z.object({ type: z.literal("trouble"), at, message: z.string() }),
  /** An event of a protocol that this API does not know. */
  z.object({ type: z.literal("tenant"), at, event: z.string() }),
  /**
   * So many events are lost to the reader, who was too slow or away for too long; `null` where nobody knows how many, since
   * the agent has restarted. The members as they are come next.
   */
  z.object({ type: z.literal("missed"), at, count: z.number().nullable() }),
]);

type MemberPart = Omit<z.output<typeof memberEventSchema>, "type">;

export type EventJson = z.output<typeof eventSchema>;

/** `seenAt` is for those that do not know when they were. */
export function eventJson(
  event: HearsayEvent | { type: "missed"; count: number },
  seenAt: string,
): EventJson {
  switch (event.type) {
    case "message": {
      const { type, from, address, carrier } = event;
      const payload = Buffer.from(event.payload).toString("base64");
      return { type, at: wallClock(event.at), from, address, carrier, payload };
    }
    case "trouble":
      return { type: "trouble", at: seenAt, message: event.error.message };
    case "tenant":
      return { type: "tenant", at: seenAt, event: event.event.type };
    case "neighbourUp":
    case "neighbourDown": {
      const { type, overlay, name } = event;
      return { type, at: seenAt, overlay, name };
    }
    case "skipped": {
      const { type, origin, epoch, from, to } = event;
      return { type, at: seenAt, origin, epoch, from, to };
    }
    case "suspected":
    case "failed":
    case "restored": {
      const { type, detector, name, silentMs, reason } = event;
      return { type, at: seenAt, detector, name, silentMs, reason: reason.type };
    }
    case "missed":
      return { type: "missed", at: seenAt, count: event.count };
    case "probed": {
      const { type, member, rttMs, payload } = event;
      const text = payload === undefined ? null : Buffer.from(payload).toString("base64");
      return { type, at: wallClock(event.at), member: memberJson(member), rttMs, payload: text };
    }
    case "udpBlocked":
    case "udpRestored":
      return { type: event.type, at: wallClock(event.at), member: memberJson(event.member) };
    case "conflict": {
      const { address, claimed } = event;
      return { type: "conflict", ...ofMember(event), address, claimed };
    }
    default:
      return { type: event.type, ...ofMember(event) };
  }
}

type AboutMember = Pick<Extract<HearsayEvent, { type: "conflict" }>, "at" | "member" | "reason">;

function ofMember({ at: instant, member, reason }: AboutMember): MemberPart {
  return { at: wallClock(instant), member: memberJson(member), reason: reasonJson(reason) };
}
