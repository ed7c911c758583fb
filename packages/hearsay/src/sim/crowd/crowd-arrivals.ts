/**
 * What is on its way between the nodes of a crowd.
 * @module
 */
import type { Address, Message, PeerId, StreamFailure, TenantInput } from "../../kernel/index.ts";
import type { CrowdLinks, LinkEnd } from "./crowd-links.ts";
import type { CrowdPeers } from "./crowd-peers.ts";

/** Something on its way to a node. */
export interface Arrival {
  arrive(place: ArrivalPlace): void;
}

/** Where it arrives. */
export interface ArrivalPlace {
  readonly links: CrowdLinks;
  readonly peers: CrowdPeers;
  isAlive(node: PeerId): boolean;
  message(to: PeerId, tenant: number, input: TenantInput): void;
  missed(): void;
  linkUp(node: PeerId, peer: PeerId): void;
  /** Takes the end away; tells the node if the link was up there, or somebody there waits for it. */
  linkDown(node: PeerId, end: LinkEnd, reason: StreamFailure | "closed"): void;
  /** Lets a node know, in its time, that `left` at the other side of its end has died. */
  broken(node: PeerId, end: LinkEnd, left: LinkEnd): void;
  /** The same, unless that shows only to those who use the link. */
  mourn(node: PeerId, end: LinkEnd, left: LinkEnd): void;
  /** Sends something back; what is sent on this end comes behind it. */
  reply(arrival: Arrival, end?: LinkEnd): void;
}

/** A message outside of links, which is handed over as it is: one object on the way and at its end. */
export class DatagramArrival implements Arrival {
  readonly type = "message";
  readonly carrier = "datagram";
  readonly message: Message;
  readonly peer: PeerId;
  readonly #to: PeerId;
  readonly #tenant: number;
  readonly #peers: CrowdPeers;

  constructor(from: PeerId, to: PeerId, tenant: number, message: Message, peers: CrowdPeers) {
    this.message = message;
    this.peer = from;
    this.#to = to;
    this.#tenant = tenant;
    this.#peers = peers;
  }

  /** Most tenants never ask where a message came from: the address is made for those that do. */
  get from(): Address {
    return this.#peers.addressOf(this.peer);
  }

  arrive(place: ArrivalPlace): void {
    if (!place.isAlive(this.#to)) return place.missed();
    place.message(this.#to, this.#tenant, this);
  }
}

/** A message on a link: lost with the link, and only then. */
export class LinkedArrival implements Arrival {
  readonly #from: PeerId;
  /** The sender's. */
  readonly #end: LinkEnd;
  readonly #tenant: number;
  readonly #message: Message;

  constructor(from: PeerId, end: LinkEnd, tenant: number, message: Message) {
    this.#from = from;
    this.#end = end;
    this.#tenant = tenant;
    this.#message = message;
  }

  arrive(place: ArrivalPlace): void {
    const end = this.#end;
    if (end.meets) {
      const input = new LinkedInput(this.#message, this.#from, place.peers);
      return place.message(end.peer, this.#tenant, input);
    }
    place.missed();
    const { other } = end;
    // The sender's own host answers for the dead process: nobody lives at this port.
    if (other?.died === true && !end.gone) place.broken(this.#from, end, other);
  }
}

/** A message that has come over a link, made when it is known at whose end. */
class LinkedInput {
  readonly type = "message";
  readonly carrier = "link";
  readonly message: Message;
  readonly peer: PeerId;
  readonly #peers: CrowdPeers;

  constructor(message: Message, peer: PeerId, peers: CrowdPeers) {
    this.message = message;
    this.peer = peer;
    this.#peers = peers;
  }

  get from(): Address {
    return this.#peers.addressOf(this.peer);
  }
}

/** Somebody dials; nobody home is an answer, too. */
export class Dial implements Arrival {
  readonly #from: PeerId;
  readonly #end: LinkEnd;

  constructor(from: PeerId, end: LinkEnd) {
    this.#from = from;
    this.#end = end;
  }

  arrive(place: ArrivalPlace): void {
    const from = this.#from;
    const dialer = this.#end;
    const to = dialer.peer;
    if (!place.isAlive(to)) return place.reply(new HangUp(from, dialer, "refused", undefined));
    const end = place.links.find(to, from) ?? place.links.add(to, from, false);
    end.other = dialer;
    end.meets = dialer.up;
    // Dials that cross: the one that comes first makes the link, the other finds it made.
    if (!end.up) {
      end.up = true;
      if (dialer.other === end) dialer.meets = true;
      place.linkUp(to, from);
    }
    place.reply(new Answer(to, end, dialer), end);
  }
}

/** The one who was dialed has taken the call. */
class Answer implements Arrival {
  readonly #from: PeerId;
  readonly #end: LinkEnd;
  readonly #dialer: LinkEnd;

  constructor(from: PeerId, end: LinkEnd, dialer: LinkEnd) {
    this.#from = from;
    this.#end = end;
    this.#dialer = dialer;
  }

  arrive(place: ArrivalPlace): void {
    const dialer = this.#dialer;
    const end = this.#end;
    // Hung up meanwhile, or dead: the other side holds what nobody will close.
    if (dialer.died) return place.mourn(this.#from, end, dialer);
    if (dialer.gone) return place.reply(new HangUp(this.#from, end, "closed", dialer));
    dialer.other = end;
    dialer.meets = end.up;
    if (dialer.up) return;
    dialer.up = true;
    if (end.other === dialer) end.meets = true;
    place.linkUp(end.peer, this.#from);
  }
}

/** The other side of a link has ended it, or has died. */
export class HangUp implements Arrival {
  readonly #to: PeerId;
  readonly #end: LinkEnd;
  readonly #reason: StreamFailure | "closed";
  readonly #left: LinkEnd | undefined;

  /**
   * @param end of the one who is told
   * @param left the other side's that is gone, if there was one: by now there may be another
   */
  constructor(
    to: PeerId,
    end: LinkEnd,
    reason: StreamFailure | "closed",
    left: LinkEnd | undefined,
  ) {
    this.#to = to;
    this.#end = end;
    this.#reason = reason;
    this.#left = left;
  }

  arrive(place: ArrivalPlace): void {
    const end = this.#end;
    if (end.gone || (end.other !== undefined && end.other !== this.#left)) return;
    place.linkDown(this.#to, end, this.#reason);
  }
}
