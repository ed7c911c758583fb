/**
 * Fixed topologies by name, and the links of one kept in a crowd.
 *
 *     line        ●─●─●─●             ring         with degree/2 neighbours to either side
 *     grid        as square as it gets             regular      degree random neighbours
 *     smallWorld  a ring of which a part of the links leads anywhere
 *
 * @module
 */
import { NEVER } from "hearsay/kernel";
import type { Instant, PeerId, Rng, Tenant, TenantEffects, TenantInput } from "hearsay/kernel";
import { grid, line, randomRegular, ring, smallWorld } from "hearsay/overlay";
import type { Graph } from "hearsay/overlay";

export type TopologyName = "line" | "ring" | "grid" | "regular" | "smallWorld";

export interface TopologyParameters {
  readonly n: number;
  /** Links of a node, where the topology has a choice. */
  readonly degree: number;
  /** Part of the links of a small world that lead anywhere. */
  readonly rewiring: number;
}

export function topologyOf(
  name: TopologyName,
  { n, degree, rewiring }: TopologyParameters,
  rng: Rng,
): Graph {
  switch (name) {
    case "line":
      return line(n);
    case "ring":
      return ring(n, Math.floor(degree / 2));
    case "grid": {
      const width = Math.floor(Math.sqrt(n));
      return grid(width, Math.ceil(n / width));
    }
    case "regular":
      return randomRegular(n, degree, rng);
    case "smallWorld":
      return smallWorld(n, Math.floor(degree / 2), rewiring, rng);
    default:
      throw new Error(`BUG: no topology ${String(name)}`);
  }
}

/** Name of the overlay in signals. */
export const FIXED_LINKS = "fixedLinks";

/** Keeps the links that a graph has, and tells when they come and go; what breaks stays broken. */
export class FixedLinks implements Tenant {
  readonly name: string = FIXED_LINKS;
  readonly wire: Tenant["wire"] = { messages: [] };
  readonly deadline: Instant = NEVER;
  readonly #neighbours: readonly PeerId[];

  constructor(neighbours: readonly PeerId[]) {
    this.#neighbours = neighbours;
  }

  handle(input: TenantInput, _now: Instant, _rng: Rng, effects: TenantEffects): void {
    if (input.type === "start") {
      for (const peer of this.#neighbours) effects.link(peer);
    } else if (input.type === "linkUp" && this.#neighbours.includes(input.peer)) {
      effects.signal({ type: "neighbourUp", peer: input.peer, overlay: FIXED_LINKS });
    } else if (input.type === "linkDown") {
      effects.signal({ type: "neighbourDown", peer: input.peer, overlay: FIXED_LINKS });
    }
  }
}
