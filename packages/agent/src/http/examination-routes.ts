/**
 * A node's report on itself and its ways to the others: what `hearsay doctor` asks for.
 *
 *     POST /v1/examination     tries each member, which takes some seconds
 *
 * @module
 */
import type { HearsayNode, NodeReport } from "hearsay";
import * as z from "zod";
import { readingRoute } from "./route.ts";
import type { Route } from "./route.ts";

export type ExaminedNode = Pick<HearsayNode, "examine">;

const pingsSchema = z.object({ sent: z.number(), answered: z.number() });

export const reportSchema = z.object({
  name: z.string(),
  address: z.string(),
  tcpOnly: z.boolean(),
  members: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      state: z.enum(["alive", "suspect", "dead", "left"]),
    }),
  ),
  /** What came of the trials. */
  paths: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      /** Small pings by UDP. None are sent where one of the two speaks TCP alone. */
      packets: pingsSchema,
      /** The same in packets as large as the node ever sends. */
      largePackets: pingsSchema,
      /** Of the quickest answer; none came. */
      rttMs: z.number().optional(),
      /** How far a ping over TCP got. */
      stream: z.enum([
        "answered",
        "taken",
        "closed",
        "malformed",
        "undecryptable",
        "refused",
        "reset",
        "silent",
      ]),
      /** Whether a UDP packet of the member has come meanwhile. */
      heard: z.boolean(),
    }),
  ),
  conflicts: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      claimed: z.string(),
      agoMs: z.number(),
    }),
  ),
  refusals: z.array(
    z.object({ reason: z.string(), from: z.string(), count: z.number(), agoMs: z.number() }),
  ),
  pauses: z.array(z.object({ ms: z.number(), agoMs: z.number() })),
});

export type ReportJson = z.output<typeof reportSchema>;

export function examinationRoutes(node: ExaminedNode): readonly Route[] {
  return [
    readingRoute({
      method: "POST",
      path: "/v1/examination",
      operation: "examine",
      summary:
        "what gets through between this node and each of the others, and what else troubles it",
      answer: reportSchema,
      errors: ["ERR_QUEUE_FULL", "ERR_STATE"],
      handle: async () => reportJson(await node.examine()),
    }),
  ];
}

function reportJson(report: NodeReport): z.input<typeof reportSchema> {
  return {
    ...report,
    members: [...report.members],
    paths: report.paths.map(({ rttMs, ...path }) => {
      return rttMs === undefined ? path : { ...path, rttMs };
    }),
    conflicts: [...report.conflicts],
    refusals: [...report.refusals],
    pauses: [...report.pauses],
  };
}

/** What an agent has answered, as the library knows it. */
export function reportFrom({ paths, ...json }: ReportJson): NodeReport {
  const report = { ...json, paths: paths.map((path) => ({ rttMs: undefined, ...path })) };
  // Addresses are texts that the agent has made of addresses.
  return report as unknown as NodeReport;
}
