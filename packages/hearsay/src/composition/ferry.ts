/**
 * The ferry: packets that travel on links, to peers whom datagrams do not reach.
 *
 *     packet ─▶ which way? ─┬─ as a datagram ────────────▶ host
 *                           ├─ link is up ───────────────▶ frame [E3][packet]
 *                           └─ link is on its way ───────▶ waits for it, 32 packets at most
 *
 *     an answer                     goes the way that the question came
 *     this node is `streamsOnly`    all go on links; where none can be, they are lost, and counted
 *     the peer is                   (its letter is `z`) on a link
 *     a tenant says `packetsLost`   on a link, until it says `packetsPass`
 *     else                          as a datagram
 *
 * No tenant need know: what it sends as a datagram may be lost either way. Links are dialed when there is something to
 * send, shared with the tenants that hold them, and let go of when they have carried nothing for a minute. Where no more
 * links may be, the one that has carried nothing for longest makes room.
 *
 * A link over a dead connection takes packets and brings none. When that is found out (`packetsLost` of a peer that
 * is ferried to already, `peerDown`), it is dropped, and the next packet dials anew.
 * @see docs/decisions/0013-packets-on-links.md, docs/tcp-only.md
 * @module
 */
import { later, NEVER, NO_CHANNELS, NO_PEER, STREAMS_ONLY } from "../kernel/index.ts";
import type { Address, Instant, NodeSignal, PeerId, Peers } from "../kernel/index.ts";
import type { Links } from "./links.ts";
import type { Packet } from "./packet.ts";
import type { Turn } from "./turn.ts";

/** First byte of a frame that holds a packet; channels' messages begin with 08. */
export const PACKET_FRAME = 0xe3;

/** In the place of a tenant's index, where the ferry holds a link. */
export const FERRY = -1;

/** A link that has carried no packet of ours for so long is let go of. */
const IDLE_MS = 60_000;
/** Packets that wait for one link to be up; of more, the latest are lost. */
const MAX_WAITING = 32;

interface Crossing {
  usedAt: Instant;
  /** Frames that go out when the link is up. */
  readonly waiting: Uint8Array[];
}

interface SavedCrossing {
  readonly peer: PeerId;
  readonly usedAt: Instant;
  readonly waiting: readonly Uint8Array[];
}

export interface SavedFerry {
  readonly lost: readonly PeerId[];
  readonly crossings: readonly SavedCrossing[];
}

export class Ferry {
  readonly #streamsOnly: boolean;
  readonly #peers: Peers;
  readonly #links: Links;
  /** Peers to whom datagrams get lost: nearly no node ever has any, and it is asked for each packet. */
  #lost: Set<PeerId> | undefined;
  /** The one used least lately first. */
  readonly #crossings = new Map<PeerId, Crossing>();
  /** Whose message is being handled, and whether it came on a link. */
  #asker: PeerId = NO_PEER;
  #askedOnLink = false;
  /** When `timeout` must next be called. A field: it is looked up at every input. */
  deadline: Instant = NEVER;

  constructor(streamsOnly: boolean, peers: Peers, links: Links) {
    this.#streamsOnly = streamsOnly;
    this.#peers = peers;
    this.#links = links;
  }

  /** From here on, what is sent to `peer` is an answer; `NO_PEER` if nobody has asked. */
  hear(peer: PeerId, onLink: boolean): void {
    this.#asker = peer;
    this.#askedOnLink = onLink;
  }

