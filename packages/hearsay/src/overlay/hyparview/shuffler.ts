/**
 * Keeps the passive view fresh: parts of both views go on a walk, and parts of somebody's passive view come back.
 *
 * What comes in takes the place of what was sent out, so that entries are exchanged rather than copied.
 * @see Leitão, Pereira, Rodrigues 2007, section 4.4
 * @module
 */
import { later, NEVER, NO_PEER } from "../../kernel/index.ts";
import type { Instant, PeerId, Peers, Rng, TenantEffects } from "../../kernel/index.ts";
import { entryOf } from "../peer-entry.ts";
import type { PeerEntry } from "../peer-entry.ts";
import type { View } from "../view.ts";
import type { HyParViewConfig } from "./config.ts";
import type { HyParViewMessage, Shuffle } from "./wire.ts";

/** Walks that may end here between two shuffles of our own; on average it is one. */
const MAX_ANSWERS = 16;

export interface SavedShuffler {
  readonly nextAt: Instant;
  readonly sent: readonly PeerId[];
  readonly answers: number;
}

export class Shuffler {
  readonly #config: HyParViewConfig;
  readonly #self: PeerEntry;
  readonly #peers: Peers;
  readonly #active: View;
  readonly #passive: View;
  #nextAt: Instant = NEVER;
  /** What our last shuffle has sent of the passive view. */
  #sent: readonly PeerId[] = [];
  #answers = 0;

  constructor(config: HyParViewConfig, self: PeerEntry, peers: Peers, active: View, passive: View) {
    this.#config = config;
    this.#self = self;
    this.#peers = peers;
    this.#active = active;
    this.#passive = passive;
  }

  get deadline(): Instant {
    return this.#nextAt;
  }

  /** At a random time within the first interval: nodes that start together shuffle apart. */
  start(now: Instant, rng: Rng): void {
    const { shuffleIntervalMs } = this.#config;
    if (shuffleIntervalMs > 0) this.#nextAt = later(now, rng.unit() * shuffleIntervalMs);
  }

  save(): SavedShuffler {
    return { nextAt: this.#nextAt, sent: this.#sent, answers: this.#answers };
  }

  restore({ nextAt, sent, answers }: SavedShuffler): void {
    this.#nextAt = nextAt;
    this.#sent = sent;
    this.#answers = answers;
  }

  isDue(now: Instant): boolean {
    return now >= this.#nextAt;
  }

  /** Sends a shuffle on its walk. */
  shuffle(now: Instant, rng: Rng, effects: TenantEffects<HyParViewMessage>): void {
    this.#nextAt = later(now, this.#config.shuffleIntervalMs);
    this.#answers = 0;
    const next = this.#active.pick(NO_PEER, rng);
    if (next === NO_PEER) return;
    const { shuffleActive, shufflePassive, activeWalk } = this.#config;
    this.#sent = this.#passive.sample(shufflePassive, NO_PEER, rng);
    const chosen = [...this.#active.sample(shuffleActive, next, rng), ...this.#sent];
    const entries = chosen.map((peer) => entryOf(peer, this.#peers));
    effects.sendLinked(next, { type: "shuffle", origin: this.#self, hops: activeWalk, entries });
  }

  /** A walk comes by: it ends here, or goes on. */
  onShuffle(
    shuffle: Shuffle,
    from: PeerId,
    rng: Rng,
    effects: TenantEffects<HyParViewMessage>,
  ): void {
    const { origin, entries } = shuffle;
    if (origin.name === this.#self.name) return;
    const hops = Math.min(shuffle.hops, this.#config.activeWalk) - 1;
    const next = hops > 0 ? this.#active.pick(from, rng) : NO_PEER;
    if (next !== NO_PEER)
      return effects.sendLinked(next, { type: "shuffle", origin, hops, entries });
    if (this.#answers >= MAX_ANSWERS) return effects.drop("tooManyShuffles");
    this.#answers++;
    const answered = this.#passive.sample(entries.length, NO_PEER, rng);
    const peer = this.#peers.intern(origin.name, origin.address);
    const reply = answered.map((one) => entryOf(one, this.#peers));
    effects.send(peer, { type: "shuffleReply", entries: reply });
    this.#peers.release(peer);
    this.#merge([origin, ...entries], answered, rng);
  }

  onReply(entries: readonly PeerEntry[], rng: Rng): void {
    this.#merge(entries, this.#sent, rng);
    this.#sent = [];
  }

  /** Makes a peer a spare; if there is no place, for one at random. */
  keep(peer: PeerId, rng: Rng): void {
    this.#keep(peer, NONE, rng);
  }

  #merge(entries: readonly PeerEntry[], sent: readonly PeerId[], rng: Rng): void {
    const given = [...sent];
    for (const { name, address } of entries) {
      if (name === this.#self.name) continue;
      const peer = this.#peers.intern(name, address);
      this.#keep(peer, given, rng);
      this.#peers.release(peer);
    }
  }

  /** `given` are those to replace first. */
  #keep(peer: PeerId, given: PeerId[], rng: Rng): void {
    if (this.#active.has(peer) || this.#passive.has(peer)) return;
    if (this.#passive.isFull) {
      let replaced = given.pop();
      while (replaced !== undefined && !this.#passive.has(replaced)) replaced = given.pop();
      this.#passive.delete(replaced ?? this.#passive.pick(NO_PEER, rng));
    }
    this.#passive.add(peer);
  }
}

const NONE: PeerId[] = [];
