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

/** Queues, streams, links and what membership keeps are within their limits. */
export class Limits implements Checker {
  readonly name = "limits";
  looks = 0;
  #cluster: Cluster | undefined;

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  step(node: string): string | undefined {
    const cluster = this.#cluster as Cluster;
    const { world } = cluster;
    if (!world.isAlive(node)) return undefined;
    this.looks++;
    const machine = world.machine(node);
    let tooMuch: string | undefined;
    machine.eachQueue((tenant, messages, bytes) => {
      if (messages > QUEUE.maxMessages) tooMuch = `${tenant} has ${messages} messages in its queue`;
      if (bytes > QUEUE.maxBytes) tooMuch = `${tenant} has ${bytes} bytes in its queue`;
    });
    cluster.membership(node).eachStore((what, size, most) => {
      if (size > most) tooMuch = `keeps ${size} ${what}, more than ${most}`;
    });
    const { openLinks, openStreams } = machine;
    if (openLinks > MAX_LINKS) return `has ${openLinks} links, more than ${MAX_LINKS}`;
    if (openStreams > MAX_STREAMS) return `has ${openStreams} streams, more than ${MAX_STREAMS}`;
    return tooMuch;
  }
}
