/**
 * Peers that take no part in an aggregate, remembered so that they are asked seldom.
 *
 *     a ── exchange ──▶ b      b has not defined it
 *       ◀── absent ───         a asks others, and b again after some epochs
 *
 * @module
 */
import { NO_PEER } from "../kernel/index.ts";
import type { PeerId, PeerSampler, Rng } from "../kernel/index.ts";

/** Of one aggregate; of more, who was asked longest ago is forgotten. */
export const MAX_ABSENTEES = 4096;
/** Peers that are drawn at first: where most take part, one of them will do. */
const DRAWN = 8;
/** Of ten, one is asked again in each epoch. */
const FORGOTTEN_PART = 10;

export class Absentees {
  readonly #byAggregate = new Map<string, Set<PeerId>>();

  add(aggregate: string, peer: PeerId): void {
    const peers = this.#byAggregate.get(aggregate) ?? new Set();
    this.#byAggregate.set(aggregate, peers);
    peers.add(peer);
    if (peers.size > MAX_ABSENTEES) forget(peers, 1);
  }

  /** Somebody takes part after all. */
  delete(aggregate: string, peer: PeerId): void {
    this.#byAggregate.get(aggregate)?.delete(peer);
  }

  /** How many there are. */
  count(aggregate: string): number {
    return this.#byAggregate.get(aggregate)?.size ?? 0;
  }

  /** An epoch has passed: those who were asked longest ago may have come to it. */
  age(aggregate: string): void {
    const peers = this.#byAggregate.get(aggregate);
    if (peers === undefined) return;
    forget(peers, Math.ceil(peers.size / FORGOTTEN_PART));
    if (peers.size === 0) this.#byAggregate.delete(aggregate);
  }

  clear(aggregate: string): void {
    this.#byAggregate.delete(aggregate);
  }

  /** Anybody who is not known to be absent, uniformly; `undefined` if all are. */
  partner(aggregate: string, sampler: PeerSampler, rng: Rng): PeerId | undefined {
    const absent = this.#byAggregate.get(aggregate);
    const draw = (count: number): PeerId | undefined => {
      const drawn = sampler.sample(count, NO_PEER, rng);
      return drawn.find((peer) => absent?.has(peer) !== true);
    };
    if (absent === undefined) return draw(1);
    return draw(DRAWN) ?? (sampler.size > DRAWN ? draw(sampler.size) : undefined);
  }

  save(): readonly (readonly [aggregate: string, peers: readonly PeerId[]])[] {
    return [...this.#byAggregate].map(([aggregate, peers]) => [aggregate, [...peers]]);
  }

  restore(saved: ReturnType<Absentees["save"]>): void {
    for (const [aggregate, peers] of saved) this.#byAggregate.set(aggregate, new Set(peers));
  }
}

function forget(peers: Set<PeerId>, count: number): void {
  let left = count;
  for (const peer of peers) {
    if (left-- <= 0) return;
    peers.delete(peer);
  }
}
