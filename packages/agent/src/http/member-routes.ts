/**
 * Members over HTTP: who there is and why, and what an operator does about it.
 *
 *     GET  /v1/self            this node                 GET  /v1/members                      everybody it knows
 *     GET  /v1/stats           counters                  GET  /v1/members/{name}               one of them
 *     POST /v1/join            {"addresses": [...]}      GET  /v1/members/{name}/explain       why it is what it is
 *     PUT  /v1/tags            {"tags": {...}}           POST /v1/members/{name}/force-leave   declare it gone
 *     PATCH /v1/tags           {"set", "delete"}         POST /v1/leave                        say goodbye and end
 *
 * @module
 */
import type { HearsayNode } from "hearsay";
import * as z from "zod";
import { changeTags } from "../tag-changes.ts";
import { ApiError } from "./errors.ts";
import { explanationJson, explanationSchema } from "./explain-json.ts";
import { memberJson, memberSchema } from "./member-json.ts";
import { readingRoute, writingRoute } from "./route.ts";
import type { Route } from "./route.ts";

/** What members need of a node. */
export type MemberNode = Pick<
  HearsayNode,
  | "explain"
  | "explainInWords"
  | "forceLeave"
  | "join"
  | "leave"
  | "local"
  | "member"
  | "members"
  | "setTags"
  | "stats"
>;

const MAX_ADDRESSES = 64;

export const membersSchema = z.object({ members: z.array(memberSchema) });

/** Counters since the start; groups of them by name. Which there are is told in docs/agent.md. */
export const statsSchema = z.record(z.string(), z.unknown());

export const joinedSchema = z.object({
  contacted: z.array(z.string()),
  failed: z.array(
    z.object({ address: z.string(), reason: z.string(), detail: z.string().optional() }),
  ),
});

export const goneSchema = z.object({ name: z.string(), member: memberSchema.nullable() });

/** `told` is false when the time for the goodbye was over before it was told often enough. */
export const leftSchema = z.object({ told: z.boolean() });

const joinBody = z.strictObject({
  addresses: z.array(z.string().min(1)).min(1).max(MAX_ADDRESSES),
});

const tagRecord = z.record(z.string().min(1), z.string());

const tagsBody = z.strictObject({ tags: tagRecord });

const tagChangesBody = z.strictObject({
  set: tagRecord.default({}),
  delete: z.array(z.string().min(1)).default([]),
});

/** By name. */
export function membersJson(node: Pick<MemberNode, "members">): ReturnType<typeof memberJson>[] {
  const members = node.members().map(memberJson);
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `onLeft` is called when the goodbye has been said. */
export function memberRoutes(node: MemberNode, onLeft: () => void): readonly Route[] {
  return [...readingRoutes(node), ...tagRoutes(node), ...commandRoutes(node, onLeft)];
}

function readingRoutes(node: MemberNode): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/v1/self",
      operation: "getSelf",
      summary: "this node",
      answer: memberSchema,
      handle: () => memberJson(node.local),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/stats",
      operation: "getStats",
      summary: "counters since the start",
      answer: statsSchema,
      handle: () => ({ ...node.stats() }),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/members",
      operation: "listMembers",
      summary: "everybody whom this node knows, by name, itself included",
      answer: membersSchema,
      handle: () => ({ members: membersJson(node) }),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/members/{name}",
      operation: "getMember",
      summary: "one member",
      answer: memberSchema,
      errors: ["ERR_NOT_FOUND"],
      handle: ({ params: { name } }) => {
        const member = node.member(name);
        if (member === undefined) throw unknownMember(name);
        return memberJson(member);
      },
    }),
    readingRoute({
      method: "GET",
      path: "/v1/members/{name}/explain",
      operation: "explainMember",
      summary: "what is known of a member and why, in facts and in sentences",
      answer: explanationSchema,
      errors: ["ERR_NOT_FOUND"],
      handle: ({ params: { name } }) => {
        const explanation = node.explain(name);
        if (explanation === undefined) throw unknownMember(name);
        return explanationJson(explanation, node.explainInWords(name));
      },
    }),
  ];
}

function tagRoutes(node: MemberNode): readonly Route[] {
  return [
    writingRoute({
      method: "PUT",
      path: "/v1/tags",
      operation: "setTags",
      summary: "give this node these tags in place of all it had",
      body: tagsBody,
      answer: memberSchema,
      errors: ["ERR_OPTION", "ERR_META_TOO_LARGE"],
      handle: async ({ body }) => {
        await node.setTags(body.tags);
        return memberJson(node.local);
      },
    }),
    writingRoute({
      method: "PATCH",
      path: "/v1/tags",
      operation: "changeTags",
      summary: "set some tags of this node, and delete others",
      body: tagChangesBody,
      answer: memberSchema,
      errors: ["ERR_OPTION", "ERR_META_TOO_LARGE"],
      handle: async ({ body }) => {
        await changeTags(node, body.set, body.delete);
        return memberJson(node.local);
      },
    }),
  ];
}

function commandRoutes(node: MemberNode, onLeft: () => void): readonly Route[] {
  return [
    writingRoute({
      method: "POST",
      path: "/v1/join",
      operation: "join",
      summary: "join the cluster of a running member, host[:port]",
      body: joinBody,
      answer: joinedSchema,
      errors: ["ERR_ADDRESS", "ERR_JOIN"],
      handle: async ({ body }) => {
        const { contacted, failed } = await node.join(body.addresses);
        return { contacted: [...contacted], failed: [...failed] };
      },
    }),
    readingRoute({
      method: "POST",
      path: "/v1/members/{name}/force-leave",
      operation: "forceLeave",
      summary: "declare a member gone that has failed and will not come back",
      answer: goneSchema,
      errors: ["ERR_MEMBER_ALIVE", "ERR_UNKNOWN_MEMBER"],
      handle: async ({ params: { name } }) => {
        if (node.member(name)?.state === "alive") {
          const advice = "it would refute; stop it, and wait until it is suspected";
          throw new ApiError("ERR_MEMBER_ALIVE", `${JSON.stringify(name)} is alive: ${advice}`);
        }
        await node.forceLeave(name);
        const member = node.member(name);
        return { name, member: member === undefined ? null : memberJson(member) };
      },
    }),
    readingRoute({
      method: "POST",
      path: "/v1/leave",
      operation: "leave",
      summary: "say goodbye; then the agent ends",
      answer: leftSchema,
      handle: async () => {
        const told = await node.leave();
        onLeft();
        return { told };
      },
    }),
  ];
}

function unknownMember(name: string): ApiError {
  return new ApiError("ERR_NOT_FOUND", `no member ${JSON.stringify(name)} is known here`);
}
