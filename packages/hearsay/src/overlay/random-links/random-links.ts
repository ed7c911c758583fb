/**
 * Random links: a few kept links to members chosen uniformly at random, where everybody knows everybody.
 *
 *     wanted       ceil(ln n) + c links: asks members, chosen uniformly, until it has as many
 *     at most      twice as many: whoever has them refuses; whoever is refused asks another
 *     renewal      now and then a fresh link in the place of an old one, so that no unlucky graph lasts
 *
 * What a broadcast tree needs of a cluster with full membership: not a link to each, and not the same few for
 * all. Members are known by the signals of the membership beside it, and so is their end. It sleeps, without a link,
 * until it is woken by a command or asked by a neighbour: a cluster in which nobody publishes keeps no link.
 *
 * Both sides of a link have each other as neighbours; whoever gives one up says so. Other tenants hear of neighbours by
 * `neighbourUp` and `neighbourDown`.
 * @see Kermarrec, Massoulié, Ganesh 2003, for ln n + c
 * @module
 */
import { assertNever, earlier, later, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  NodeSignal,
  PeerId,
  Peers,
  PeerSampler,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { NeighbourEvent } from "../events.ts";
import { Petitions } from "../petitions.ts";
import type { SavedPetitions } from "../petitions.ts";
import { View } from "../view.ts";
import { resolveRandomLinksConfig, wantedLinks } from "./config.ts";
import type { RandomLinksConfig } from "./config.ts";
import { RANDOM_LINKS_CHANNEL, RANDOM_LINKS_MESSAGES, WANT } from "./wire.ts";
import type { RandomLinksMessage } from "./wire.ts";

export interface RandomLinksOptions {
  readonly peers: Peers;
  /** The live members to choose from. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<RandomLinksConfig>;
  /** Whether it looks for links from the start. @default false: when it is woken, or asked for one */
  readonly awake?: boolean;
}

/** Looks for links from now on. */
export interface WakeCommand {
  readonly type: "wake";
}

type Effects = TenantEffects<RandomLinksMessage>;

/** Name of the tenant and of the overlay in signals. */
export const RANDOM_LINKS = "randomLinks";
/** Of so many times as many links as it looks for, a node accepts the wishes of others. */
const ROOM = 2;
/** Members that are asked at a time. */
const AT_ONCE = 2;
/** Links that a node has at most. */
const MAX_RANDOM_LINKS = 128;
/** Members drawn to find one that speaks our language and is no neighbour yet. */
const DRAWN = 16;

interface SavedRandomLinks {
  readonly awake: boolean;
  readonly neighbours: readonly PeerId[];
  readonly petitions: SavedPetitions;
  readonly retryAt: Instant;
  readonly renewAt: Instant;
}

export class RandomLinks implements Tenant<RandomLinksMessage, WakeCommand> {
  readonly name: string = RANDOM_LINKS;
  readonly wire: TenantWire<RandomLinksMessage> = {
    channel: RANDOM_LINKS_CHANNEL,
    messages: RANDOM_LINKS_MESSAGES,
  };
  readonly #peers: Peers;
  readonly #sampler: PeerSampler;
  readonly #config: RandomLinksConfig;
  readonly #neighbours: View;
  readonly #petitions: Petitions;
  readonly #startsAwake: boolean;
  #awake = false;
  #retryAt: Instant = NEVER;
  #renewAt: Instant = NEVER;

  constructor({ peers, sampler, config, awake = false }: RandomLinksOptions) {
    this.#peers = peers;
    this.#sampler = sampler;
    this.#config = resolveRandomLinksConfig(config);
    this.#neighbours = new View(MAX_RANDOM_LINKS, peers);
    this.#petitions = new Petitions(this.#config, peers);
    this.#startsAwake = awake;
  }

  get deadline(): Instant {
    return earlier(this.#petitions.deadline, earlier(this.#retryAt, this.#renewAt));
  }

  /** Peers with a link. */
  get neighbours(): PeerSampler & { readonly members: readonly PeerId[] } {
    return this.#neighbours;
  }

  /** Links that it looks for now. */
  get wanted(): number {
    return this.#awake ? wantedLinks(this.#sampler.size, this.#config) : 0;
  }

  save(): SavedRandomLinks {
    return {
      awake: this.#awake,
      neighbours: this.#neighbours.save(),
      petitions: this.#petitions.save(),
      retryAt: this.#retryAt,
      renewAt: this.#renewAt,
    };
  }

  restore(saved: Saved): void {
    const { awake, neighbours, petitions, retryAt, renewAt } = saved as SavedRandomLinks;
    this.#awake = awake;
    this.#neighbours.restore(neighbours);
    this.#petitions.restore(petitions);
    this.#retryAt = retryAt;
    this.#renewAt = renewAt;
  }

  handle(
    input: TenantInput<RandomLinksMessage, WakeCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        if (input.peer === NO_PEER) return effects.drop("unknownPeer");
        return this.#onMessage(input.message, input.peer, now, rng, effects);
      case "timeout":
        return this.#onTimeout(now, rng, effects);
      case "linkUp":
        return this.#onLinkUp(input.peer, effects);
      case "linkDown":
        return this.#lose(input.peer, now, rng, effects);
      case "signal":
        return this.#onSignal(input.signal, now, rng, effects);
      case "command":
        return this.#wake(now, rng, effects);
      case "start":
        if (this.#startsAwake) this.#wake(now, rng, effects);
        return;
      default:
        // Neither exchanges nor news are its own.
        return;
    }
  }

  #onMessage(
    message: RandomLinksMessage,
    peer: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (message.type) {
      case "neighbour":
        this.#onWish(message.priority, peer, rng, effects);
        return this.#wake(now, rng, effects);
      case "accepted":
        // Two that ask each other at once have each other's wish before the answer.
        if (this.#neighbours.has(peer)) return;
        if (!this.#petitions.end(peer)) return effects.drop("unasked");
        this.#adopt(peer, rng, effects);
        return this.#fill(now, rng, effects);
      case "refused":
        if (!this.#petitions.end(peer)) return effects.drop("unasked");
        effects.unlink(peer);
        this.#setAside(peer, now);
        return this.#fill(now, rng, effects);
      case "disconnect":
        if (!this.#drop(peer, effects)) return;
        effects.unlink(peer);
        this.#setAside(peer, now);
        return this.#fill(now, rng, effects);
      default:
        assertNever(message);
    }
  }

  /** Somebody wants us as a neighbour. */
  #onWish(priority: number, peer: PeerId, rng: Rng, effects: Effects): void {
    const isNew = !this.#neighbours.has(peer);
    if (isNew && priority === WANT.low && this.#neighbours.size >= this.#room()) {
      return effects.sendLinked(peer, { type: "refused" });
    }
    this.#petitions.end(peer);
    effects.link(peer);
    effects.sendLinked(peer, { type: "accepted" });
    if (isNew) this.#take(peer, rng, effects);
  }

  #onTimeout(now: Instant, rng: Rng, effects: Effects): void {
    for (;;) {
      const late = this.#petitions.takeLate(now);
      if (late === NO_PEER) break;
      effects.unlink(late);
      this.#setAside(late, now);
    }
    if (now >= this.#retryAt) {
      this.#retryAt = NEVER;
      this.#petitions.forgive();
    }
    if (now >= this.#renewAt) {
      this.#renewAt = later(now, this.#config.renewMs);
      this.#petitions.forgive();
      // Those who came first are asked most: what they have too much of they give back in time.
      if (this.#neighbours.size > this.wanted) this.#giveUpOne(rng, effects);
      else this.#ask(1, now, rng, effects);
    }
    this.#fill(now, rng, effects);
  }

  #onLinkUp(peer: PeerId, effects: Effects): void {
    if (this.#petitions.linked(peer) === undefined) return;
    const priority = this.#neighbours.size === 0 ? WANT.high : WANT.low;
    effects.sendLinked(peer, { type: "neighbour", priority });
  }

  #onSignal(signal: NodeSignal, now: Instant, rng: Rng, effects: Effects): void {
    switch (signal.type) {
      case "peerUp":
      case "channelsLearnt":
        return this.#fill(now, rng, effects);
      case "peerDown":
        return this.#lose(signal.peer, now, rng, effects);
      case "neighbourUp":
      case "neighbourDown":
      case "packetsLost":
      case "packetsPass":
        return;
      default:
        assertNever(signal);
    }
  }

  #wake(now: Instant, rng: Rng, effects: Effects): void {
    if (this.#awake) return;
    this.#awake = true;
    if (this.#config.renewMs > 0) this.#renewAt = later(now, 1 + rng.below(this.#config.renewMs));
    this.#fill(now, rng, effects);
  }

  /** Asks for what is missing, few at a time: who asks all at once is asked by as many, and ends with twice as much. */
  #fill(now: Instant, rng: Rng, effects: Effects): void {
    const missing = this.wanted - this.#neighbours.size;
    const count = Math.min(missing, AT_ONCE) - this.#petitions.size;
    if (count > 0) return this.#ask(count, now, rng, effects);
    // Whoever is merely suspected is nobody to ask, and nobody tells when it is no more.
    const isAlone = this.#neighbours.size === 0 && this.#petitions.size === 0;
    if (this.#awake && isAlone) this.#retryLater(now);
  }

  #ask(count: number, now: Instant, rng: Rng, effects: Effects): void {
    let left = count;
    for (const peer of this.#sampler.sample(Math.max(DRAWN, count), NO_PEER, rng)) {
      if (left === 0) return;
      if (!this.#peers.understands(peer, RANDOM_LINKS_CHANNEL)) continue;
      if (this.#neighbours.has(peer) || this.#petitions.has(peer)) continue;
      if (!this.#petitions.begin(peer, WANT.low, now)) return effects.drop("tooManyPetitions");
      effects.link(peer);
      left--;
    }
    if (left > 0) this.#retryLater(now);
  }

  /** Not to be asked until the next retry. */
  #setAside(peer: PeerId, now: Instant): void {
    this.#petitions.setAside(peer);
    this.#retryLater(now);
  }

  #retryLater(now: Instant): void {
    this.#retryAt = earlier(this.#retryAt, later(now, this.#config.retryMs));
  }

  /** A member that we have asked is a neighbour now; if that is one more than we look for, another goes. */
  #adopt(peer: PeerId, rng: Rng, effects: Effects): void {
    if (this.#neighbours.size >= this.wanted) this.#giveUpOne(rng, effects);
    this.#take(peer, rng, effects);
  }

  #take(peer: PeerId, rng: Rng, effects: Effects): void {
    if (this.#neighbours.isFull) this.#giveUpOne(rng, effects);
    this.#neighbours.add(peer);
    this.#tell("neighbourUp", peer, effects);
  }

  #giveUpOne(rng: Rng, effects: Effects): void {
    const peer = this.#neighbours.pick(NO_PEER, rng);
    effects.sendLinked(peer, { type: "disconnect" });
    this.#drop(peer, effects);
    effects.unlink(peer);
  }

  /** The link to a peer is lost, or the peer is. */
  #lose(peer: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    const asked = this.#petitions.end(peer);
    if (asked) this.#setAside(peer, now);
    if (!this.#drop(peer, effects) && !asked) return;
    effects.unlink(peer);
    this.#fill(now, rng, effects);
  }

  /** Takes a peer out of the neighbours, if it is one. */
  #drop(peer: PeerId, effects: Effects): boolean {
    if (!this.#neighbours.has(peer)) return false;
    this.#tell("neighbourDown", peer, effects);
    this.#neighbours.delete(peer);
    return true;
  }

  #tell(type: NeighbourEvent["type"], peer: PeerId, effects: Effects): void {
    effects.signal({ type, peer, overlay: RANDOM_LINKS });
    const name = this.#peers.nameOf(peer);
    effects.notify({ type, overlay: RANDOM_LINKS, name } satisfies NeighbourEvent);
  }

  #room(): number {
    return Math.max(1, ROOM * wantedLinks(this.#sampler.size, this.#config));
  }
}
