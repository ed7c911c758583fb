/**
 * The oracle: a sampler that knows every live node of a crowd, uniform and free of charge.
 *
 * What the papers assume of peer selection, and what the samplers that run in production are compared with.
 * @module
 */
import type { PeerId, PeerSampler, Rng } from "../../kernel/index.ts";

/**
 * All live nodes, in one array that both the crowd and its oracles use. Until one dies, each is at the place of its own number,
 * and nothing needs to be looked up: in a crowd of a million that is a wait for memory.
 */
export class LiveNodes {
  #isWhole = true;
  readonly #nodes: PeerId[] = [];
  readonly #places: number[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  get all(): readonly PeerId[] {
    return this.#nodes;
  }

  at(index: number): PeerId {
    return this.#isWhole ? (index as PeerId) : (this.#nodes[index] as PeerId);
  }

  has(node: PeerId): boolean {
    if (this.#isWhole) return node >= 0 && node < this.#nodes.length;
    // A look at place -1 would be a look at a property of that name.
    return node >= 0 && (this.#places[node] ?? -1) >= 0;
  }

  add(node: PeerId): void {
    if (node !== this.#nodes.length) this.#isWhole = false;
    this.#places[node] = this.#nodes.length;
    this.#nodes.push(node);
  }

  delete(node: PeerId): void {
    this.#isWhole = false;
    const place = this.#places[node] as number;
    const last = this.#nodes.pop() as PeerId;
    if (last !== node) {
      this.#nodes[place] = last;
      this.#places[last] = place;
    }
    this.#places[node] = -1;
  }
}

/** Up to one in so many, drawing until all differ is cheaper than a shuffle. */
const SPARSE = 8;

/** Uniform over the live nodes without one: `self`, or whoever has the turn. */
export class CrowdOracle implements PeerSampler {
  readonly #live: LiveNodes;
  #self: PeerId;

  constructor(live: LiveNodes, self: PeerId) {
    this.#live = live;
    this.#self = self;
  }

  /** From here on it is that node's. */
  at(self: PeerId): void {
    this.#self = self;
  }

  get size(): number {
    return this.#live.size - (this.#live.has(this.#self) ? 1 : 0);
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    const live = this.#live;
    const excluded = except !== this.#self && live.has(except) ? 1 : 0;
    const wanted = Math.min(count, this.size - excluded);
    if (wanted > live.size / SPARSE) return this.#many(wanted, except, rng);
    if (wanted === 1) return [this.#one(except, rng)];
    const chosen: PeerId[] = [];
    while (chosen.length < wanted) {
      const peer = this.#one(except, rng);
      if (!chosen.includes(peer)) chosen.push(peer);
    }
    return chosen;
  }

  #one(except: PeerId, rng: Rng): PeerId {
    const live = this.#live;
    let peer = live.at(rng.below(live.size));
    while (peer === this.#self || peer === except) peer = live.at(rng.below(live.size));
    return peer;
  }

  /** A large part of all: shuffles as far as is wanted, where drawing until they differ would not end. */
  #many(wanted: number, except: PeerId, rng: Rng): PeerId[] {
    const pool = this.#live.all.filter((peer) => peer !== this.#self && peer !== except);
    for (let i = 0; i < wanted; i++) {
      const j = i + rng.below(pool.length - i);
      const held = pool[i] as PeerId;
      pool[i] = pool[j] as PeerId;
      pool[j] = held;
    }
    pool.length = wanted;
    return pool;
  }
}
