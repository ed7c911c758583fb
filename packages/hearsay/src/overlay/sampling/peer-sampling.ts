/**
 * Gossip-based peer sampling: a small view of the others that never stops changing.
 *
 *     each cycle    somebody of the view ── request: [me, some of my view] ──▶   keeps c of both
 *                   keeps c of both      ◀── reply: [you, some of your view] ──
 *     no answer     out of the view
 *
 * Promise: `sample` gives peers of the view, which over the cycles come to be anybody, the live more than the dead.
 * Who has left is known to nobody soon; how soon, how evenly everybody is known, and how random the graph of
 * all views is, hang on the choices in `config.ts`. Neither links nor a list of all are needed. With membership beside it,
 * live members of our kind fill a view that has room, and the dead leave it at once.
 * @see Jelasity, Voulgaris, Guerraoui, Kermarrec, van Steen 2007; Voulgaris, Gavidia, van Steen 2005 (Cyclon);
 * Jelasity, Kowalczyk, van Steen 2003 (Newscast); docs/protocols/peer-sampling.md
 * @module
 */
import { assertNever, earlier, later, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Address,
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
import { entryOf } from "../peer-entry.ts";
import type { PeerEntry } from "../peer-entry.ts";
import { AgedView } from "./aged-view.ts";
import type { SavedAgedView } from "./aged-view.ts";
import { resolvePeerSamplingConfig } from "./config.ts";
import type { PeerSamplingConfig, PeerSamplingOptions } from "./config.ts";
import { AGED_ENTRY, OLDEST, PEER_SAMPLING_CHANNEL, PEER_SAMPLING_MESSAGES } from "./wire.ts";
import type { AgedEntry, PeerSamplingMessage, SamplingReply, SamplingRequest } from "./wire.ts";

export interface PeerSamplingInit {
  /** Ourselves, as others reach us. */
  readonly self: PeerEntry;
  readonly peers: Peers;
  readonly config?: PeerSamplingOptions;
}

/** Enters the overlay by these: they fill the view, and the first 16 do it again when it is ever empty. */
export interface PeerSamplingCommand {
  readonly type: "join";
  readonly contacts: readonly PeerEntry[];
}

type Effects = TenantEffects<PeerSamplingMessage>;

/** Name of the tenant. */
export const PEER_SAMPLING = "peerSampling";
/** Contacts that are remembered for the time when all others are lost. */
const MAX_CONTACTS = 16;
/** Requests answered between two exchanges of our own; on average it is one. */
const MAX_REQUESTS = 256;
/** Bytes of the entries in a message, so that it fits into a packet whatever the names are. */
const MAX_ENTRIES_BYTES = 1280;
const NUMBERS = 4_294_967_296;

const WIRE: TenantWire<PeerSamplingMessage> = {
  channel: PEER_SAMPLING_CHANNEL,
  messages: PEER_SAMPLING_MESSAGES,
};

interface Gift {
  readonly entries: readonly AgedEntry[];
  readonly sent: readonly PeerId[];
}

const NOTHING: Gift = { entries: [], sent: [] };

/** An exchange that we have begun. */
interface Pending {
  readonly peer: PeerId;
  readonly number: number;
  readonly sent: readonly PeerId[];
  readonly endsAt: Instant;
}

interface SavedPeerSampling {
  readonly view: SavedAgedView;
  readonly contacts: readonly PeerEntry[];
  readonly pending: Pending | undefined;
  readonly nextAt: Instant;
  readonly requests: number;
  readonly isEntering: boolean;
}

export class PeerSampling implements Tenant<PeerSamplingMessage, PeerSamplingCommand>, PeerSampler {
  readonly name: string = PEER_SAMPLING;
  readonly wire: TenantWire<PeerSamplingMessage> = WIRE;
  readonly #self: AgedEntry;
  readonly #peers: Peers;
  readonly #config: PeerSamplingConfig;
  readonly #view: AgedView;
  #contacts: readonly PeerEntry[] = [];
  #pending: Pending | undefined;
  #nextAt: Instant = NEVER;
  /** Answered since our last exchange. */
  #requests = 0;
  /** Until the exchange that follows a join at once. */
  #isEntering = false;

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ self, peers, config }: PeerSamplingInit) {
    this.#self = { name: self.name, address: self.address, age: 0 };
    this.#peers = peers;
    this.#config = resolvePeerSamplingConfig(config);
    this.#view = new AgedView(this.#config, peers);
  }

  get deadline(): Instant {
    const { endsAt = NEVER } = this.#pending ?? {};
    return earlier(this.#nextAt, endsAt);
  }

  /** Peers in the view. */
  get size(): number {
    return this.#view.size;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    return this.#view.sample(count, except, rng);
  }

  /** The view, in an order that means nothing. */
  get members(): readonly PeerId[] {
    return this.#view.members;
  }

  /** How old the word of a member is, in exchanges; only of a member. */
  ageOf(peer: PeerId): number {
    return this.#view.ageOf(peer);
  }

  save(): SavedPeerSampling {
    return {
      view: this.#view.save(),
      contacts: this.#contacts,
      pending: this.#pending,
      nextAt: this.#nextAt,
      requests: this.#requests,
      isEntering: this.#isEntering,
    };
  }

  restore(saved: Saved): void {
    const { view, ...own } = saved as SavedPeerSampling;
    this.#view.restore(view);
    this.#contacts = own.contacts;
    this.#pending = own.pending;
    this.#nextAt = own.nextAt;
    this.#requests = own.requests;
    this.#isEntering = own.isEntering;
  }

  handle(
    input: TenantInput<PeerSamplingMessage, PeerSamplingCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        if (input.message.type === "sampleReply") return this.#onReply(input.message, rng, effects);
        return this.#onRequest(input.message, input.from, input.peer, rng, effects);
      case "timeout":
        if (this.#pending !== undefined && now >= this.#pending.endsAt) this.#giveUp(now);
        if (now >= this.#nextAt) this.#exchange(now, rng, effects);
        return;
      case "signal":
        return this.#onSignal(input.signal);
      case "command":
        return this.#join(input.command.contacts, now);
      case "start":
        // At a random time within the first interval: nodes that start together exchange apart.
        this.#nextAt = later(now, rng.unit() * this.#config.intervalMs);
        return;
      default:
        // Links, exchanges over streams and news are not its own.
        return;
    }
  }

  /** A cycle: asks somebody of the view. */
  #exchange(now: Instant, rng: Rng, effects: Effects): void {
    const view = this.#view;
    const { peerSelection, propagation, replacesTarget, intervalMs, timeoutMs } = this.#config;
    // Nodes that enter together exchange apart from then on.
    const sooner = this.#isEntering ? rng.unit() * (intervalMs - timeoutMs) : 0;
    this.#nextAt = later(now, intervalMs - sooner);
    this.#isEntering = false;
    this.#requests = 0;
    if (view.size === 0) this.#add(this.#contacts, OLDEST);
    if (view.size === 0) return;
    const peer = peerSelection === "tail" ? view.oldest() : view.any(rng);
    if (replacesTarget) view.delete(peer);
    const { entries, sent } = propagation === "pull" ? NOTHING : this.#give(true, rng);
    const number = rng.below(NUMBERS);
    this.#pending = { peer, number, sent, endsAt: later(now, timeoutMs) };
    const wants = propagation !== "push";
    effects.send(peer, { type: "sampleRequest", number, wants, entries });
  }

  #onRequest(
    { number, wants, entries }: SamplingRequest,
    from: Address,
    peer: PeerId,
    rng: Rng,
    effects: Effects,
  ): void {
    if (this.#requests >= MAX_REQUESTS) return effects.drop("tooManyRequests");
    // We ourselves, under an address that we did not know: the silence that follows takes it out of the view.
    if (entries[0]?.name === this.#self.name) return effects.drop("ownRequest");
    this.#requests++;
    const { answersWithSelf, agesWhenAsked } = this.#config;
    const { entries: given, sent } = wants ? this.#give(answersWithSelf, rng) : NOTHING;
    const reply: SamplingReply = { type: "sampleReply", number, entries: given };
    if (peer === NO_PEER) effects.sendTo(from, reply, "alone");
    else effects.send(peer, reply);
    this.#merge(entries, sent, rng, effects);
    if (agesWhenAsked) this.#view.grow();
  }

  #onReply({ number, entries }: SamplingReply, rng: Rng, effects: Effects): void {
    const pending = this.#pending;
    if (pending?.number !== number) return effects.drop("lateReply");
    this.#pending = undefined;
    this.#merge(entries, pending.sent, rng, effects);
    this.#view.grow();
  }

  /** The peer that we have asked is silent. If we were so late ourselves that its answer may wait, it is not blamed. */
  #giveUp(now: Instant): void {
    const { peer, endsAt } = this.#pending as Pending;
    const { removesSilent, timeoutMs } = this.#config;
    this.#pending = undefined;
    this.#view.grow();
    if (removesSilent && now - endsAt <= timeoutMs / 2) this.#view.delete(peer);
  }

  #merge(entries: readonly AgedEntry[], sent: readonly PeerId[], rng: Rng, effects: Effects): void {
    const { exchangeSize } = this.#config;
    const isTooLong = entries.length > exchangeSize;
    if (isTooLong) effects.drop("tooManyEntries");
    const taken = isTooLong ? entries.slice(0, exchangeSize) : entries;
    const repeated = this.#view.merge(taken, this.#self, sent, rng);
    if (repeated > 0) effects.drop("repeatedAddress");
  }

  /** What we tell, and of whom beside ourselves: as many as fit into a packet. */
  #give(withSelf: boolean, rng: Rng): Gift {
    const view = this.#view;
    const count = this.#config.exchangeSize - (withSelf ? 1 : 0);
    view.arrange(rng);
    const entries = view.entries(count);
    if (withSelf) entries.unshift(this.#self);
    const fit = fitting(entries);
    return { entries: fit, sent: view.members.slice(0, fit.length - (withSelf ? 1 : 0)) };
  }

  /** The first exchange of a node that knew nobody comes at once. */
  #join(contacts: readonly PeerEntry[], now: Instant): void {
    const wasEmpty = this.#view.size === 0;
    this.#contacts = contacts.slice(0, MAX_CONTACTS);
    this.#add(contacts, OLDEST);
    if (!wasEmpty || this.#view.size === 0) return;
    this.#isEntering = true;
    this.#nextAt = earlier(this.#nextAt, now);
  }

  /** Adds peers as far as there is room. Of contacts nobody has heard: they are as old as can be. */
  #add(entries: readonly PeerEntry[], age: number): void {
    for (const { name, address } of entries) {
      if (this.#view.isFull) return;
      if (name === this.#self.name || address === this.#self.address) continue;
      if (this.#view.hasAddress(address)) continue;
      const peer = this.#peers.intern(name, address);
      this.#view.add(peer, age);
      this.#peers.release(peer);
    }
  }

  #onSignal(signal: NodeSignal): void {
    const peers = this.#peers;
    switch (signal.type) {
      case "peerUp":
      case "channelsLearnt":
        if (!peers.understands(signal.peer, PEER_SAMPLING_CHANNEL)) return;
        return this.#add([entryOf(signal.peer, peers)], 0);
      case "peerDown":
        return this.#view.delete(signal.peer);
      case "neighbourUp":
      case "neighbourDown":
      case "packetsLost":
      case "packetsPass":
        return;
      default:
        assertNever(signal);
    }
  }
}

/** Leaves out the last ones, until what is left fits into a packet. Short names are not measured: they do fit. */
function fitting(entries: AgedEntry[]): AgedEntry[] {
  let most = 0;
  for (const { name } of entries) most += UTF8_BYTES * name.length + ENTRY_BYTES;
  if (most <= MAX_ENTRIES_BYTES) return entries;
  let bytes = 0;
  const end = entries.findIndex((entry) => {
    bytes += AGED_ENTRY.sizeOf(entry);
    return bytes > MAX_ENTRIES_BYTES;
  });
  return end < 0 ? entries : entries.slice(0, end);
}

/** Of one unit of UTF-16. */
const UTF8_BYTES = 3;
/** What an entry takes beside its name, at most. */
const ENTRY_BYTES = 26;
