/**
 * Links: kept streams between two nodes of our own kind, shared by all tenants.
 *
 *     dialer    E1 [hello] ──────────▶            hello: name, address, channels
 *                          ◀────────── [hello]    acceptor
 *               ◀──── [message] [message] … ────▶
 *
 * One link for each peer. When both dial at once, the dial of the node with the lesser name is kept: the
 * other node takes it instead of its own, and the lesser one lets the other's wait as a spare until its
 * own is up or has failed. A hello from a peer whose link is up already means that the peer has lost
 * its end: the old stream goes, the new one stays. Unless it crossed the answer to our own dial a moment ago: streams
 * do not wait for each other. Then it, too, is a spare, and its end is on the way.
 *
 * A link lives while a tenant on either side holds it; it is closed by the side that dialed.
 * @module
 */
import { DecodeError, later, NEVER, NO_CHANNELS } from "../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Instant,
  NodeEvent,
  PeerId,
  Peers,
  StreamFailure,
  StreamId,
  TenantInput,
} from "../kernel/index.ts";
import { frame, frameOf, FrameReader } from "./frames.ts";
import type { SavedFrame } from "./frames.ts";
import { readHello, writeHello } from "./hello.ts";
import type { Hello } from "./hello.ts";
import type { Outgoing } from "./packet.ts";
import { LINK_OPENER } from "./streams.ts";
import type { StreamOwner, Streams } from "./streams.ts";
import type { Turn } from "./turn.ts";

export interface LinksConfig {
  /** Links and unfinished hellos that may exist at a time. */
  readonly maxLinks: number;
  /** Largest message on a link. */
  readonly maxFrameBytes: number;
  /** Bytes written and not yet handed on; messages beyond it are dropped. */
  readonly maxLinkBacklogBytes: number;
}

/** Who we are, as hellos say it. */
export interface LinksSelf {
  readonly name: string;
  readonly address: Address;
  readonly channels: ChannelSet;
}

/** What is told of a link. */
export type LinkInput = Extract<TenantInput, { readonly type: "linkUp" | "linkDown" }>;

/** What links tell the node machine. */
export interface LinkEvents {
  up(peer: PeerId, turn: Turn): void;
  down(peer: PeerId, reason: StreamFailure | "closed", turn: Turn): void;
  /** To one who holds a link or wants to, a tenant or the ferry. */
  tell(holder: number, input: LinkInput, turn: Turn): void;
  message(peer: PeerId, bytes: Uint8Array, turn: Turn): void;
}

/** How long after ours is up a dial of the peer may still be one that it made before it heard of ours. */
const CROSSING_MS = 2000;

/** Told when links that had taken too much have handed on all of it. */
export interface LinksDrained extends NodeEvent {
  readonly type: "linksDrained";
}

const LINKS_DRAINED: LinksDrained = { type: "linksDrained" };

interface SavedLink {
  readonly stream: StreamId;
  readonly dialed: boolean;
  readonly frames: SavedFrame;
  /** Tenants and the ferry. */
  readonly holders: readonly number[];
  readonly peer: PeerId | undefined;
  readonly channels: ChannelSet;
  readonly up: boolean;
  readonly upAt: Instant;
  readonly backlogBytes: number;
  readonly congested: boolean;
}

export interface SavedLinks {
  readonly links: readonly SavedLink[];
  readonly byPeer: ReadonlyMap<PeerId, StreamId>;
  readonly spares: ReadonlyMap<PeerId, StreamId>;
}

class Link {
  readonly stream: StreamId;
  readonly dialed: boolean;
  readonly frames: FrameReader;
  readonly holders = new Set<number>();
  /** Known from the start when we dialed, else from the hello on. Retained once while it is set. */
  peer: PeerId | undefined;
  channels: ChannelSet = NO_CHANNELS;
  up = false;
  upAt: Instant = NEVER;
  backlogBytes = 0;
  /** Has taken more than half of what it may, and has not gone down to nothing since. */
  congested = false;

