/**
 * A bounded set of peers, held for as long as they are in it: the views of partial overlays.
 *
 * A view is a handful of small integers: looking at all of them is faster than any index.
 * @module
 */
import { NO_PEER } from "../kernel/index.ts";
import type { PeerId, Peers, PeerSampler, Rng } from "../kernel/index.ts";

export class View implements PeerSampler {
  readonly limit: number;
  readonly #peers: Peers;
  readonly #members: PeerId[] = [];

  constructor(limit: number, peers: Peers) {
    this.limit = limit;
    this.#peers = peers;
  }

  get size(): number {
    return this.#members.length;
  }

  get isFull(): boolean {
    return this.#members.length >= this.limit;
  }

  get members(): readonly PeerId[] {
    return this.#members;
  }

  has(peer: PeerId): boolean {
    return this.#members.includes(peer);
  }

  /** Adds a peer that is not in it; there must be room. */
  add(peer: PeerId): void {
    this.#peers.retain(peer);
    this.#members.push(peer);
  }

  delete(peer: PeerId): boolean {
    const index = this.#members.indexOf(peer);
    if (index < 0) return false;
    const last = this.#members.pop() as PeerId;
    if (last !== peer) this.#members[index] = last;
    this.#peers.release(peer);
    return true;
  }

  save(): readonly PeerId[] {
    return [...this.#members];
  }

  /** Of an empty view. The peers are held already: their table was saved with our holds. */
  restore(members: readonly PeerId[]): void {
    this.#members.push(...members);
  }

  /** One at random that is not `except`, or `NO_PEER`. */
  pick(except: PeerId, rng: Rng): PeerId {
    const members = this.#members;
    const skipped = members.indexOf(except);
    const count = members.length - (skipped < 0 ? 0 : 1);
    if (count === 0) return NO_PEER;
    const index = rng.below(count);
    return members[skipped >= 0 && index >= skipped ? index + 1 : index] as PeerId;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    return sampleOf(this.#members, count, except, rng);
  }
}

/** Up to `count` distinct of a few `members`, uniform, without `except`, in an array of their own. */
export function sampleOf(
  members: readonly PeerId[],
  count: number,
  except: PeerId,
  rng: Rng,
): PeerId[] {
  const chosen = members.filter((peer) => peer !== except);
  const wanted = Math.min(count, chosen.length);
  for (let i = 0; i < wanted; i++) {
    const j = i + rng.below(chosen.length - i);
    const held = chosen[i] as PeerId;
    chosen[i] = chosen[j] as PeerId;
    chosen[j] = held;
  }
  chosen.length = wanted;
  return chosen;
}
