/**
 * What can grow has a limit, at every step.
 * @see docs/limits.md
 * @module
 */
import { resolveCompositionConfig } from "../../composition/index.ts";
import type { Cluster } from "../cluster.ts";
import type { Checker } from "./checker.ts";

const { queue: QUEUE, maxLinks: MAX_LINKS, maxAcceptedStreams } = resolveCompositionConfig();
/** Joins, exchanges of the healer and of the timer, pings over TCP: what a node dials at a time. */
const MOST_DIALED = 512;
const MAX_STREAMS = maxAcceptedStreams + MAX_LINKS + MOST_DIALED;

/** Queues, streams and links are within their limits. */
export class Limits implements Checker {
  readonly name = "limits";
  looks = 0;
  #cluster: Cluster | undefined;

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  step(node: string): string | undefined {
    const { world } = this.#cluster as Cluster;
    if (!world.isAlive(node)) return undefined;
    this.looks++;
    const { queues, streams, links } = world.stats(node);
    for (const [tenant, { messages, bytes }] of Object.entries(queues)) {
      if (messages > QUEUE.maxMessages) return `${tenant} has ${messages} messages in its queue`;
      if (bytes > QUEUE.maxBytes) return `${tenant} has ${bytes} bytes in its queue`;
    }
    if (links > MAX_LINKS) return `has ${links} links, more than ${MAX_LINKS}`;
    if (streams > MAX_STREAMS) return `has ${streams} streams, more than ${MAX_STREAMS}`;
    return undefined;
  }
}