  constructor(stream: StreamId, dialed: boolean, maxFrameBytes: number) {
    this.stream = stream;
    this.dialed = dialed;
    this.frames = new FrameReader(maxFrameBytes);
  }
}

export class Links implements StreamOwner {
  readonly #config: LinksConfig;
  readonly #self: LinksSelf;
  readonly #peers: Peers;
  readonly #streams: () => Streams;
  readonly #events: LinkEvents;
  readonly #byStream = new Map<StreamId, Link>();
  /** The one link for each peer, up or on its way. */
  readonly #byPeer = new Map<PeerId, Link>();
  /** Accepted links that wait for the end of our own dial to the same peer. */
  readonly #spares = new Map<PeerId, Link>();
  #congested = 0;

  constructor(
    config: LinksConfig,
    self: LinksSelf,
    peers: Peers,
    streams: () => Streams,
    events: LinkEvents,
  ) {
    this.#config = config;
    this.#self = self;
    this.#peers = peers;
    this.#streams = streams;
    this.#events = events;
  }

  /** Links that are up or on their way. */
  get size(): number {
    return this.#byStream.size;
  }

  /** Whether a link has taken so much that whoever has more to say should wait for `linksDrained`. */
  get isCongested(): boolean {
    return this.#congested > 0;
  }

  /** Whether no further link may be. */
  get isFull(): boolean {
    return this.#byStream.size >= this.#config.maxLinks;
  }

  isUp(peer: PeerId): boolean {
    return this.#byPeer.get(peer)?.up === true;
  }