  /** Sends a packet the way that reaches the peer; `peer` may be `NO_PEER`. */
  send(to: Address, peer: PeerId, packet: Packet, checksum: boolean, turn: Turn): void {
    const passenger = this.#passenger(to, peer);
    if (passenger !== NO_PEER) this.#cross(passenger, packet, turn);
    else if (this.#streamsOnly) turn.drop("noDatagrams");
    else turn.host.datagram(to, peer, packet, checksum);
  }

  handleSignal(signal: NodeSignal, turn: Turn): void {
    const { type, peer } = signal;
    switch (type) {
      case "packetsLost":
        if (this.#goesByNature(peer) || this.#isLost(peer)) this.#links.drop(peer, turn);
        else if (this.#peers.channelsOf(peer) !== NO_CHANNELS) this.#lose(peer);
        return;
      case "packetsPass":
        this.#lost?.delete(peer);
        return;
      case "peerDown":
        this.#lost?.delete(peer);
        if (!this.#crossings.delete(peer)) return;
        this.#reschedule();
        if (signal.reason === "failed") this.#links.drop(peer, turn);
        else this.#links.release(FERRY, peer, turn);
        return;
      default:
    }
  }

  /** A link is up, ours or another's: what waits for it goes out. */
  linkUp(peer: PeerId, turn: Turn): void {
    const waiting = this.#crossings.get(peer)?.waiting.splice(0) ?? [];
    for (const frame of waiting) this.#links.sendFrame(peer, frame, turn);
  }

  /** A link is gone, or did not come up: what waits for it is lost, as packets may be. */
  linkDown(peer: PeerId, turn: Turn): void {
    const waiting = this.#crossings.get(peer)?.waiting.splice(0) ?? [];
    for (const _ of waiting) turn.drop("noLink");
  }

  timeout(turn: Turn): void {
    for (const [peer, { usedAt }] of this.#crossings) {
      if (later(usedAt, IDLE_MS) > turn.now) return;
      this.#letGo(peer, turn);
    }
  }

  save(): SavedFerry {
    const crossings = [...this.#crossings].map(([peer, { usedAt, waiting }]) => {
      return { peer, usedAt, waiting: [...waiting] };
    });
    return { lost: [...(this.#lost ?? [])], crossings };
  }

  restore({ lost, crossings }: SavedFerry): void {
    for (const peer of lost) this.#lose(peer);
    for (const { peer, usedAt, waiting } of crossings) {
      this.#crossings.set(peer, { usedAt, waiting: [...waiting] });
    }
    this.#reschedule();
  }

  /** Who is to be reached on a link, or `NO_PEER`. */
  #passenger(to: Address, peer: PeerId): PeerId {
    // Nobody's name is known where a message goes to an address; who lives there may be.
    const known = peer === NO_PEER ? this.#peers.at(to) : peer;
    if (known === NO_PEER) return NO_PEER;
    if (this.#goesByNature(known)) {
      return this.#peers.channelsOf(known) === NO_CHANNELS ? NO_PEER : known;
    }
    if (peer === NO_PEER) return NO_PEER;
    if (peer === this.#asker) return this.#askedOnLink ? peer : NO_PEER;
    return this.#isLost(peer) ? peer : NO_PEER;
  }

  #isLost(peer: PeerId): boolean {
    return this.#lost?.has(peer) === true;
  }

  #lose(peer: PeerId): void {
    this.#lost ??= new Set();
    this.#lost.add(peer);
  }

  /** Whether one of the two knows no datagrams. */
  #goesByNature(peer: PeerId): boolean {
    return this.#streamsOnly || this.#peers.understands(peer, STREAMS_ONLY);
  }

  #cross(peer: PeerId, packet: Packet, turn: Turn): void {
    const frame = new Uint8Array(1 + packet.size);
    frame[0] = PACKET_FRAME;
    packet.encodeInto(frame, 1);
    const known = this.#crossings.get(peer);
    const crossing = known ?? { usedAt: turn.now, waiting: [] };
    crossing.usedAt = turn.now;
    this.#crossings.delete(peer);
    this.#crossings.set(peer, crossing);
    this.#reschedule();
    const isUp = this.#links.isUp(peer);
    if (!isUp && crossing.waiting.length >= MAX_WAITING) return turn.drop("ferryFull");
    if (!isUp) crossing.waiting.push(frame);
    if (known === undefined || !isUp) this.#hold(peer, turn);
    if (isUp) this.#links.sendFrame(peer, frame, turn);
  }

  #hold(peer: PeerId, turn: Turn): void {
    for (const other of this.#crossings.keys()) {
      if (!this.#links.isFull || other === peer) break;
      this.#letGo(other, turn);
    }
    this.#links.hold(FERRY, peer, turn);
  }

  #letGo(peer: PeerId, turn: Turn): void {
    this.linkDown(peer, turn);
    this.#crossings.delete(peer);
    this.#reschedule();
    this.#links.release(FERRY, peer, turn);
  }

  #reschedule(): void {
    const [first] = this.#crossings.values();
    this.deadline = first === undefined ? NEVER : later(first.usedAt, IDLE_MS);
  }
}
