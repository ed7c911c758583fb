/**
 * Draws from the neighbours that a fixed topology gives a node.
 * @module
 */
import type { PeerId, PeerSampler, Rng } from "../../kernel/index.ts";
import { sampleOf } from "../view.ts";

/** Uniform over the neighbours; over those that live, where it is told who does. */
export class NeighbourSampler implements PeerSampler {
  readonly #neighbours: readonly PeerId[];
  readonly #isAlive: ((peer: PeerId) => boolean) | undefined;

  /** @param isAlive for a world in which the neighbours of a dead node know at once; without it nobody ever learns it */
  constructor(neighbours: readonly PeerId[], isAlive?: (peer: PeerId) => boolean) {
    this.#neighbours = neighbours;
    this.#isAlive = isAlive;
  }

  get size(): number {
    return this.#present().length;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    return sampleOf(this.#present(), count, except, rng);
  }

  #present(): readonly PeerId[] {
    const isAlive = this.#isAlive;
    return isAlive === undefined ? this.#neighbours : this.#neighbours.filter(isAlive);
  }
}
