/**
 * HyParView: a small active view of links that are kept, a larger passive view of spares.
 *
 *     join        contact takes the newcomer, and sends it on a walk of 6 hops from each of its neighbours
 *     walk        3 hops to go: into the passive view · 0 to go: neighbour of the newcomer
 *     failure     a spare from the passive view is asked to take the place
 *                   high priority (nobody left: must be taken) · low (only where there is a free place)
 *     shuffle     parts of both views go on a walk; who ends it answers with as many from its passive view
 *
 * Both sides of a link have each other in their active views: whoever drops a neighbour says so, and the
 * dropped one is a spare from then on. Who is told of a broken link at once (TCP does that) repairs the overlay
 * before anything is sent on it. Other tenants hear of neighbours by the signals `neighbourUp` and
 * `neighbourDown`; with membership beside it, live members are spares, and a view that is empty fills itself.
 * @see Leitão, Pereira, Rodrigues 2007, HyParView, sections 4.1 to 4.4
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
  StreamFailure,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { NeighbourEvent } from "../events.ts";
import { entryOf } from "../peer-entry.ts";
import type { PeerEntry } from "../peer-entry.ts";
import { View } from "../view.ts";
import { resolveHyParViewConfig } from "./config.ts";
import type { HyParViewConfig } from "./config.ts";
import type { HyParViewCommand } from "./events.ts";
import { Petitions } from "../petitions.ts";
import type { SavedPetitions } from "../petitions.ts";
import { Pulse } from "./pulse.ts";
import type { SavedPulse } from "./pulse.ts";
import { Shuffler } from "./shuffler.ts";
import type { SavedShuffler } from "./shuffler.ts";
import { HYPARVIEW_CHANNEL, HYPARVIEW_MESSAGES, PRIORITY } from "./wire.ts";
import type { ForwardJoin, HyParViewMessage } from "./wire.ts";

export interface HyParViewOptions {
  /** Ourselves, as others reach us. */
  readonly self: PeerEntry;
  readonly peers: Peers;
  readonly config?: Partial<HyParViewConfig>;
  /** Live members, where membership runs beside it: whom to ask when all spares are lost. @default nobody */
  readonly sampler?: PeerSampler;
}

type Effects = TenantEffects<HyParViewMessage>;

/** Name of the tenant and of the overlay in signals. */
export const HYPARVIEW = "hyparview";
/** Contacts that are remembered for the time when all others are lost. */
const MAX_CONTACTS = 16;

const WIRE: TenantWire<HyParViewMessage> = {
  channel: HYPARVIEW_CHANNEL,
  messages: HYPARVIEW_MESSAGES,
};

interface SavedHyParView {
  readonly active: readonly PeerId[];
  readonly passive: readonly PeerId[];
  readonly petitions: SavedPetitions;
  readonly shuffler: SavedShuffler;
  readonly pulse: SavedPulse | undefined;
  readonly contacts: readonly PeerEntry[];
  readonly swapAt: Instant;
  readonly deadline: Instant;
}

export class HyParView implements Tenant<HyParViewMessage, HyParViewCommand> {
  readonly name: string = HYPARVIEW;
  readonly wire: TenantWire<HyParViewMessage> = WIRE;
  readonly #self: PeerEntry;
  readonly #peers: Peers;
  readonly #config: HyParViewConfig;
  readonly #sampler: PeerSampler | undefined;
  readonly #active: View;
  readonly #passive: View;
  readonly #petitions: Petitions;
  readonly #shuffler: Shuffler;
  /** Only where links alone are not trusted. */
  readonly #pulse: Pulse | undefined;
  #contacts: readonly PeerEntry[] = [];
  #swapAt: Instant = NEVER;
  #deadline: Instant = NEVER;

  constructor(options: HyParViewOptions) {
    const { self, peers } = options;
    const config = resolveHyParViewConfig(options.config);
    this.#self = self;
    this.#peers = peers;
    this.#config = config;
    this.#sampler = options.sampler;
    this.#active = new View(config.activeSize, peers);
    this.#passive = new View(config.passiveSize, peers);
    this.#petitions = new Petitions(config, peers);
    this.#shuffler = new Shuffler(config, self, peers, this.#active, this.#passive);
    this.#pulse = config.keepAliveMs > 0 ? new Pulse(config.keepAliveMs) : undefined;
  }

  get deadline(): Instant {
    return this.#deadline;
  }

  /** The neighbours: peers with a link. */
  get active(): PeerSampler & { readonly members: readonly PeerId[] } {
    return this.#active;
  }

  /** The spares: peers that were alive when somebody last spoke of them. */
  get passive(): PeerSampler & { readonly members: readonly PeerId[] } {
    return this.#passive;
  }

  save(): SavedHyParView {
    return {
      active: this.#active.save(),
      passive: this.#passive.save(),
      petitions: this.#petitions.save(),
      shuffler: this.#shuffler.save(),
      pulse: this.#pulse?.save(),
      contacts: this.#contacts,
      swapAt: this.#swapAt,
      deadline: this.#deadline,
    };
  }

