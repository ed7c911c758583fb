/**
 * Aggregates over HTTP: what numbers of all nodes come to.
 *
 *     GET /v1/aggregates                    those that are defined here, with their latest results
 *     GET /v1/aggregates/:aggregate         the next result: some seconds
 *     GET /v1/aggregates/:aggregate/results results as they come, as server-sent events
 *
 * @module
 */
import { HearsayError, quantileOf } from "hearsay";
import type { Aggregate, Aggregated, AggregateResult, HearsayNode } from "hearsay";
import * as z from "zod";
import { ApiError } from "./errors.ts";
import { EventStream, frame } from "./event-stream.ts";
import { mapped } from "./mapped.ts";
import { eventsRoute, readingRoute } from "./route.ts";
import type { Route } from "./route.ts";
import type { StreamSlots } from "./stream-slots.ts";

/** What aggregates need of a node. */
export type AggregateNode = Pick<HearsayNode, "aggregates">;

/** Two epochs of four seconds for one that wakes up, and some more. */
const RESULT_BOUND_MS = 13_000;
/** Results that wait for a slow reader of one stream. */
const RESULT_BUFFER = 16;

/** Numbers that cannot be told yet are left out. */
const resultSchema = z.object({
  aggregate: z.string(),
  epoch: z.number(),
  ageMs: z.number(),
  exchanges: z.number(),
  mean: z.number(),
  meanError: z.number().optional(),
  variance: z.number(),
  min: z.number(),
  max: z.number(),
  count: z.number().optional(),
  countError: z.number().optional(),
  sum: z.number().optional(),
  p50: z.number().optional(),
  p90: z.number().optional(),
  p99: z.number().optional(),
  quantileError: z.number().optional(),
});

export type AggregateJson = z.output<typeof resultSchema>;

export const aggregatesSchema = z.object({
  aggregates: z.array(z.object({ name: z.string(), result: resultSchema.optional() })),
});

export const aggregateSchema = resultSchema;

export const aggregateEventSchema = z.discriminatedUnion("type", [
  /** First on every stream: from here on. */
  z.object({ type: z.literal("open"), aggregate: z.string() }),
  z.object({ type: z.literal("result"), at: z.iso.datetime(), ...resultSchema.shape }),
  /** The reader was too slow for this many results. */
  z.object({ type: z.literal("missed"), count: z.number() }),
]);

type AggregateEventJson = z.output<typeof aggregateEventSchema>;

export function aggregateRoutes(node: AggregateNode, slots: StreamSlots): readonly Route[] {
  return [
    readingRoute({
      method: "GET",
      path: "/v1/aggregates",
      operation: "listAggregates",
      summary: "the aggregates that are defined here, with their latest results",
      answer: aggregatesSchema,
      handle: () => ({ aggregates: node.aggregates().map((aggregate) => viewOf(aggregate)) }),
    }),
    readingRoute({
      method: "GET",
      path: "/v1/aggregates/{aggregate}",
      operation: "getAggregate",
      summary: "the next result of an aggregate: what its number comes to over all nodes",
      answer: aggregateSchema,
      errors: ["ERR_NOT_FOUND", "ERR_TIMEOUT"],
      handle: async ({ params: { aggregate } }) => jsonOf(await nextOf(find(node, aggregate))),
    }),
    eventsRoute({
      method: "GET",
      path: "/v1/aggregates/{aggregate}/results",
      operation: "followAggregate",
      summary: "the results of an aggregate, from now on",
      events: aggregateEventSchema,
      errors: ["ERR_NOT_FOUND", "ERR_TOO_MANY_STREAMS"],
      handle: ({ params }) => {
        const aggregate = find(node, params.aggregate);
        const release = slots.take();
        const results = aggregate.results({ maxEvents: RESULT_BUFFER });
        const first: AggregateEventJson = { type: "open", aggregate: aggregate.name };
        const frames = mapped(frame(first), results, (item) => frame(eventJson(item)));
        return new EventStream(frames, release);
      },
    }),
  ];
}

/** @throws ApiError */
function find(node: AggregateNode, name: string): Aggregate {
  const aggregate = node.aggregates().find((one) => one.name === name);
  if (aggregate !== undefined) return aggregate;
  throw new ApiError("ERR_NOT_FOUND", `no aggregate ${JSON.stringify(name)} is defined here`);
}

function viewOf(aggregate: Aggregate): z.output<typeof aggregatesSchema>["aggregates"][number] {
  const result = aggregate.result();
  return { name: aggregate.name, ...(result && { result: jsonOf(result) }) };
}

/** @throws HearsayError `ERR_TIMEOUT` */
async function nextOf(aggregate: Aggregate): Promise<AggregateResult> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `no result of ${aggregate.name} within ${RESULT_BOUND_MS / 1000} s`;
      reject(new HearsayError("ERR_TIMEOUT", message));
    }, RESULT_BOUND_MS);
  });
  try {
    return await Promise.race([aggregate.next(), bound]);
  } finally {
    clearTimeout(timer);
  }
}

function jsonOf(result: AggregateResult): AggregateJson {
  const { sketch, meanError, settled: _, ...numbers } = result;
  const quantiles = sketch && {
    p50: quantileOf(sketch, 0.5, result),
    p90: quantileOf(sketch, 0.9, result),
    p99: quantileOf(sketch, 0.99, result),
  };
  // What is `undefined` JSON leaves out; it has no word for the infinite.
  const error = Number.isFinite(meanError) ? { meanError } : {};
  return { ...numbers, ...error, ...quantiles };
}

function eventJson(item: Aggregated | { type: "missed"; count: number }): AggregateEventJson {
  if (item.type === "missed") return item;
  return { type: "result", at: new Date().toISOString(), ...jsonOf(item.result) };
}
