/**
 * The state that each node owns, reconciled by three-way exchanges.
 *
 *     every intervalMs      a   syn    ──▶  b     sums of my digests, and the digests of what has changed lately
 *                           a   ◀── ack     b     what you lack · what I lack · digests of where else we differ
 *                           a   ack2   ──▶  b     what you lack · what I lack of where else we differ
 *                           a  (◀── ack2)   b     that
 *
 * Promise: eventual, per owner in the order of its writes. Whatever a node holds of an owner is the owner's state at
 * some version, short of keys that were written over since: of what was left out of a delta for want of room, all
 * has a greater version than all that was told. Members that are connected, by whatever way, have the same in the end.
 *
 * A node's state lives as long as its member: others tell and believe it while membership holds the member for alive
 * or suspect. A run is told from the next by its generation. Nobody sends anything while nobody has state.
 * @see van Renesse et al. 2008 (Scuttlebutt); Lakshman, Malik 2010 (Cassandra)
 * @module
 */
import { assertNever, earlier, later, NEVER, NO_PEER } from "../kernel/index.ts";
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
} from "../kernel/index.ts";
import { resolveStateConfig } from "./config.ts";
import type { StateConfig } from "./config.ts";
import type { Debt } from "./delta-packing.ts";
import type { StateCommand } from "./events.ts";
import { GossipTargets } from "./gossip-targets.ts";
import type { SavedTargets } from "./gossip-targets.ts";
import { OwnState } from "./own-state.ts";
import type { SavedOwnState } from "./own-state.ts";
import type { StateEntry } from "./owner-state.ts";
import { fit, sendReplies } from "./replies.ts";
import { StateStreams } from "./state-streams.ts";
import type { SavedStateStreams } from "./state-streams.ts";
import { ALL_OWNERS, debtOf, debtsOf, standings, wantOf } from "./standings.ts";
import { digestOf, StateTable } from "./state-table.ts";
import type { SavedStateTable } from "./state-table.ts";
import { lostKeys, reread, Teller } from "./teller.ts";
import { ACK, ACK2, STATE_CHANNEL, SYN } from "./wire.ts";
import type { Ack, Ack2, Digest, OwnerDelta, StateMessage, Syn } from "./wire.ts";

export interface ThreeWayExchangeOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: our generation. */
  readonly epoch: number;
  readonly peers: Peers;
  /** Live members that understand us. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<StateConfig>;
}

/** A key as somebody reads it. */
export type StateRow = Pick<StateEntry, "key" | "version"> & { readonly value: Uint8Array };

type Effects = TenantEffects<StateMessage>;

/** Messages that are answered between two rounds of our own: of more, the rest is counted. */
const MAX_ANSWERS = 256;
/** Owners that each syn names in turn, whatever the sums say: what two sums hide by chance comes out so. */
const ROTATING_DIGESTS = 4;
const ROTATING_BYTES = 128;
const WIRE: TenantWire<StateMessage> = { channel: STATE_CHANNEL, messages: [SYN, ACK, ACK2] };

export class ThreeWayExchange implements Tenant<StateMessage, StateCommand> {
  readonly name: string = "state";
  readonly wire: TenantWire<StateMessage> = WIRE;
  readonly #self: string;
  readonly #peers: Peers;
  readonly #config: StateConfig;
  readonly #table = new StateTable();
  readonly #teller: Teller;
  readonly #own: OwnState;
  readonly #targets: GossipTargets;
  readonly #streams: StateStreams;
  #roundAt: Instant = NEVER;
  #answers = 0;

