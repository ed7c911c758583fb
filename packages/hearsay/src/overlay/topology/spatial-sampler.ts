/**
 * Choice by distance: the near often, the far now and then.
 *
 *     sites by distance   1  2  2  3  3  3  …      site i of the list weighs i^-a,
 *     weights             f₁ └─┴ mean of f₂, f₃    equally far ones the mean of theirs
 *
 * So links in the middle of a network carry less: with a = 2 on a line the traffic between halves falls from n to
 * log n, while an update still takes a time that is a polynomial of log n.
 * @see Demers et al. 1987, Epidemic algorithms for replicated database maintenance, section 3
 * @module
 */
import { exp, invariant, ln } from "../../kernel/index.ts";
import type { PeerId, PeerSampler, Rng } from "../../kernel/index.ts";
import { distancesFrom } from "../graph.ts";
import type { Graph } from "../graph.ts";

export interface Site {
  readonly peer: PeerId;
  /** In any unit: hops, ms, km. */
  readonly distance: number;
}

export class SpatialSampler implements PeerSampler {
  /** By distance. */
  readonly #sites: readonly PeerId[];
  readonly #places = new Map<PeerId, number>();
  /** Sum of the weights of all before a place; one longer than the sites. */
  readonly #sums: Float64Array;
  readonly #isAlive: ((peer: PeerId) => boolean) | undefined;

  /**
   * @param sites all others, each once
   * @param exponent a: 0 is uniform, 2 the paper's choice for a network like a line
   * @param isAlive for a world in which it is known at once who is dead
   */
  constructor(sites: readonly Site[], exponent: number, isAlive?: (peer: PeerId) => boolean) {
    const sorted = sites.toSorted((a, b) => a.distance - b.distance || a.peer - b.peer);
    this.#sites = sorted.map(({ peer }) => peer);
    this.#sums = new Float64Array(sorted.length + 1);
    this.#isAlive = isAlive;
    for (const [place, weight] of spatialWeights(sorted, exponent).entries()) {
      this.#sums[place + 1] = (this.#sums[place] as number) + weight;
    }
    for (const [place, peer] of this.#sites.entries()) this.#places.set(peer, place);
    invariant(this.#places.size === sites.length, "a site is given twice");
  }

  get size(): number {
    const isAlive = this.#isAlive;
    return isAlive === undefined ? this.#sites.length : this.#sites.filter(isAlive).length;
  }

  /** One after the other, each by the weights of those that are left. */
  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    const chosen: PeerId[] = [];
    const taken: number[] = [];
    const exceptPlace = this.#places.get(except);
    if (exceptPlace !== undefined) take(taken, exceptPlace);
    while (chosen.length < count && taken.length < this.#sites.length) {
      const place = this.#draw(taken, rng);
      const peer = this.#sites[place] as PeerId;
      take(taken, place);
      if (this.#isAlive?.(peer) !== false) chosen.push(peer);
    }
    return chosen;
  }

  /** A place that is not among those taken, which stand in order. */
  #draw(taken: readonly number[], rng: Rng): number {
    const sums = this.#sums;
    let left = sums[sums.length - 1] as number;
    for (const place of taken) left -= weightAt(sums, place);
    let at = rng.unit() * left;
    for (const place of taken) if (at >= (sums[place] as number)) at += weightAt(sums, place);
    let low = 0;
    let high = this.#sites.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle + 1] as number) <= at) low = middle + 1;
      else high = middle;
    }
    // The last bits of the sums may point at one that is taken: then its neighbour, who is as far away.
    while (taken.includes(low)) low = low + 1 < this.#sites.length ? low + 1 : 0;
    return low;
  }
}

/** Everybody whom a node reaches in a graph, by the hops to them: sites of a world in which node i is peer i. */
export function sitesByHops(graph: Graph, self: PeerId): Site[] {
  const sites: Site[] = [];
  for (const [node, distance] of distancesFrom(graph, self).entries()) {
    if (distance > 0) sites.push({ peer: node as PeerId, distance });
  }
  return sites;
}

/** Weights of sites in the order of their distances. */
export function spatialWeights(sorted: readonly Site[], exponent: number): number[] {
  const weights: number[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    let sum = 0;
    while (end < sorted.length && sorted[end]?.distance === sorted[start]?.distance) {
      end++;
      sum += exp(-exponent * ln(end));
    }
    const mean = sum / (end - start);
    while (start < end) {
      weights.push(mean);
      start++;
    }
  }
  return weights;
}

function weightAt(sums: Float64Array, place: number): number {
  return (sums[place + 1] as number) - (sums[place] as number);
}

function take(taken: number[], place: number): void {
  let at = taken.length;
  while (at > 0 && (taken[at - 1] as number) > place) at--;
  taken.splice(at, 0, place);
}
