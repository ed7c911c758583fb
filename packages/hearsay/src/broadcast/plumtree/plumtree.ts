/**
 * Plumtree: a spanning tree that grows out of gossip and mends itself by it.
 *
 *     eager links   carry payloads            the tree
 *     lazy links    carry announcements       what mends it
 *
 *     a payload comes twice      ──▶  prune: this link is lazy from now on
 *     announced, and never came  ──▶  graft: the announcer sends it, and its link is eager from now on
 *
 * Promise: everybody whom the overlay connects gets it, in the end: while it spreads, at one copy for each node once the
 * tree stands; later, as long as a neighbour keeps it. Nothing is promised of the order.
 *
 * A neighbour begins as eager, so that the first message floods and leaves a tree behind.
 * @see Leitão, Pereira, Rodrigues 2007, Epidemic Broadcast Trees, section 3. A sender is never sent its own copy
 *   back (line 30 of its algorithm 1 would).
 * @module
 */
import { assertNever, earlier, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  PeerId,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { KeptPublications } from "../kept.ts";
import { Neighbours } from "../neighbours.ts";
import { delivered, MAX_HOPS } from "../publication.ts";
import type { Publication, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";
import { Announcements } from "./announcements.ts";
import type { SavedAnnouncements } from "./announcements.ts";
import { resolvePlumtreeConfig } from "./config.ts";
import type { PlumtreeConfig } from "./config.ts";
import { MissingPublications } from "./missing.ts";
import type { SavedMissing } from "./missing.ts";
import { PLUMTREE_CHANNEL, PLUMTREE_MESSAGES } from "./wire.ts";
import type { Announcement, Gossip, Graft, PlumtreeMessage } from "./wire.ts";

export interface PlumtreeOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Name of the overlay whose links it uses. @default "hyparview" */
  readonly overlay?: string;
  readonly config?: Partial<PlumtreeConfig>;
}

type Effects = TenantEffects<PlumtreeMessage>;

const WIRE: TenantWire<PlumtreeMessage> = {
  channel: PLUMTREE_CHANNEL,
  messages: PLUMTREE_MESSAGES,
};

interface SavedPlumtree {
  readonly publisher: SavedPublisher;
  readonly neighbours: readonly PeerId[];
  readonly lazy: readonly PeerId[];
  readonly kept: readonly Gossip[];
  readonly missing: SavedMissing;
  readonly announcements: SavedAnnouncements;
  readonly parent: PeerId;
  readonly announcer: PeerId;
}

export class Plumtree implements Broadcaster<PlumtreeMessage> {
  readonly name = "plumtree";
  readonly wire: TenantWire<PlumtreeMessage> = WIRE;
  readonly #config: PlumtreeConfig;
  readonly #publisher: Publisher;
  readonly #neighbours: Neighbours;
  /** Neighbours that get announcements instead of payloads. */
  readonly #lazy: PeerId[] = [];
  readonly #kept: KeptPublications<Gossip>;
  readonly #missing: MissingPublications;
  readonly #announcements: Announcements;
  /** A field of its own: it is read after every input, and most change nothing here. */
  #deadline: Instant = NEVER;
  /** Who has brought the last payload, and who has announced one last. */
  #parent: PeerId = NO_PEER;
  #announcer: PeerId = NO_PEER;

  constructor(options: PlumtreeOptions) {
    const { name, epoch, overlay = "hyparview" } = options;
    const config = resolvePlumtreeConfig(options.config);
    this.#config = config;
    this.#publisher = new Publisher({ name, epoch, maxOrigins: config.maxOrigins });
    this.#neighbours = new Neighbours(overlay);
    this.#kept = new KeptPublications(config.maxKept, config.maxKeptBytes);
    this.#missing = new MissingPublications(config);
    this.#announcements = new Announcements(config.announceEveryMs);
  }

  get deadline(): Instant {
    return this.#deadline;
  }

  /** Neighbours that are sent payloads. */
  get eager(): readonly PeerId[] {
    return this.#neighbours.members.filter((peer) => !this.#lazy.includes(peer));
  }

  /** Neighbours that are sent announcements. */
  get lazy(): readonly PeerId[] {
    return this.#lazy;
  }

  save(): SavedPlumtree {
    return {
      publisher: this.#publisher.save(),
      neighbours: [...this.#neighbours.members],
      lazy: [...this.#lazy],
      kept: [...this.#kept.values()],
      missing: this.#missing.save(),
      announcements: this.#announcements.save(),
      parent: this.#parent,
      announcer: this.#announcer,
    };
  }

  restore(saved: Saved): void {
    const { publisher, neighbours, lazy, kept, missing, announcements, ...tree } =
      saved as SavedPlumtree;
    this.#parent = tree.parent;
    this.#announcer = tree.announcer;
    this.#publisher.restore(publisher);
    this.#neighbours.restore(neighbours);
    this.#lazy.push(...lazy);
    this.#kept.restore(kept);
    this.#missing.restore(missing);
    this.#announcements.restore(announcements);
    this.#rearm();
  }

  handle(
    input: TenantInput<PlumtreeMessage, PublishCommand>,
    now: Instant,
    _rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        if (this.#neighbours.has(input.peer)) {
          this.#onMessage(input.message, input.peer, now, effects);
        } else this.#onStranger(input.message, now, effects);
        break;
      case "timeout":
        this.#onTimeout(now, effects);
        break;
      case "command":
        this.#spread(this.#publisher.publish(input.command, now), 0, NO_PEER, now, effects);
        break;
      case "signal":
        if (this.#neighbours.onSignal(input.signal) === "down") {
          this.#lose(input.signal.peer, effects);
        }
        break;
      default:
        // Links are the overlay's; streams and news are not used.
        return;
    }
    this.#rearm();
  }

  /**
   * It is announced to all, and sent to none: others may have had it long since, and a payload that comes twice would prune
   * the tree. Who lacks it asks.
   */
  takeUp(publication: Publication, hops: number, now: Instant, effects: Effects): boolean {
    const sighting = this.#publisher.see(publication, now);
    if (sighting === "new") {
      this.#missing.came(publication);
      const gossip = this.#deliver(publication, Math.min(hops, MAX_HOPS - 1), effects);
      for (const peer of this.#neighbours.members) this.#announce(peer, gossip, now, effects);
    } else effects.drop(sighting);
    this.#rearm();
    return this.#publisher.hasSeen(publication);
  }

  #rearm(): void {
    this.#deadline = earlier(this.#missing.deadline, this.#announcements.deadline);
  }

  #onMessage(message: PlumtreeMessage, from: PeerId, now: Instant, effects: Effects): void {
    switch (message.type) {
      case "gossip":
        return this.#onGossip(message, from, now, effects);
      case "announce":
        this.#announcer = from;
        for (const announcement of message.announcements) {
          this.#onAnnouncement(announcement, from, now, effects);
        }
        return;
      case "graft":
        return this.#onGraft(message, from, effects);
      case "prune":
        return this.#makeLazy(from);
      default:
        assertNever(message);
    }
  }

  /** The link was up when this was sent, but is no neighbour's now: a payload is welcome all the same. */
  #onStranger(message: PlumtreeMessage, now: Instant, effects: Effects): void {
    if (message.type === "gossip") this.#onGossip(message, NO_PEER, now, effects);
    else effects.drop("notANeighbour");
  }

  #onGossip(message: Gossip, from: PeerId, now: Instant, effects: Effects): void {
    const sighting = this.#publisher.see(message, now);
    if (sighting !== "new") {
      effects.drop(sighting);
      if (from === NO_PEER || sighting !== "repeated") return;
      this.#makeLazy(from);
      return effects.sendLinked(from, { type: "prune" });
    }
    const hops = Math.min(message.hops, MAX_HOPS - 1);
    const announcers = this.#missing.came(message);
    this.#spread(message, hops, from, now, effects);
    if (from === NO_PEER) return;
    this.#parent = from;
    this.#makeEager(from);
    const nearer = announcers.find((one) => this.#isNearer(one.hops, hops));
    if (nearer !== undefined && nearer.peer !== from) this.#exchange(from, nearer.peer, effects);
  }

  #isNearer(announced: number, hops: number): boolean {
    const { optimizeHops } = this.#config;
    return optimizeHops > 0 && hops - announced >= optimizeHops;
  }

  /** Makes a nearer peer our parent in the tree instead of `parent`. */
  #exchange(parent: PeerId, nearer: PeerId, effects: Effects): void {
    if (!this.#neighbours.has(nearer)) return;
    this.#makeEager(nearer);
    effects.sendLinked(nearer, { type: "graft", wanted: undefined });
    this.#makeLazy(parent);
    effects.sendLinked(parent, { type: "prune" });
  }

  #onAnnouncement(announced: Announcement, from: PeerId, now: Instant, effects: Effects): void {
    if (this.#publisher.hasSeen(announced)) return;
    const { origin, epoch, number, hops } = announced;
    if (!this.#missing.announced({ origin, epoch, number }, from, hops, now)) {
      effects.drop("tooManyMissing");
    }
  }

  #onGraft({ wanted }: Graft, from: PeerId, effects: Effects): void {
    this.#makeEager(from);
    if (wanted === undefined) return;
    const kept = this.#kept.get(wanted);
    if (kept === undefined) effects.drop("graftOfUnknown");
    else effects.sendLinked(from, kept);
  }

  #onTimeout(now: Instant, effects: Effects): void {
    for (;;) {
      const request = this.#missing.takeDue(now);
      if (request === undefined) break;
      this.#makeEager(request.peer);
      effects.sendLinked(request.peer, { type: "graft", wanted: request.id });
    }
    this.#announcements.flush(now, effects);
  }

  /** Delivers it here and passes it on. `hops` are those that it has crossed until here. */
  #spread(
    publication: Publication,
    hops: number,
    from: PeerId,
    now: Instant,
    effects: Effects,
  ): void {
    const gossip = this.#deliver(publication, hops, effects);
    for (const peer of this.#neighbours.members) {
      if (peer === from) continue;
      if (this.#isLazy(peer)) this.#announce(peer, gossip, now, effects);
      else effects.sendLinked(peer, gossip);
    }
  }

  /** Delivers it here and keeps it, as it is passed on. */
  #deliver(publication: Publication, hops: number, effects: Effects): Gossip {
    const { topic, origin, epoch, number, payload } = publication;
    effects.notify(delivered(publication, hops));
    const next = hops + 1;
    const gossip: Gossip = { type: "gossip", topic, origin, epoch, number, payload, hops: next };
    this.#kept.add(gossip);
    return gossip;
  }

  #announce(peer: PeerId, gossip: Gossip, now: Instant, effects: Effects): void {
    const { origin, epoch, number, hops } = gossip;
    this.#announcements.add(peer, { origin, epoch, number, hops }, now, effects);
  }

  #isLazy(peer: PeerId): boolean {
    return this.#lazy.includes(peer);
  }

  #makeLazy(peer: PeerId): void {
    if (!this.#isLazy(peer)) this.#lazy.push(peer);
  }

  #makeEager(peer: PeerId): void {
    const index = this.#lazy.indexOf(peer);
    if (index >= 0) this.#lazy.splice(index, 1);
  }

  /**
   * A neighbour is gone. If it was our parent in the tree, whoever has announced something last takes its place at once:
   * what comes next need not be missed before it is asked for. The paper waits for the announcements' timers.
   */
  #lose(peer: PeerId, effects: Effects): void {
    this.#makeEager(peer);
    this.#missing.forget(peer);
    this.#announcements.forget(peer);
    if (this.#announcer === peer) this.#announcer = NO_PEER;
    if (this.#parent !== peer) return;
    this.#parent = NO_PEER;
    const heir = this.#announcer;
    if (!this.#config.replaceParent || !this.#isLazy(heir)) return;
    this.#makeEager(heir);
    effects.sendLinked(heir, { type: "graft", wanted: undefined });
  }
}
