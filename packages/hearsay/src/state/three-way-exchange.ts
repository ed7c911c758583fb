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
  ExchangeId,
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
import { packDeltas } from "./delta-packing.ts";
import type { Debt } from "./delta-packing.ts";
import type { StateChanged, StateCommand, StateDefended } from "./events.ts";
import { GossipTargets } from "./gossip-targets.ts";
import type { SavedTargets } from "./gossip-targets.ts";
import { entryBytes } from "./owner-state.ts";
import type { KeyChange, OwnerState, StateEntry } from "./owner-state.ts";
import { StateStreams } from "./state-streams.ts";
import type { SavedStateStreams } from "./state-streams.ts";
import { compareDigests, digestOf, StateTable } from "./state-table.ts";
import type { SavedStateTable } from "./state-table.ts";
import { ACK, ACK2, digestSize, STATE_CHANNEL, SYN } from "./wire.ts";
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
/** Seconds that a generation may be ahead of our clock: somebody whose clock is wrong is not believed for ever. */
export const MAX_GENERATION_AHEAD = 86_400;
/** A version beyond this was not come to by writing. */
const LARGEST_VERSION = 0x1_0000_0000_0000;

const WIRE: TenantWire<StateMessage> = { channel: STATE_CHANNEL, messages: [SYN, ACK, ACK2] };

export class ThreeWayExchange implements Tenant<StateMessage, StateCommand> {
  readonly name: string = "state";
  readonly wire: TenantWire<StateMessage> = WIRE;
  readonly #self: string;
  readonly #epoch: number;
  readonly #peers: Peers;
  readonly #config: StateConfig;
  readonly #table = new StateTable();
  readonly #targets: GossipTargets;
  readonly #streams: StateStreams;
  #generation: number;
  /** When our run began, on the host's clock. */
  #bootedAt: Instant = 0 as Instant;
  #roundAt: Instant = NEVER;
  /** The first end of a key with a time of its own. */
  #expiryAt: Instant = NEVER;
  #answers = 0;
  #defendedAt: Instant = -Infinity as Instant;

