/**
 * The deadlines of all tenants of a crowd, and when each node's timer rings.
 *
 *     node 7   | rings at | tenant 0 | tenant 1 | …
 *
 * Side by side in one array: after an input nothing is read but the deadline of the tenant that has handled it. A
 * million nodes are more than any cache holds, and what they cost is what is touched.
 * @module
 */
import { NEVER } from "../../kernel/index.ts";
import type { Instant, PeerId } from "../../kernel/index.ts";

const FIRST_NODES = 16;

export class CrowdTimers {
  #stride = 0;
  #times = new Float64Array(0);

  /** A node that begins: all its deadlines are `NEVER`. */
  add(node: PeerId, tenants: number): void {
    if (tenants + 1 > this.#stride) this.#widen(tenants + 1);
    if ((node + 1) * this.#stride > this.#times.length) this.#grow(2 * (node + FIRST_NODES));
    this.clear(node);
  }

  clear(node: PeerId): void {
    const first = node * this.#stride;
    this.#times.fill(NEVER, first, first + this.#stride);
  }

  /** When the node's timer rings; what is set for another time rings for nothing. */
  ringsAt(node: number): number {
    return this.#times[node * this.#stride] as number;
  }

  ring(node: number, at: number): void {
    this.#times[node * this.#stride] = at;
  }

  get(node: number, tenant: number): number {
    return this.#times[node * this.#stride + tenant + 1] as number;
  }

  set(node: number, tenant: number, at: number): void {
    this.#times[node * this.#stride + tenant + 1] = at;
  }

  /** The earliest of the node's tenants. */
  deadline(node: number): Instant {
    const times = this.#times;
    const end = (node + 1) * this.#stride;
    let least: number = NEVER;
    for (let i = node * this.#stride + 1; i < end; i++) {
      const at = times[i] as number;
      if (at < least) least = at;
    }
    return least as Instant;
  }

  /** More tenants than any node before had. */
  #widen(stride: number): void {
    const nodes = this.#stride === 0 ? 0 : this.#times.length / this.#stride;
    const times = new Float64Array(nodes * stride).fill(NEVER);
    for (let node = 0; node < nodes; node++) {
      const first = node * this.#stride;
      times.set(this.#times.subarray(first, first + this.#stride), node * stride);
    }
    this.#times = times;
    this.#stride = stride;
  }

  #grow(nodes: number): void {
    const times = new Float64Array(nodes * this.#stride).fill(NEVER);
    times.set(this.#times);
    this.#times = times;
  }
}