  /** `holder`, a tenant or the ferry, wants a link to `peer`. */
  hold(holder: number, peer: PeerId, turn: Turn): void {
    const known = this.#byPeer.get(peer);
    if (known !== undefined) {
      known.holders.add(holder);
      if (known.up) this.#events.tell(holder, { type: "linkUp", peer }, turn);
      return;
    }
    if (this.isFull) {
      turn.drop("tooManyLinks");
      this.#events.tell(holder, { type: "linkDown", peer, reason: "overLimit" }, turn);
      return;
    }
    const stream = this.#streams().dial(this, this.#peers.addressOf(peer), false, turn);
    const link = new Link(stream, true, this.#config.maxFrameBytes);
    link.holders.add(holder);
    link.peer = peer;
    this.#peers.retain(peer);
    this.#byStream.set(stream, link);
    this.#byPeer.set(peer, link);
  }

  /** `holder` no longer wants it. */
  release(holder: number, peer: PeerId, turn: Turn): void {
    const link = this.#byPeer.get(peer);
    if (link === undefined || !link.holders.delete(holder)) return;
    if (link.holders.size > 0 || !link.dialed) return;
    if (link.up) this.#streams().finish(link.stream, turn);
    else this.#streams().abort(link.stream, turn);
    this.#end(link, "closed", turn);
  }

  /** Drops the link, whoever holds it: nothing comes through any more. */
  drop(peer: PeerId, turn: Turn): void {
    const link = this.#byPeer.get(peer);
    if (link === undefined) return;
    this.#streams().abort(link.stream, turn);
    this.#end(link, "timedOut", turn);
  }

  /** Sends on the link if it is up and its backlog has room. */
  send(peer: PeerId, outgoing: Outgoing, turn: Turn): void {
    const write = (target: Uint8Array, at: number): number => outgoing.encodeInto(target, at);
    this.#write(peer, outgoing.size, write, turn);
  }

  /** The same of bytes that are no tenant's message. */
  sendFrame(peer: PeerId, bytes: Uint8Array, turn: Turn): void {
    this.#write(peer, bytes.length, (target, at) => target.set(bytes, at), turn);
  }

  #write(
    peer: PeerId,
    size: number,
    write: (target: Uint8Array, offset: number) => void,
    turn: Turn,
  ): void {
    const link = this.#byPeer.get(peer);
    if (link === undefined || !link.up) return turn.drop("noLink");
    if (size > this.#config.maxFrameBytes) return turn.drop("frameTooLarge");
    if (link.backlogBytes + size > this.#config.maxLinkBacklogBytes) {
      return turn.drop("linkBacklogFull");
    }
    link.backlogBytes += size;
    this.#watch(link, turn);
    this.#streams().write(link.stream, frameOf(size, write), turn);
  }

  /** An accepted stream has opened as a link; its hello follows. */
  accept(stream: StreamId, turn: Turn): void {
    if (this.#byStream.size >= this.#config.maxLinks) {
      turn.drop("tooManyLinks");
      return this.#streams().abort(stream, turn);
    }
    this.#byStream.set(stream, new Link(stream, false, this.#config.maxFrameBytes));
  }

  opened(stream: StreamId, turn: Turn): void {
    this.#streams().write(stream, Uint8Array.of(LINK_OPENER), turn);
    this.#greet(stream, turn);
  }

  chunk(stream: StreamId, bytes: Uint8Array, turn: Turn): void {
    const link = this.#byStream.get(stream);
    link?.frames.push(bytes, (body) => {
      if (link.up) this.#events.message(link.peer as PeerId, body, turn);
      else this.#onHello(link, readHello(body), turn);
      return this.#byStream.get(stream) === link;
    });
  }

  writable(stream: StreamId, turn: Turn): void {
    const link = this.#byStream.get(stream);
    if (link === undefined) return;
    link.backlogBytes = 0;
    this.#watch(link, turn);
  }

  ended(stream: StreamId, turn: Turn): void {
    const link = this.#byStream.get(stream);
    this.#streams().finish(stream, turn);
    if (link !== undefined) this.#end(link, "closed", turn);
  }

  closed(): void {
    // A link that has ended on both sides was forgotten when the first side did.
  }

  failed(stream: StreamId, reason: StreamFailure, turn: Turn): void {
    const link = this.#byStream.get(stream);
    if (link !== undefined) this.#end(link, reason, turn);
  }

  save(): SavedLinks {
    const links = [...this.#byStream.values()].map((link) => {
      const { stream, dialed, peer, channels, up, upAt, backlogBytes, congested } = link;
      const [frames, holders] = [link.frames.save(), [...link.holders]];
      return { stream, dialed, peer, channels, up, upAt, backlogBytes, congested, frames, holders };
    });
    const byPeer = new Map([...this.#byPeer].map(([peer, { stream }]) => [peer, stream]));
    const spares = new Map([...this.#spares].map(([peer, { stream }]) => [peer, stream]));
    return { links, byPeer, spares };
  }

  restore({ links, byPeer, spares }: SavedLinks): void {
    for (const saved of links) {
      const link = new Link(saved.stream, saved.dialed, this.#config.maxFrameBytes);
      for (const holder of saved.holders) link.holders.add(holder);
      link.frames.restore(saved.frames);
      link.peer = saved.peer;
      link.channels = saved.channels;
      link.up = saved.up;
      link.upAt = saved.upAt;
      link.backlogBytes = saved.backlogBytes;
      link.congested = saved.congested;
      if (link.congested) this.#congested++;
      this.#byStream.set(link.stream, link);
    }
    const linkOn = (stream: StreamId): Link => this.#byStream.get(stream) as Link;
    for (const [peer, stream] of byPeer) this.#byPeer.set(peer, linkOn(stream));
    for (const [peer, stream] of spares) this.#spares.set(peer, linkOn(stream));
  }

  #greet(stream: StreamId, turn: Turn): void {
    this.#streams().write(stream, frame(writeHello(this.#self)), turn);
  }

  #onHello(link: Link, hello: Hello, turn: Turn): void {
    link.channels = hello.channels;
    if (link.dialed) this.#onAnswer(link, hello, turn);
    else this.#onGreeting(link, hello, turn);
  }

  /** The peer that we dialed answers. */
  #onAnswer(link: Link, hello: Hello, turn: Turn): void {
    const peer = link.peer as PeerId;
    if (hello.name !== this.#peers.nameOf(peer)) {
      // Somebody else lives at this address now; nobody's channels may be learnt from it.
      throw new DecodeError("malformed", `expected a hello of ${this.#peers.nameOf(peer)}`);
    }
    const spare = this.#spares.get(peer);
    if (spare !== undefined) this.#discard(spare, turn);
    this.#raise(link, peer, turn);
  }

  /** Somebody who dialed us says who it is. */
  #onGreeting(link: Link, hello: Hello, turn: Turn): void {
    if (hello.name === this.#self.name)
      throw new DecodeError("malformed", "a hello with our own name");
    const peer = this.#peers.intern(hello.name, hello.address);
    link.peer = peer;
    const other = this.#byPeer.get(peer);
    if (other !== undefined && this.#mayCross(other, hello, turn)) {
      const older = this.#spares.get(peer);
      if (older !== undefined) this.#discard(older, turn);
      this.#spares.set(peer, link);
      return;
    }
    if (other !== undefined) {
      for (const holder of other.holders) link.holders.add(holder);
      this.#discard(other, turn);
      if (other.up) this.#events.down(peer, "closed", turn);
    }
    this.#byPeer.set(peer, link);
    this.#greet(link.stream, turn);
    this.#raise(link, peer, turn);
  }

  /** Whether our own dial is to be kept, because the peer's may have been under way at the same time. */
  #mayCross(ours: Link, hello: Hello, { now }: Turn): boolean {
    if (!ours.dialed || this.#self.name > hello.name) return false;
    return !ours.up || now < later(ours.upAt, CROSSING_MS);
  }

  #raise(link: Link, peer: PeerId, turn: Turn): void {
    link.up = true;
    link.upAt = turn.now;
    this.#streams().keep(link.stream);
    this.#peers.setChannels(peer, link.channels);
    this.#events.up(peer, turn);
  }

  /** Counts the congested, and tells when there are none any more. */
  #watch(link: Link, turn: Turn): void {
    const half = this.#config.maxLinkBacklogBytes / 2;
    const congested = link.congested ? link.backlogBytes > 0 : link.backlogBytes > half;
    if (congested === link.congested) return;
    link.congested = congested;
    this.#congested += congested ? 1 : -1;
    if (this.#congested === 0) turn.host.notify(LINKS_DRAINED);
  }

  /** Takes a link out of the books and drops its stream. */
  #discard(link: Link, turn: Turn): void {
    this.#streams().abort(link.stream, turn);
    this.#forget(link, turn);
  }