  constructor({ name, epoch, peers, sampler, config }: ThreeWayExchangeOptions) {
    this.#self = name;
    this.#epoch = epoch;
    this.#generation = epoch;
    this.#peers = peers;
    this.#config = resolveStateConfig(config);
    const understands = (peer: PeerId): boolean => {
      return peers.has(peer) && peers.understands(peer, STATE_CHANNEL);
    };
    this.#targets = new GossipTargets({ peers, sampler, understands });
    this.#table.admit(name);
    this.#streams = new StateStreams({
      digests: () => this.#table.allDigests(),
      debts: (digests, effects) => this.#standings(digests, [0, 0xffff_ffff], effects).debts,
      debt: (digest) => this.#debt(digest),
      take: (deltas, now, effects) => this.#take(deltas, now, effects),
      maxOwnerBytes: this.#config.maxOwnerBytes,
    });
  }

  get deadline(): Instant {
    return earlier(this.#roundAt, this.#expiryAt);
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
    const own = this.#table.get(this.#self);
    const before = own?.entries.get(key);
    const { maxKeys, maxOwnerBytes } = this.#config;
    if (before === undefined && (own?.entries.size ?? 0) >= maxKeys) return "tooManyKeys";
    const bytes = (own?.bytes ?? 0) - (before === undefined ? 0 : entryBytes(before));
    return bytes + entryBytes({ key, value }) > maxOwnerBytes ? "stateTooLarge" : undefined;
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
        if (now >= this.#expiryAt) this.#expire(now, effects);
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
        this.#bootedAt = now;
        return;
      case "accepted":
        return this.#streams.accepted(input.exchange, effects);
      case "opened":
        return this.#streams.opened(input.exchange, effects);
      case "writable":
        return this.#streams.writable(input.exchange, now, effects);
      case "ended":
        return this.#onEnded(input.exchange, now);
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
      generation: this.#generation,
      bootedAt: this.#bootedAt,
      roundAt: this.#roundAt,
      expiryAt: this.#expiryAt,
      answers: this.#answers,
      defendedAt: this.#defendedAt,
    };
  }

  restore(saved: Saved): void {
    const { table, targets, streams, ...rest } = saved as SavedThreeWayExchange;
    this.#table.restore(table);
    this.#targets.restore(targets);
    this.#streams.restore(streams);
    this.#generation = rest.generation;
    this.#bootedAt = rest.bootedAt;
    this.#roundAt = rest.roundAt;
    this.#expiryAt = rest.expiryAt;
    this.#answers = rest.answers;
    this.#defendedAt = rest.defendedAt;
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
    const { intervalMs, eagerMs, graceMs, toDeadAndSeeds } = this.#config;
    const isEager = this.#table.isHot;
    this.#roundAt = later(now, isEager ? eagerMs : intervalMs);
    this.#answers = 0;
    const own = this.#table.get(this.#self);
    if (own !== undefined) {
      this.#table.change(this.#self, this.#generation, (state) => state.collect(graceMs, now));
    }
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
    const { debts, wants } = this.#standings(digests, ranges, effects, now);
    const room = this.#config.packetBytes - ACK_BYTES;
    const { fitting, left } = fit(wants, room);
    const elsewhere = sums && this.#table.unexplained(sums, digests, left);
    this.#send(from, debts, now, effects, (deltas, stream, isFirst) => ({
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
    const { debts, wants } = this.#standings(digests, ranges, effects, now);
    const { fitting } = fit(wants, this.#config.packetBytes - ACK_BYTES);
    this.#answer2(from, [...this.#owed(theirs), ...debts], fitting, now, effects);
    if (message.stream) this.#streams.ask(this.#peers.addressOf(from), now, effects);
  }

  #onAck2(message: Ack2, from: PeerId, now: Instant, effects: Effects): void {
    this.#take(message.deltas, now, effects);
    this.#answer2(from, this.#owed(message.wants), [], now, effects);
    if (message.stream) this.#streams.ask(this.#peers.addressOf(from), now, effects);
  }

  #answer2(
    to: PeerId,
    debts: readonly Debt[],
    wants: readonly Digest[],
    now: Instant,
    effects: Effects,
  ): void {
    this.#send(to, debts, now, effects, (deltas, stream, isFirst) => {
      return { type: "ack2", wants: isFirst ? wants : [], deltas, stream };
    });
  }

  /** What is owed in as many messages as it takes, the first with what else there is to say. Nothing, if that is all. */
  #send(
    to: PeerId,
    debts: readonly Debt[],
    now: Instant,
    effects: Effects,
    message: (deltas: readonly OwnerDelta[], stream: boolean, isFirst: boolean) => Ack | Ack2,
  ): void {
    const head = message([], false, true);
    const size = head.type === "ack" ? ACK.sizeOf(head) : ACK2.sizeOf(head);
    const isEmpty = head.wants.length === 0 && (head.type === "ack2" || head.ranges.length === 0);
    const room = this.#config.packetBytes - size;
    const { packets, stream } = packDeltas(debts, this.#config, room, now);
    if (packets.length === 0 && (!isEmpty || stream)) packets.push([]);
    for (const [i, deltas] of packets.entries()) {
      if (i === 0 && deltas.length === 0 && isEmpty && packets.length > 1) continue;
      const isLast = i === packets.length - 1;
      effects.send(to, message(deltas, stream && isLast, i === 0));
    }
  }

  /** What somebody lacks who stands there, and what we lack. In the ranges, what is not named is not known. */
  #standings(
    digests: readonly Digest[],
    ranges: readonly number[],
    effects: Effects,
    now?: Instant,
  ): { readonly debts: Debt[]; readonly wants: Digest[] } {
    const debts: Debt[] = [];
    const wants: Digest[] = [];
    const named = new Set<string>();
    for (const digest of digests) {
      const { owner, generation } = digest;
      if (named.has(owner)) continue;
      named.add(owner);
      if (!this.#table.isLive(owner)) continue;
      const state = this.#table.get(owner);
      const ahead = state === undefined ? -1 : compareDigests(state, digest);
      if (ahead > 0) debts.push(...this.#owed([digest]));
      if (ahead >= 0 || now === undefined) continue;
      if (!this.#isCredible(digest, now)) effects.drop("incredibleState");
      else if (owner === this.#self) this.#defend(digest, now, effects);
      else {
        const version = state?.generation === generation ? state.version : 0;
        wants.push({ owner, generation, version });
      }
    }
    for (const state of this.#table.unnamed(ranges, named)) debts.push({ state, from: 0 });
    return { debts, wants };
  }

  #owed(wants: readonly Digest[]): Debt[] {
    const debts: Debt[] = [];
    const named = new Set<string>();
    for (const want of wants) {
      if (named.has(want.owner)) continue;
      named.add(want.owner);
      const debt = this.#debt(want);
      if (debt !== undefined) debts.push(debt);
    }
    return debts;
  }

  #debt(digest: Digest): Debt | undefined {
    const state = this.#table.get(digest.owner);
    if (state === undefined || state.generation < digest.generation) return undefined;
    const from = state.generation === digest.generation ? digest.version : 0;
    return from < state.version ? { state, from } : undefined;
  }

  #take(deltas: readonly OwnerDelta[], now: Instant, effects: Effects): void {
    const { maxBytes } = this.#config;
    for (const delta of deltas) {
      const { owner, generation, upTo } = delta;
      // Membership has not heard of it yet, or knows that it is gone.
      if (owner === this.#self || !this.#table.isLive(owner)) continue;
      if (!this.#isCredible({ owner, generation, version: upTo }, now)) {
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
      else this.#tell(owner, outcome, isNewRun ? "restarted" : "deleted", now, effects);
    }
  }

  #isCredible({ generation, version }: Digest, now: Instant): boolean {
    const seconds = this.#epoch + (now - this.#bootedAt) / 1000;
    return generation <= seconds + MAX_GENERATION_AHEAD && version <= LARGEST_VERSION;
  }

  /** Somebody holds more for our state than we have ever written: we go on in a run of our own behind it. */
  #defend({ generation: theirs }: Digest, now: Instant, effects: Effects): void {
    if (now < later(this.#defendedAt, this.#config.intervalMs)) return;
    this.#defendedAt = now;
    // Under the same number others would hold the keys of both runs.
    if (theirs >= this.#generation) this.#generation = theirs + 1;
    const generation = this.#generation;
    this.#table.change(this.#self, generation, (state) => state.moveTo(generation, now));
    effects.notify<StateDefended>({ type: "stateDefended", generation });
  }

  #onSignal(signal: NodeSignal, now: Instant, effects: Effects): void {
    if (signal.type !== "peerUp" && signal.type !== "peerDown") return;
    const { peer } = signal;
    const member = this.#peers.nameOf(peer);
    this.#targets.gone(member);
    if (signal.type === "peerUp") {
      const kept = this.#table.admit(member);
      if (kept !== undefined) this.#tell(member, reread(kept), "deleted", now, effects);
      return;
    }
    // It is up at another address already, or will be at once.
    if (member === this.#self || signal.reason === "moved") return;
    const failed = signal.reason === "failed";
    if (failed) this.#targets.died(peer);
    const lost = this.#table.dismiss(member, failed);
    if (lost === undefined) return;
    const changes = [...lost.entries.values()].map((before) => ({ before, after: undefined }));
    this.#tell(member, changes, "memberGone", now, effects);
  }

  #onCommand(command: StateCommand, now: Instant, effects: Effects): void {
    switch (command.type) {
      case "set": {
        const { key, value, ttlMs } = command;
        const refusal = this.refusal(key, value);
        if (refusal !== undefined) return effects.drop(refusal);
        const expiresAt = ttlMs === 0 ? NEVER : later(now, ttlMs);
        return this.#write(key, value, expiresAt, "deleted", now, effects);
      }
      case "delete": {
        const entry = this.#table.get(this.#self)?.entries.get(command.key);
        if (entry?.value === undefined) return;
        return this.#write(command.key, undefined, NEVER, "deleted", now, effects);
      }
      case "seeds":
        this.#targets.seeds = command.addresses;
        return;
      default:
        assertNever(command);
    }
  }

  #write(
    key: string,
    value: Uint8Array | undefined,
    expiresAt: Instant,
    why: "deleted" | "expired",
    now: Instant,
    effects: Effects,
  ): void {
    const change = this.#table.change(this.#self, this.#generation, (state) => {
      return state.write(key, value, expiresAt, now);
    });
    this.#tell(this.#self, [change], why, now, effects);
  }

  /** Our own keys whose time is over are deleted; others' read as gone, until their owner has deleted them. */
  #expire(now: Instant, effects: Effects): void {
    const over = this.#expiryAt;
    this.#expiryAt = NEVER;
    const own: StateEntry[] = [];
    for (const { owner, entries } of this.#table.owners.values()) {
      const ended: KeyChange[] = [];
      for (const entry of entries.values()) {
        const { expiresAt, value } = entry;
        if (value === undefined || expiresAt === NEVER) continue;
        if (now < expiresAt) this.#expiryAt = earlier(this.#expiryAt, expiresAt);
        else if (owner === this.#self) own.push(entry);
        // What ended before was told when it did.
        else if (expiresAt >= over) ended.push({ before: entry, after: undefined });
      }
      if (this.#table.isLive(owner)) this.#tell(owner, ended, "expired", over, effects);
    }
    for (const { key } of own) this.#write(key, undefined, NEVER, "expired", over, effects);
  }

  /** `now` is when they changed: what had ended by then was told already. */
  #tell(
    owner: string,
    changes: readonly KeyChange[],
    why: Exclude<StateChanged["reason"], "set">,
    now: Instant,
    effects: Effects,
  ): void {
    if (changes.length === 0) return;
    const { generation = 0, version: latest = 0 } = this.#table.owners.get(owner) ?? {};
    for (const { before, after } of changes) {
      const { key, version = latest } = after ?? { key: (before as StateEntry).key };
      const value = after === undefined || after.expiresAt <= now ? undefined : after.value;
      if (after !== undefined && value !== undefined) {
        this.#expiryAt = earlier(this.#expiryAt, after.expiresAt);
      }
      const had = before?.value !== undefined && (before.expiresAt > now || why === "expired");
      if (value === undefined && !had) continue;
      const reason = value === undefined ? why : "set";
      const event: StateChanged = {
        type: "stateChanged",
        owner,
        key,
        value,
        generation,
        version,
        reason,
      };
      effects.notify(event);
    }
  }

  #onEnded(exchange: ExchangeId, now: Instant): void {
    this.#streams.over(exchange, now);
  }
}

interface SavedThreeWayExchange {
  readonly table: SavedStateTable;
  readonly targets: SavedTargets;
  readonly streams: SavedStateStreams;
  readonly generation: number;
  readonly bootedAt: Instant;
  readonly roundAt: Instant;
  readonly expiryAt: Instant;
  readonly answers: number;
  readonly defendedAt: Instant;
}

/** Bytes of a syn or an ack around what is in it. */
const SYN_BYTES = 24;
const ACK_BYTES = 32;

/** As many as there is room for. */
function fit(digests: readonly Digest[], room: number): { fitting: Digest[]; left: number } {
  const fitting: Digest[] = [];
  let left = room;
  for (const digest of digests) {
    const size = digestSize(digest);
    if (size > left) break;
    left -= size;
    fitting.push(digest);
  }
  return { fitting, left };
}

/** All keys of a member that is back, as if they were set now. */
function reread({ entries }: OwnerState): KeyChange[] {
  return [...entries.values()].map((after) => ({ before: undefined, after }));
}