  constructor({ name, epoch, peers, sampler, config }: ThreeWayExchangeOptions) {
    this.#self = name;
    this.#peers = peers;
    this.#config = resolveStateConfig(config);
    const understands = (peer: PeerId): boolean => {
      return peers.has(peer) && peers.understands(peer, STATE_CHANNEL);
    };
    this.#targets = new GossipTargets({ peers, sampler, understands });
    this.#table.admit(name);
    this.#teller = new Teller(name, this.#table);
    this.#own = new OwnState({
      name,
      epoch,
      table: this.#table,
      teller: this.#teller,
      config: this.#config,
    });
    this.#streams = new StateStreams({
      digests: () => this.#table.allDigests(),
      debts: (digests) => standings(this.#table, digests, ALL_OWNERS).debts,
      debt: (digest) => debtOf(this.#table, digest),
      take: (deltas, now, effects) => this.#take(deltas, now, effects),
      maxOwnerBytes: this.#config.maxOwnerBytes,
    });
  }

  get deadline(): Instant {
    return earlier(this.#roundAt, this.#teller.expiryAt);
  }

  /** Owners whose state is known, and the bytes of all. */
  get size(): { readonly owners: number; readonly bytes: number } {
    return { owners: this.#table.size, bytes: this.#table.bytes };
  }

  /** Where we stand with each owner. */
  digests(): Digest[] {
    return this.#table.allDigests();
  }

  /** Where we stand with a live member's state, if we know any. */
  standing(owner: string): Digest | undefined {
    const state = this.#table.get(owner);
    return state && digestOf(state);
  }

  /** The keys of a live member, in the order of their writes. */
  of(member: string, now: Instant): StateRow[] {
    const rows: StateRow[] = [];
    for (const { key, version, value, expiresAt } of this.#table.get(member)?.entries.values() ??
      []) {
      if (value !== undefined && now < expiresAt) rows.push({ key, version, value });
    }
    return rows;
  }

  /** One key of a live member. */
  get(member: string, key: string, now: Instant): Uint8Array | undefined {
    const entry = this.#table.get(member)?.entries.get(key);
    return entry !== undefined && now < entry.expiresAt ? entry.value : undefined;
  }

  /** The names of live members that have state. */
  owners(): string[] {
    return this.#table.allDigests().map(({ owner }) => owner);
  }

  /** Why we cannot have this key as well; `undefined` if we can. */
  refusal(key: string, value: Uint8Array): "tooManyKeys" | "stateTooLarge" | undefined {
    return this.#own.refusal(key, value);
  }

  handle(
    input: TenantInput<StateMessage, StateCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        this.#onMessage(input.message, input.peer, now, effects);
        break;
      case "timeout":
        if (now >= this.#teller.expiryAt) this.#own.expire(now, effects);
        if (now >= this.#roundAt) this.#round(now, rng, effects);
        break;
      case "signal":
        this.#onSignal(input.signal, now, effects);
        break;
      case "command":
        this.#onCommand(input.command, now, effects);
        break;
      case "chunk":
        this.#streams.chunk(input.exchange, input.bytes, now, effects);
        break;
      case "start":
        return this.#own.start(now, rng);
      case "accepted":
        return this.#streams.accepted(input.exchange, effects);
      case "opened":
        return this.#streams.opened(input.exchange, effects);
      case "writable":
        return this.#streams.writable(input.exchange, now, effects);
      case "ended":
        return this.#streams.over(input.exchange, now);
      case "failed":
        return this.#streams.failed(input.exchange, now);
      case "news":
      case "spent":
      case "linkUp":
      case "linkDown":
        return;
      default:
        assertNever(input);
    }
    this.#settleRound(now, rng);
  }

  save(): SavedThreeWayExchange {
    return {
      table: this.#table.save(),
      targets: this.#targets.save(),
      streams: this.#streams.save(),
      ...this.#own.save(),
      roundAt: this.#roundAt,
      expiryAt: this.#teller.expiryAt,
      answers: this.#answers,
    };
  }

  restore(saved: Saved): void {
    const { table, targets, streams, ...rest } = saved as SavedThreeWayExchange;
    this.#table.restore(table);
    this.#targets.restore(targets);
    this.#streams.restore(streams);
    this.#own.restore(rest);
    this.#roundAt = rest.roundAt;
    this.#teller.expiryAt = rest.expiryAt;
    this.#answers = rest.answers;
  }

  /** Who knows of no state sleeps; who has news does not wait for the interval to end. */
  #settleRound(now: Instant, rng: Rng): void {
    if (this.#table.size === 0) {
      this.#roundAt = NEVER;
      return;
    }
    const { intervalMs, eagerMs } = this.#config;
    const waitMs = this.#table.isHot ? eagerMs : intervalMs;
    if (this.#roundAt === NEVER || this.#roundAt > later(now, waitMs)) {
      this.#roundAt = later(now, 1 + rng.below(waitMs));
    }
  }

  #round(now: Instant, rng: Rng, effects: Effects): void {
    const { intervalMs, eagerMs, toDeadAndSeeds } = this.#config;
    const isEager = this.#table.isHot;
    this.#roundAt = later(now, isEager ? eagerMs : intervalMs);
    this.#answers = 0;
    this.#own.collect(now);
    const first = this.#targets.live(rng);
    if (first !== undefined) this.#begin(first, effects);
    else this.#table.cool();
    // Nobody comes back from the dead any sooner because there is news.
    if (!toDeadAndSeeds || (isEager && first !== undefined)) return;
    for (const peer of this.#targets.others(first, rng)) this.#begin(peer, effects);
  }

  #begin(peer: PeerId, effects: Effects): void {
    const { digest, packetBytes } = this.#config;
    if (digest === "full") {
      for (const part of this.#table.allParts(packetBytes - SYN_BYTES)) {
        effects.send(peer, { type: "syn", sums: undefined, ...part });
      }
      return this.#table.cool();
    }
    const sums = this.#table.sums();
    const hot = this.#table.hotDigests(packetBytes - SYN_BYTES - sums.length - ROTATING_BYTES);
    const { ranges, digests } = this.#table.rotatingPart(ROTATING_BYTES, ROTATING_DIGESTS);
    const named = new Set(hot.map(({ owner }) => owner));
    const others = digests.filter(({ owner }) => !named.has(owner));
    effects.send(peer, { type: "syn", sums, ranges, digests: [...hot, ...others] });
  }

  #onMessage(message: StateMessage, from: PeerId, now: Instant, effects: Effects): void {
    if (from === NO_PEER) return effects.drop("stranger");
    if (this.#answers >= MAX_ANSWERS) return effects.drop("tooManyExchanges");
    this.#answers++;
    switch (message.type) {
      case "syn":
        return this.#onSyn(message, from, now, effects);
      case "ack":
        return this.#onAck(message, from, now, effects);
      case "ack2":
        return this.#onAck2(message, from, now, effects);
      case "pull":
        return effects.drop("misplacedPull");
      default:
        assertNever(message);
    }
  }

  #onSyn({ sums, ranges, digests }: Syn, from: PeerId, now: Instant, effects: Effects): void {
    const { debts, ahead } = standings(this.#table, digests, ranges);
    const wants = this.#believed(ahead, now, effects);
    const room = this.#config.packetBytes - ACK_BYTES;
    const { fitting, left } = fit(wants, room);
    const elsewhere = sums && this.#table.unexplained(sums, digests, left);
    // Somebody has all that we have: our news is a little less new.
    if (debts.length + wants.length === 0 && elsewhere?.ranges.length === 0) this.#table.cool();
    sendReplies(from, debts, this.#config, now, effects, (deltas, stream, isFirst) => ({
      type: "ack",
      ranges: (isFirst && elsewhere?.ranges) || [],
      digests: (isFirst && elsewhere?.digests) || [],
      wants: isFirst ? fitting : [],
      deltas,
      stream,
    }));
  }

  #onAck(message: Ack, from: PeerId, now: Instant, effects: Effects): void {
    this.#take(message.deltas, now, effects);
    const { digests, ranges, wants: theirs } = message;
    const { debts, ahead } = standings(this.#table, digests, ranges);
    const wants = this.#believed(ahead, now, effects);
    const { fitting } = fit(wants, this.#config.packetBytes - ACK_BYTES);
    this.#answer2(from, [...debtsOf(this.#table, theirs), ...debts], fitting, now, effects);
    if (message.stream) this.#streams.ask(this.#peers.addressOf(from), now, effects);
  }

  #onAck2(message: Ack2, from: PeerId, now: Instant, effects: Effects): void {
    this.#take(message.deltas, now, effects);
    this.#answer2(from, debtsOf(this.#table, message.wants), [], now, effects);
    if (message.stream) this.#streams.ask(this.#peers.addressOf(from), now, effects);
  }

  #answer2(
    to: PeerId,
    debts: readonly Debt[],
    wants: readonly Digest[],
    now: Instant,
    effects: Effects,
  ): void {
    sendReplies(to, debts, this.#config, now, effects, (deltas, stream, isFirst) => {
      return { type: "ack2", wants: isFirst ? wants : [], deltas, stream };
    });
  }

  /** What we lack of what somebody has, as far as it can be believed; of our own state we need not be told. */
  #believed(ahead: readonly Digest[], now: Instant, effects: Effects): Digest[] {
    const wants: Digest[] = [];
    for (const digest of ahead) {
      if (!this.#own.isCredible(digest, now)) effects.drop("incredibleState");
      else if (digest.owner === this.#self) this.#own.defend(digest, now, effects);
      else wants.push(wantOf(this.#table, digest));
    }
    return wants;
  }

  #take(deltas: readonly OwnerDelta[], now: Instant, effects: Effects): void {
    const { maxBytes } = this.#config;
    for (const delta of deltas) {
      const { owner, generation, upTo } = delta;
      // Membership has not heard of it yet, or knows that it is gone.
      if (owner === this.#self || !this.#table.isLive(owner)) continue;
      if (!this.#own.isCredible({ owner, generation, version: upTo }, now)) {
        effects.drop("incredibleState");
        continue;
      }
      if (this.#table.bytes >= maxBytes) {
        effects.drop("stateFull");
        continue;
      }
      const isNewRun = (this.#table.get(owner)?.generation ?? generation) < generation;
      const outcome = this.#table.change(owner, generation, (state) => {
        return state.apply(delta, this.#config, now);
      });
      if (typeof outcome === "string") effects.drop(outcome);
      else this.#teller.tell(owner, outcome, isNewRun ? "restarted" : "deleted", now, effects);
    }
  }

  #onSignal(signal: NodeSignal, now: Instant, effects: Effects): void {
    if (signal.type !== "peerUp" && signal.type !== "peerDown") return;
    const { peer } = signal;
    const member = this.#peers.nameOf(peer);
    this.#targets.gone(member);
    if (signal.type === "peerUp") {
      const kept = this.#table.admit(member);
      if (kept !== undefined) this.#teller.tell(member, reread(kept), "deleted", now, effects);
      return;
    }
    // It is up at another address already, or will be at once.
    if (member === this.#self || signal.reason === "moved") return;
    const failed = signal.reason === "failed";
    if (failed) this.#targets.died(peer);
    const lost = this.#table.dismiss(member, failed);
    if (lost === undefined) return;
    this.#teller.tell(member, lostKeys(lost), "memberGone", now, effects);
  }

  #onCommand(command: StateCommand, now: Instant, effects: Effects): void {
    if (command.type === "seeds") this.#targets.seeds = command.addresses;
    else this.#own.obey(command, now, effects);
  }
}

interface SavedThreeWayExchange extends SavedOwnState {
  readonly table: SavedStateTable;
  readonly targets: SavedTargets;
  readonly streams: SavedStateStreams;
  readonly roundAt: Instant;
  readonly expiryAt: Instant;
  readonly answers: number;
}

/** Bytes of a syn or an ack around what is in it. */
const SYN_BYTES = 24;
const ACK_BYTES = 32;
