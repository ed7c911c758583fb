/**
 * The ends of the links of a crowd: at each node a handful, found by looking at all of them.
 *
 *     node 7   peers [12, 3, 40]            what is looked at
 *              ends  [  ■, ■,  ■]           each knows the end at the other side, once both sides are up
 *
 * A message on its way holds the end that it was sent from: where it arrives nothing is to be looked for.
 * @module
 */
import type { PeerId } from "../../kernel/index.ts";

/** One side of a link. */
export class LinkEnd {
  /** Who is at the other side. */
  readonly peer: PeerId;
  /** Whether this side has dialed: it closes the link when nobody here holds it. */
  readonly dialed: boolean;
  up = false;
  /** Whether the other side's is: what is sent from here is taken there. */
  meets = false;
  /** Taken away: closed here, or the node has died. */
  gone = false;
  /** Its node has died, and nobody has told the other side. */
  died = false;
  /** Tenants that hold it, one bit each. */
  holders = 0;
  /** When the last message sent from here arrives: the next one may not overtake it. */
  arrivesAt = 0;
  /** The other side's end. */
  other: LinkEnd | undefined = undefined;

  constructor(peer: PeerId, dialed: boolean) {
    this.peer = peer;
    this.dialed = dialed;
  }
}

export class CrowdLinks {
  readonly #peers: (PeerId[] | undefined)[] = [];
  readonly #ends: (LinkEnd[] | undefined)[] = [];

  find(node: PeerId, peer: PeerId): LinkEnd | undefined {
    const index = this.#peers[node]?.indexOf(peer) ?? -1;
    return index < 0 ? undefined : this.#ends[node]?.[index];
  }

  add(node: PeerId, peer: PeerId, dialed: boolean): LinkEnd {
    const end = new LinkEnd(peer, dialed);
    (this.#peers[node] ??= []).push(peer);
    (this.#ends[node] ??= []).push(end);
    return end;
  }

  delete(node: PeerId, end: LinkEnd): void {
    const index = this.#ends[node]?.indexOf(end) ?? -1;
    if (index < 0) return;
    leave(end);
    this.#peers[node]?.splice(index, 1);
    this.#ends[node]?.splice(index, 1);
  }

  /** Forgets all ends at a node that dies; returns what there was, in the order in which it was made. */
  bury(node: PeerId): readonly LinkEnd[] {
    const ends = this.#ends[node] ?? [];
    for (const end of ends) {
      leave(end);
      end.died = true;
    }
    this.#peers[node] = undefined;
    this.#ends[node] = undefined;
    return ends;
  }
}

function leave(end: LinkEnd): void {
  end.up = false;
  end.gone = true;
  if (end.other?.other === end) end.other.meets = false;
}