  /** The stream of `link` is over. */
  #end(link: Link, reason: StreamFailure | "closed", turn: Turn): void {
    const peer = link.peer;
    const current = peer !== undefined && this.#byPeer.get(peer) === link;
    const spare = current ? this.#spares.get(peer) : undefined;
    this.#forget(link, turn);
    if (!current) return;
    if (link.up) this.#events.down(peer, reason, turn);
    if (spare !== undefined) return this.#promote(spare, link, peer, turn);
    if (link.up) return;
    for (const holder of link.holders) {
      this.#events.tell(holder, { type: "linkDown", peer, reason }, turn);
    }
  }

  /** Our own dial failed, or was lost again, but the peer's had come through: it is the link now. */
  #promote(spare: Link, failed: Link, peer: PeerId, turn: Turn): void {
    for (const holder of failed.holders) spare.holders.add(holder);
    this.#spares.delete(peer);
    this.#byPeer.set(peer, spare);
    this.#greet(spare.stream, turn);
    this.#raise(spare, peer, turn);
  }

  #forget(link: Link, turn: Turn): void {
    this.#byStream.delete(link.stream);
    link.backlogBytes = 0;
    this.#watch(link, turn);
    const peer = link.peer;
    if (peer === undefined) return;
    if (this.#byPeer.get(peer) === link) this.#byPeer.delete(peer);
    if (this.#spares.get(peer) === link) this.#spares.delete(peer);
    this.#peers.release(peer);
  }
}
