/**
 * The ends of the links of a crowd: at each node a handful, found by looking at all of them.
 * @module
 */
import type { PeerId } from "../../kernel/index.ts";

/** One side of a link. */
export class LinkEnd {
  readonly peer: PeerId;
  /** Whether this side has dialed: it closes the link when nobody here holds it. */
  dialed: boolean;
  up = false;
  /** Tenants that hold it, one bit each. */
  holders = 0;
  /** When the last message sent from here arrives: the next one may not overtake it. */
  arrivesAt = 0;

  constructor(peer: PeerId, dialed: boolean) {
    this.peer = peer;
    this.dialed = dialed;
  }
}

export class CrowdLinks {
  readonly #ends: (LinkEnd[] | undefined)[] = [];

  /** The ends at `node`: a handful, in the order in which they were made. */
  of(node: number): readonly LinkEnd[] {
    return this.#ends[node] ?? NONE;
  }

  find(node: number, peer: PeerId): LinkEnd | undefined {
    return this.#ends[node]?.find((end) => end.peer === peer);
  }

  add(node: number, peer: PeerId, dialed: boolean): LinkEnd {
    const end = new LinkEnd(peer, dialed);
    (this.#ends[node] ??= []).push(end);
    return end;
  }

  delete(node: number, peer: PeerId): void {
    const ends = this.#ends[node];
    const index = ends?.findIndex((end) => end.peer === peer) ?? -1;
    if (index >= 0) ends?.splice(index, 1);
  }

  /** Forgets all ends at `node`; returns what there was. */
  clear(node: number): readonly LinkEnd[] {
    const ends = this.of(node);
    this.#ends[node] = undefined;
    return ends;
  }
}

const NONE: readonly LinkEnd[] = [];
