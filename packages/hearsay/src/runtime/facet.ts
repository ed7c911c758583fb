/**
 * A side of a node that applications hold on its own: topics, aggregates, maps. What all have in common with each other.
 * @module
 */
import type { NodeEvent } from "../kernel/index.ts";

export interface Facet {
  /** The node runs: from now on commands arrive. */
  start(): void;
  /** Takes an event of the node's machine; false if it is none of its own. */
  deliver(event: NodeEvent): boolean;
  /** Keeps what is to be kept, while the node still runs. */
  flush?(): Promise<void>;
  /** The node was stopped: ends whatever waits. */
  close(error: Error): void;
}
