/**
 * What a node has counted since it started. Plain numbers; names are stable and are the metrics' names.
 * @module
 */

export interface QueueStats {
  readonly messages: number;
  readonly bytes: number;
  /** Messages that a full queue threw out. */
  readonly dropped: number;
}

export interface NodeStats {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Without envelope, IP and UDP headers. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly messagesReceived: number;
  /** What was not done, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** Queue of each tenant, by its name. */
  readonly queues: Readonly<Record<string, QueueStats>>;
  /** Streams that are open, links among them. */
  readonly streams: number;
  readonly links: number;
}

/** Counts drops. Reasons come from code, never from the network, so their number is small. */
export class Drops {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  save(): ReadonlyMap<string, number> {
    return new Map(this.#counts);
  }

  restore(counts: ReadonlyMap<string, number>): void {
    for (const [reason, count] of counts) this.#counts.set(reason, count);
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