  restore(saved: Saved): void {
    const { active, passive, petitions, shuffler, pulse, ...own } = saved as SavedHyParView;
    this.#active.restore(active);
    this.#passive.restore(passive);
    this.#petitions.restore(petitions);
    this.#shuffler.restore(shuffler);
    if (pulse !== undefined) this.#pulse?.restore(pulse);
    this.#contacts = own.contacts;
    this.#swapAt = own.swapAt;
    this.#deadline = own.deadline;
  }

  handle(
    input: TenantInput<HyParViewMessage, HyParViewCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        if (input.peer === NO_PEER) return effects.drop("unknownPeer");
        this.#onMessage(input.message, input.peer, now, rng, effects);
        break;
      case "timeout":
        this.#onTimeout(now, rng, effects);
        break;
      case "linkUp":
        this.#onLinkUp(input.peer, effects);
        break;
      case "linkDown":
        this.#onLinkDown(input.peer, input.reason, now, rng, effects);
        break;
      case "signal":
        this.#onSignal(input.signal, now, rng, effects);
        break;
      case "command":
        this.#contacts = input.command.contacts.slice(0, MAX_CONTACTS);
        this.#enter(now, rng, effects);
        break;
      case "start":
        this.#shuffler.start(now, rng);
        this.#pulse?.start(now);
        if (this.#config.swapMs > 0) {
          this.#swapAt = later(now, 1 + rng.below(this.#config.swapMs));
        }
        break;
      default:
        // Neither exchanges nor news are its own.
        return;
    }
    this.#deadline = earlier(
      earlier(this.#petitions.deadline, this.#swapAt),
      earlier(this.#shuffler.deadline, this.#pulse?.deadline ?? NEVER),
    );
  }

