/**
 * What is on its way between the nodes of a crowd.
 * @module
 */
import type { Carrier, Message, PeerId, StreamFailure } from "../../kernel/index.ts";
import type { CrowdLinks, LinkEnd } from "./crowd-links.ts";

/** Something on its way to a node. */
export interface Arrival {
  arrive(place: ArrivalPlace): void;
}

/** Where it arrives. */
export interface ArrivalPlace {
  readonly links: CrowdLinks;
  isAlive(node: PeerId): boolean;
  message(to: PeerId, tenant: number, from: PeerId, message: Message, carrier: Carrier): void;
  missed(): void;
  linkUp(node: PeerId, peer: PeerId): void;
  /** Takes the end away; tells the node if the link was up there, or somebody there waits for it. */
  linkDown(node: PeerId, peer: PeerId, reason: StreamFailure | "closed"): void;
  /** Lets `peer` know, in its time, that its link to a dead node is broken. */
  broken(dead: PeerId, peer: PeerId): void;
  /** Sends something back. */
  reply(arrival: Arrival): void;
}

export class DatagramArrival implements Arrival {
  readonly #from: PeerId;
  readonly #to: PeerId;
  readonly #tenant: number;
  readonly #message: Message;

  constructor(from: PeerId, to: PeerId, tenant: number, message: Message) {
    this.#from = from;
    this.#to = to;
    this.#tenant = tenant;
    this.#message = message;
  }

  arrive(place: ArrivalPlace): void {
    if (!place.isAlive(this.#to)) return place.missed();
    place.message(this.#to, this.#tenant, this.#from, this.#message, "datagram");
  }
}

/** A message on a link: lost with the link, and only then. */
export class LinkedArrival implements Arrival {
  readonly #from: PeerId;
  readonly #to: PeerId;
  readonly #tenant: number;
  readonly #message: Message;
  readonly #end: LinkEnd;

  constructor(from: PeerId, to: PeerId, tenant: number, message: Message, end: LinkEnd) {
    this.#from = from;
    this.#to = to;
    this.#tenant = tenant;
    this.#message = message;
    this.#end = end;
  }

  arrive(place: ArrivalPlace): void {
    if (!place.isAlive(this.#to)) {
      place.missed();
      // The sender's own host answers for the dead process: nobody lives at this port.
      if (place.links.find(this.#from, this.#to) === this.#end) {
        place.broken(this.#to, this.#from);
      }
      return;
    }
    if (place.links.find(this.#to, this.#from)?.up !== true) return place.missed();
    place.message(this.#to, this.#tenant, this.#from, this.#message, "link");
  }
}

/** Somebody dials; nobody home is an answer, too. */
export class Dial implements Arrival {
  readonly #from: PeerId;
  readonly #to: PeerId;

  constructor(from: PeerId, to: PeerId) {
    this.#from = from;
    this.#to = to;
  }

  arrive(place: ArrivalPlace): void {
    const from = this.#from;
    const to = this.#to;
    if (!place.isAlive(to)) return place.reply(new HangUp(to, from, "refused"));
    const known = place.links.find(to, from);
    const end = known ?? place.links.add(to, from, false);
    // Dials that cross: the one that comes first makes the link, the other finds it made.
    if (!end.up) {
      end.up = true;
      place.linkUp(to, from);
    }
    place.reply(new Answer(to, from));
  }
}

/** The one who was dialed has taken the call. */
class Answer implements Arrival {
  readonly #from: PeerId;
  readonly #to: PeerId;

  constructor(from: PeerId, to: PeerId) {
    this.#from = from;
    this.#to = to;
  }

  arrive(place: ArrivalPlace): void {
    const end = place.links.find(this.#to, this.#from);
    if (end === undefined) return place.reply(new HangUp(this.#to, this.#from, "closed"));
    if (end.up) return;
    end.up = true;
    place.linkUp(this.#to, this.#from);
  }
}

/** The other side of a link has ended it, or has died. */
export class HangUp implements Arrival {
  readonly #from: PeerId;
  readonly #to: PeerId;
  readonly #reason: StreamFailure | "closed";
  readonly #end: LinkEnd | undefined;

  /** With `end`, only that one goes: by then there may be another. */
  constructor(from: PeerId, to: PeerId, reason: StreamFailure | "closed", end?: LinkEnd) {
    this.#from = from;
    this.#to = to;
    this.#reason = reason;
    this.#end = end;
  }

  arrive(place: ArrivalPlace): void {
    if (!place.isAlive(this.#to)) return;
    if (this.#end !== undefined && place.links.find(this.#to, this.#from) !== this.#end) return;
    place.linkDown(this.#to, this.#from, this.#reason);
  }
}
