/**
 * Whom a node gossips to in a round: Cassandra's choice.
 *
 *     live          one, uniformly
 *     dead          one, with probability dead / (live + 1)
 *     seed          one, with probability seeds / (live + dead); always where nobody is live; not where the first was
 *                   a seed, or where there are more live members than seeds already known to be well mixed
 *
 * Who is held for dead by mistake hears from us so; two halves that have lost each other find a seed that both know.
 * @see apache/cassandra, Gossiper: doGossipToLiveMember, maybeGossipToUnreachableMember, maybeGossipToSeed
 * @module
 */
import { NO_PEER } from "../kernel/index.ts";
import type { Address, PeerId, Peers, PeerSampler, Rng } from "../kernel/index.ts";

export interface TargetPorts {
  readonly peers: Peers;
  /** Live members that understand us. */
  readonly sampler: PeerSampler;
  /** Whether a peer, dead or a seed, understands us. */
  understands(peer: PeerId): boolean;
}

/** Dead members that are remembered. */
const MAX_DEAD = 4096;

export interface SavedTargets {
  readonly dead: readonly PeerId[];
  readonly seeds: readonly Address[];
}

export class GossipTargets {
  readonly #ports: TargetPorts;
  /** Each is retained. */
  #dead: PeerId[] = [];
  #seeds: readonly Address[] = [];

  constructor(ports: TargetPorts) {
    this.#ports = ports;
  }

  set seeds(addresses: readonly Address[]) {
    this.#seeds = addresses;
  }

  died(peer: PeerId): void {
    if (this.#dead.length >= MAX_DEAD) return;
    this.#ports.peers.retain(peer);
    this.#dead.push(peer);
  }

  /** A member lives, or is forgotten: wherever it was when it died. */
  gone(member: string): void {
    const { peers } = this.#ports;
    const gone = this.#dead.filter((peer) => peers.nameOf(peer) === member);
    if (gone.length === 0) return;
    this.#dead = this.#dead.filter((peer) => !gone.includes(peer));
    for (const peer of gone) peers.release(peer);
  }

  /** One live member. */
  live(rng: Rng): PeerId | undefined {
    return this.#ports.sampler.sample(1, NO_PEER, rng)[0];
  }

  /** Those beside it: a dead one and a seed, at times. */
  others(first: PeerId | undefined, rng: Rng): PeerId[] {
    const chosen: PeerId[] = [];
    const live = this.#ports.sampler.size;
    const dead = this.#dead.length;
    if (dead > 0 && rng.unit() * (live + 1) < dead) {
      const peer = this.#dead[rng.below(dead)] as PeerId;
      if (this.#ports.understands(peer)) chosen.push(peer);
    }
    const seed = this.#seed(first, live, dead, rng);
    if (seed !== undefined && seed !== first && !chosen.includes(seed)) chosen.push(seed);
    return chosen;
  }

  save(): SavedTargets {
    return { dead: this.#dead.slice(), seeds: this.#seeds };
  }

  /** The peer table has been restored with the hold that we have on each. */
  restore({ dead, seeds }: SavedTargets): void {
    this.#dead = dead.slice();
    this.#seeds = seeds;
  }

  #seed(first: PeerId | undefined, live: number, dead: number, rng: Rng): PeerId | undefined {
    const { peers, understands } = this.#ports;
    const seeds = this.#seeds.length;
    if (seeds === 0) return undefined;
    const wasSeed = first !== undefined && this.#seeds.includes(peers.addressOf(first));
    if (wasSeed && live >= seeds) return undefined;
    if (live > 0 && rng.unit() * (live + dead) >= seeds) return undefined;
    const peer = peers.at(this.#seeds[rng.below(seeds)] as Address);
    return peer !== NO_PEER && understands(peer) ? peer : undefined;
  }
}
