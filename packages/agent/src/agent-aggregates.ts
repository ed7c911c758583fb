/**
 * The aggregates that every agent defines. They are on demand: until somebody asks for one it costs nothing.
 * @module
 */
import { loadavg } from "node:os";
import type { HearsayNode } from "hearsay";

const VALUES: Readonly<Record<string, () => number | undefined>> = {
  /** Load average of the machine over the last minute. */
  load: () => loadavg()[0],
  /** Bytes of memory that the agent's process has. */
  rss: () => process.memoryUsage.rss(),
};

export function defineAggregates(node: Pick<HearsayNode, "aggregate">): void {
  for (const [name, value] of Object.entries(VALUES)) {
    node.aggregate(name, value, { onDemand: true });
  }
}