  #onMessage(
    message: HyParViewMessage,
    peer: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    this.#pulse?.heard(peer, now);
    switch (message.type) {
      case "neighbour":
        return this.#onNeighbour(message.priority, peer, rng, effects);
      case "accepted":
        if (this.#petitions.end(peer)) this.#adopt(peer, now, rng, effects);
        return;
      case "refused":
        if (!this.#petitions.end(peer)) return;
        effects.unlink(peer);
        this.#petitions.setAside(peer);
        return this.#fill(now, rng, effects);
      case "disconnect":
        if (!this.#drop(peer, effects)) return;
        effects.unlink(peer);
        this.#shuffler.keep(peer, rng);
        return this.#fill(now, rng, effects);
      case "forwardJoin":
        return this.#onForwardJoin(message, peer, now, rng, effects);
      case "shuffle":
        return this.#shuffler.onShuffle(message, peer, rng, effects);
      case "shuffleReply":
        this.#shuffler.onReply(message.entries, rng);
        return this.#fill(now, rng, effects);
      case "beat":
        return;
      default:
        assertNever(message);
    }
  }

  /** Somebody wants us as a neighbour. */
  #onNeighbour(priority: number, peer: PeerId, rng: Rng, effects: Effects): void {
    const isNew = !this.#active.has(peer);
    if (isNew && priority === PRIORITY.low && this.#active.isFull) {
      return effects.sendLinked(peer, { type: "refused" });
    }
    this.#petitions.end(peer);
    effects.link(peer);
    effects.sendLinked(peer, { type: "accepted" });
    if (isNew) this.#take(peer, rng, effects);
    if (priority !== PRIORITY.join) return;
    const newcomer = entryOf(peer, this.#peers);
    for (const other of this.#active.members) {
      if (other === peer) continue;
      effects.sendLinked(other, { type: "forwardJoin", newcomer, hops: this.#config.activeWalk });
    }
  }

  /** A newcomer's walk comes by: it ends here, or goes on. */
  #onForwardJoin(
    { newcomer, hops }: ForwardJoin,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    if (newcomer.name === this.#self.name) return;
    const peer = this.#peers.intern(newcomer.name, newcomer.address);
    const next = this.#active.pick(from, rng);
    if (hops === 0 || next === NO_PEER || next === peer) {
      if (!this.#active.has(peer)) this.#petition(peer, PRIORITY.high, now, effects);
    } else {
      if (hops === this.#config.passiveWalk) this.#shuffler.keep(peer, rng);
      const left = Math.min(hops, this.#config.activeWalk) - 1;
      effects.sendLinked(next, { type: "forwardJoin", newcomer, hops: left });
    }
    this.#peers.release(peer);
  }

  #onTimeout(now: Instant, rng: Rng, effects: Effects): void {
    for (;;) {
      const late = this.#petitions.takeLate(now);
      if (late === NO_PEER) break;
      effects.unlink(late);
      this.#passive.delete(late);
    }
    if (this.#pulse?.isDue(now) === true) {
      const silent = this.#pulse.beat(this.#active.members, now);
      for (const peer of this.#active.members) effects.sendLinked(peer, { type: "beat" });
      for (const peer of silent) {
        this.#drop(peer, effects);
        effects.unlink(peer);
      }
    }
    if (this.#shuffler.isDue(now)) {
      this.#petitions.forgive();
      this.#shuffler.shuffle(now, rng, effects);
    }
    if (now >= this.#swapAt) this.#swap(now, rng, effects);
    this.#fill(now, rng, effects);
  }

  /** A spare takes somebody's place, on both sides: in a view that is not full, `#fill` asks anyway. */
  #swap(now: Instant, rng: Rng, effects: Effects): void {
    this.#swapAt = later(now, this.#config.swapMs);
    if (!this.#active.isFull) return;
    const spare = this.#petitions.choose(this.#passive.members, rng);
    if (spare !== NO_PEER) this.#petition(spare, PRIORITY.high, now, effects);
  }

  /** The link that a petition waited for. */
  #onLinkUp(peer: PeerId, effects: Effects): void {
    const priority = this.#petitions.linked(peer);
    if (priority !== undefined) effects.sendLinked(peer, { type: "neighbour", priority });
  }

  #onLinkDown(
    peer: PeerId,
    reason: StreamFailure | "closed",
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const asked = this.#petitions.end(peer);
    if (!this.#drop(peer, effects) && !asked) return;
    if (reason === "closed") this.#shuffler.keep(peer, rng);
    else this.#passive.delete(peer);
    this.#fill(now, rng, effects);
  }

  #onSignal(signal: NodeSignal, now: Instant, rng: Rng, effects: Effects): void {
    switch (signal.type) {
      case "peerUp":
      case "channelsLearnt":
        if (!this.#peers.understands(signal.peer, HYPARVIEW_CHANNEL)) return;
        if (!this.#passive.isFull) this.#shuffler.keep(signal.peer, rng);
        return this.#fill(now, rng, effects);
      case "peerDown":
        this.#passive.delete(signal.peer);
        if (this.#petitions.end(signal.peer) || this.#drop(signal.peer, effects)) {
          effects.unlink(signal.peer);
          this.#fill(now, rng, effects);
        }
        return;
      case "neighbourUp":
      case "neighbourDown":
      case "packetsLost":
      case "packetsPass":
        return;
      default:
        assertNever(signal);
    }
  }

  /** Asks spares, one at a time, while there is a place for one. */
  #fill(now: Instant, rng: Rng, effects: Effects): void {
    if (this.#active.isFull || this.#petitions.isWaiting) return;
    const spare = this.#petitions.choose(this.#passive.members, rng);
    if (spare === NO_PEER) {
      if (this.#active.size === 0) this.#enter(now, rng, effects);
      return;
    }
    const priority = this.#active.size === 0 ? PRIORITY.high : PRIORITY.low;
    this.#petition(spare, priority, now, effects);
  }

  /** Asks a contact to be let in, or a member. */
  #enter(now: Instant, rng: Rng, effects: Effects): void {
    if (this.#petitions.isWaiting) return;
    const others = this.#contacts.filter(({ name }) => name !== this.#self.name);
    if (others.length === 0) {
      const [member] = this.#sampler?.sample(1, NO_PEER, rng) ?? [];
      if (member === undefined || !this.#peers.understands(member, HYPARVIEW_CHANNEL)) return;
      return this.#petition(member, PRIORITY.high, now, effects);
    }
    const { name, address } = others[rng.below(others.length)] as PeerEntry;
    const contact = this.#peers.intern(name, address);
    if (!this.#active.has(contact)) this.#petition(contact, PRIORITY.join, now, effects);
    this.#peers.release(contact);
  }

  #petition(peer: PeerId, priority: number, now: Instant, effects: Effects): void {
    if (!this.#petitions.begin(peer, priority, now)) return effects.drop("tooManyPetitions");
    effects.link(peer);
  }

  /** A peer that we have asked is a neighbour now. */
  #adopt(peer: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    if (!this.#active.has(peer)) this.#take(peer, rng, effects);
    this.#fill(now, rng, effects);
  }

  /** Puts a peer with a link into the active view; somebody else goes if there is no place. */
  #take(peer: PeerId, rng: Rng, effects: Effects): void {
    if (this.#active.isFull) {
      const dropped = this.#active.pick(NO_PEER, rng);
      effects.sendLinked(dropped, { type: "disconnect" });
      this.#drop(dropped, effects);
      this.#shuffler.keep(dropped, rng);
      effects.unlink(dropped);
    }
    this.#active.add(peer);
    this.#passive.delete(peer);
    this.#tell("neighbourUp", peer, effects);
  }

  /** Takes a peer out of the active view, if it is there. */
  #drop(peer: PeerId, effects: Effects): boolean {
    if (!this.#active.has(peer)) return false;
    this.#tell("neighbourDown", peer, effects);
    this.#active.delete(peer);
    this.#pulse?.forget(peer);
    return true;
  }

  #tell(type: NeighbourEvent["type"], peer: PeerId, effects: Effects): void {
    effects.signal({ type, peer, overlay: HYPARVIEW });
    const name = this.#peers.nameOf(peer);
    effects.notify({ type, overlay: HYPARVIEW, name } satisfies NeighbourEvent);
  }
}
