/**
 * Those of a crowd who understand a channel: in a mixed cluster nobody else is to be sent its messages.
 * @module
 */
import type { Channel, PeerId, Peers, PeerSampler, Rng } from "../kernel/index.ts";

/** Drawn at first for each one that is wanted: where nearly all speak, one draw is enough. */
const SPARE_DRAWS = 4;
const LEAST_DRAWN = 16;

export class Speakers implements PeerSampler {
  readonly #channel: Channel;
  readonly #peers: Peers;
  readonly #crowd: PeerSampler;

  constructor(channel: Channel, peers: Peers, crowd: PeerSampler) {
    this.#channel = channel;
    this.#peers = peers;
    this.#crowd = crowd;
  }

  /** How many there are to choose from, at the most: who speaks is asked of those that are drawn. */
  get size(): number {
    return this.#crowd.size;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    const drawn = Math.max(LEAST_DRAWN, SPARE_DRAWS * count);
    const chosen = this.#draw(drawn, except, rng);
    const all =
      chosen.length < count && drawn < this.size ? this.#draw(this.size, except, rng) : chosen;
    if (all.length > count) all.length = count;
    return all;
  }

  #draw(count: number, except: PeerId, rng: Rng): PeerId[] {
    const drawn = this.#crowd.sample(count, except, rng);
    return drawn.filter((peer) => this.#peers.understands(peer, this.#channel));
  }
}
