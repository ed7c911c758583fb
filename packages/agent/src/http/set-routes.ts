/**
 * Counters and sets over HTTP.
 *
 *     GET    /v1/counters/:counter                 what it stands at
 *     POST   /v1/counters/:counter                 {"amount": 5} more; ?copies=1 waits until another node has it
 *     GET    /v1/sets/:set                         its elements
 *     PUT    /v1/sets/:set/elements/:element       adds one; ?copies= as above
 *     DELETE /v1/sets/:set/elements/:element       removes one
 *
 * What is not open yet is opened by that; what is open as something else is refused.
 * @module
 */
import type { HearsayNode } from "hearsay";
import * as z from "zod";
import { copiesQuery, OPEN_ERRORS, WRITE_ERRORS } from "./map-routes.ts";
import { readingRoute, writingRoute } from "./route.ts";
import type { Route } from "./route.ts";

/** What counters and sets need of a node. */
export type SetNode = Pick<HearsayNode, "counter" | "set">;

export const counterSchema = z.object({ counter: z.string(), value: z.number() });

export const setSchema = z.object({ set: z.string(), elements: z.array(z.string()) });

export const elementSchema = z.object({
  set: z.string(),
  element: z.string(),
  copies: z.number(),
});

const amountSchema = z.object({ amount: z.number().int().default(1) });

export function setRoutes(node: SetNode): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/v1/counters/{counter}",
      operation: "getCounter",
      summary: "what a counter stands at; one that was not open is opened by that",
      answer: counterSchema,
      errors: OPEN_ERRORS,
      handle: async ({ params: { counter } }) => {
        const open = node.counter(counter);
        await open.ready();
        return { counter, value: open.value };
      },
    }),
    writingRoute({
      method: "POST",
      path: "/v1/counters/{counter}",
      operation: "count",
      summary: "count up by a whole number, or down by one below zero; copies as for a key",
      body: amountSchema,
      answer: counterSchema,
      errors: WRITE_ERRORS,
      query: copiesQuery,
      handle: async ({ params: { counter }, body: { amount }, query: { copies } }) => {
        const open = node.counter(counter);
        await open.add(amount, { copies });
        return { counter, value: open.value };
      },
    }),
    readingRoute({
      method: "GET",
      path: "/v1/sets/{set}",
      operation: "getSet",
      summary: "the elements of a set; one that was not open is opened by that",
      answer: setSchema,
      errors: OPEN_ERRORS,
      handle: async ({ params: { set } }) => {
        const open = node.set(set);
        await open.ready();
        return { set, elements: [...open.values()].sort() };
      },
    }),
    readingRoute({
      method: "PUT",
      path: "/v1/sets/{set}/elements/{element}",
      operation: "addElement",
      summary: "add an element, again if it is there; copies as for a key",
      answer: elementSchema,
      errors: WRITE_ERRORS,
      query: copiesQuery,
      handle: async ({ params: { set, element }, query: { copies } }) => {
        await node.set(set).add(element, { copies });
        return { set, element, copies };
      },
    }),
    readingRoute({
      method: "DELETE",
      path: "/v1/sets/{set}/elements/{element}",
      operation: "deleteElement",
      summary: "remove what is known of an element here; copies as for a key",
      answer: elementSchema,
      errors: WRITE_ERRORS,
      query: copiesQuery,
      handle: async ({ params: { set, element }, query: { copies } }) => {
        await node.set(set).delete(element, { copies });
        return { set, element, copies };
      },
    }),
  ];
}
