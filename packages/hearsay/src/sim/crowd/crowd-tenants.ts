/**
 * The tenants of a crowd, their deadlines, and when each node's timer rings.
 *
 *     tenants   … | 7: HyParView | 7: Plumtree | 8: HyParView | …
 *     times     … | 7: rings at | HyParView's deadline | Plumtree's | 8: rings at | …
 *
 * Side by side, each in one array. A million nodes are more than any cache holds, and what an input costs is what
 * it touches: after one, nothing is read but the deadline of the tenant that has handled it.
 * @module
 */
import { invariant, NEVER } from "../../kernel/index.ts";
import type { Instant, PeerId, Tenant } from "../../kernel/index.ts";
import type { CrowdMachine } from "./crowd-machine.ts";
import type { CrowdOracle } from "./crowd-oracle.ts";

const FIRST_NODES = 16;

export class CrowdTenants {
  /** Tenants of a node: known with the first. */
  #width = -1;
  readonly #tenants: Tenant[] = [];
  /** Those that stand for every node, in place of such of its own. */
  readonly #machines: readonly CrowdMachine[] | undefined;
  /** What the machines choose peers by. */
  readonly #oracle: CrowdOracle;
  #times = new Float64Array(0);
  /** What has come of it: engines leave out what nobody looks at. */
  fetched = false;

  constructor(machines: readonly CrowdMachine[] | undefined, oracle: CrowdOracle) {
    this.#machines = machines;
    this.#oracle = oracle;
    if (machines !== undefined) this.#width = machines.length;
  }

  get width(): number {
    return this.#width;
  }

  /** A node that begins: all its deadlines are `NEVER`. */
  put(node: PeerId, tenants: readonly Tenant[]): void {
    if (this.#width < 0) this.#width = tenants.length;
    const width = this.#width;
    if (this.#machines === undefined) {
      const { length } = tenants;
      invariant(length === width, `node ${node} has ${length} tenants, not ${width}`);
      for (let i = 0; i < width; i++) this.#tenants[node * width + i] = tenants[i] as Tenant;
    }
    if ((node + 1) * (width + 1) > this.#times.length) this.#grow(2 * (node + FIRST_NODES));
    this.silence(node);
  }

  /** A place of a node's list; undefined where there is none. A machine is that node's until the next look. */
  at(node: number, index: number): Tenant | undefined {
    const machine = this.#machines?.[index];
    if (machine !== undefined) {
      machine.at(node as PeerId);
      this.#oracle.at(node as PeerId);
      return machine;
    }
    return index < this.#width ? this.#tenants[node * this.#width + index] : undefined;
  }

  /** The place of the node's tenant of that name, or -1. */
  find(node: number, name: string): number {
    for (let i = 0; i < this.#width; i++) if (this.at(node, i)?.name === name) return i;
    return -1;
  }

  /** Takes all its deadlines away. */
  silence(node: number): void {
    const first = node * (this.#width + 1);
    this.#times.fill(NEVER, first, first + this.#width + 1);
  }

  /** Some nodes have their turns next: what machines have of them comes from memory side by side. */
  fetch(nodes: Uint32Array, from: number, to: number): void {
    if (this.#machines === undefined) return;
    for (const machine of this.#machines) machine.fetch?.(nodes, from, to);
    const times = this.#times;
    const columns = this.#width + 1;
    let read = 0;
    for (let i = from; i < to; i++) read += times[(nodes[i] as number) * columns] as number;
    this.fetched = read > 0;
  }

  /** When the node's timer rings; what is set for another time rings for nothing. */
  ringsAt(node: number): number {
    return this.#times[node * (this.#width + 1)] as number;
  }

  ring(node: number, at: number): void {
    this.#times[node * (this.#width + 1)] = at;
  }

  deadline(node: number, index: number): number {
    return this.#times[node * (this.#width + 1) + index + 1] as number;
  }

  /** What a tenant says after an input. */
  due(node: number, index: number, at: Instant): void {
    this.#times[node * (this.#width + 1) + index + 1] = at;
  }

  /** The earliest of the node's tenants. */
  earliest(node: number): Instant {
    const times = this.#times;
    const end = (node + 1) * (this.#width + 1);
    let least: number = NEVER;
    for (let i = end - this.#width; i < end; i++) {
      const at = times[i] as number;
      if (at < least) least = at;
    }
    return least as Instant;
  }

  #grow(nodes: number): void {
    const times = new Float64Array(nodes * (this.#width + 1)).fill(NEVER);
    times.set(this.#times);
    this.#times = times;
  }
}
