/**
 * Everybody we know of, in the orders in which they are needed.
 *
 *     by name, by peer     to find
 *     by state             alive ┊ suspect ┊ dead ┊ left      to choose at random from the first k groups
 *     probe order          shuffled round robin, so that each member is probed within 2n - 1 rounds
 *
 * Oneself is a member like the others, found and counted, but in neither order: nobody probes itself or
 * gossips with itself.
 * @see SWIM §4.3, docs/protocols/swim.md
 * @module
 */
import { invariant, NO_PEER, shuffle } from "../kernel/index.ts";
import type { Address, Instant, PeerId, Peers, PeerSampler, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import { equalBytes, Member, NO_META } from "./member.ts";
import type { MemberState } from "./member.ts";
import type { Reason } from "./reasons.ts";
import { OWN_VERSIONS, sharedVersions } from "./versions.ts";
import type { Alive } from "./wire.ts";

export type MemberTableConfig = Pick<MembershipConfig, "maxMembers" | "gossipToTheDeadMs">;

/** The groups of the order by state, first to last. */
const GROUPS: readonly MemberState[] = ["alive", "suspect", "dead", "left"];

const FIRST_SLOTS = 8;

type SavedMember = Pick<
  Member,
  "said" | "peer" | "address" | "incarnation" | "state" | "stateChangedAt" | "reason"
>;

export interface SavedMemberTable {
  readonly members: readonly SavedMember[];
  /** Places in `members`, as in `probeOrder`. */
  readonly byState: readonly number[];
  readonly ends: readonly number[];
  readonly probeOrder: readonly number[];
  readonly probeNext: number;
}

export class MemberTable implements PeerSampler {
  readonly #config: MemberTableConfig;
  readonly #peers: Peers;
  /** In the order in which we heard of them. */
  #all: Member[] = [];
  /** Index: slot of the peer. */
  readonly #bySlot: (Member | undefined)[] = [];
  /** Who that is: rows lie all over the memory, and most of whom we hear we only want to know. Same index. */
  #peerBySlot = new Int32Array(0);
  readonly #byState: Member[] = [];
  /** Where each group of `#byState` ends. */
  readonly #ends = [0, 0, 0, 0];
  #probeOrder: Member[] = [];
  #probeNext = 0;
  #forgotten: readonly Member[] = NOBODY;
  /** Whether all that we have ever known spoke the most usual dialect. */
  areAlike = true;
  /** Of the member heard of last: many have the same. */
  #lastMeta = NO_META;
  /** Places of those that are drawn and not yet put back. */
  readonly #swaps: number[] = [];

  constructor(config: MemberTableConfig, peers: Peers) {
    this.#config = config;
    this.#peers = peers;
  }

  /** Members known, oneself and those not yet forgotten included: the n of every formula. */
  get known(): number {
    return this.#all.length;
  }

  /** Alive members to choose from: all but oneself. */
  get size(): number {
    return this.#ends[0] as number;
  }

  get isFull(): boolean {
    return this.#all.length >= this.#config.maxMembers;
  }

  /** How many others are in this state. */
  othersIn(state: MemberState): number {
    const group = GROUPS.indexOf(state);
    return (this.#ends[group] as number) - (this.#ends[group - 1] ?? 0);
  }

  get(name: string): Member | undefined {
    // Names are found in the peers' table: a map for each node would be most of what a member costs.
    const peers = this.#peers;
    for (let peer = peers.firstNamed(name); peer !== NO_PEER; peer = peers.nextNamed(peer)) {
      const member = this.byPeer(peer);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  /** Whether this is a member. */
  knows(peer: PeerId): boolean {
    return peer !== NO_PEER && this.#peerBySlot[this.#peers.slotOf(peer)] === peer;
  }

  byPeer(peer: PeerId): Member | undefined {
    if (peer === NO_PEER) return undefined;
    const member = this.#bySlot[this.#peers.slotOf(peer)];
    return member?.peer === peer ? member : undefined;
  }

  /** The member at this address, if we know one. */
  at(address: Address): Member | undefined {
    return this.byPeer(this.#peers.at(address));
  }

  /** All, in the order in which we heard of them. */
  all(): readonly Member[] {
    return this.#all;
  }

  /** All, by name: in order of UTF-16 units, the same everywhere. */
  sorted(): Member[] {
    return this.#all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds oneself. */
  addSelf(said: Alive, address: Address, reason: Reason, now: Instant): Member {
    const peer = this.#peers.intern(said.node, address);
    // The peer's own text: each claim that is read makes another one.
    const home = this.#peers.addressOf(peer);
    const member = new Member(this.wordsOf(said, peer), peer, home, reason, now);
    this.#remember(member);
    return member;
  }

  /** Adds an alive member; it will be probed at a random time of the present round. */
  add(said: Alive, address: Address, reason: Reason, now: Instant, rng: Rng): Member {
    const member = this.addSelf(said, address, reason, now);
    member.index = this.#byState.length;
    this.#byState.push(member);
    const last = GROUPS.length - 1;
    this.#ends[last] = this.#byState.length;
    this.#regroup(member, last, 0);
    const place = rng.below(this.#probeOrder.length + 1);
    const displaced = this.#probeOrder[place] ?? member;
    this.#probeOrder.push(displaced);
    this.#probeOrder[place] = member;
    return member;
  }

  setState(member: Member, state: MemberState, reason: Reason, now: Instant): void {
    if (member.index >= 0) {
      this.#regroup(member, GROUPS.indexOf(member.state), GROUPS.indexOf(state));
    }
    member.state = state;
    member.reason = reason;
    member.stateChangedAt = now;
  }

  /**
   * What `peer` says of itself, for its row: the claim as it came, or an equal one that shares with others what is
   * equal in most. There is one for each member at each node.
   */
  wordsOf(claim: Alive, peer: PeerId): Alive {
    const { ip, port } = this.#peers.partsOf(peer);
    const meta = claim.meta === undefined || claim.meta.length === 0 ? NO_META : claim.meta;
    const versions = sharedVersions(claim.versions);
    this.areAlike &&= versions === OWN_VERSIONS;
    const isShared =
      claim.addr === ip &&
      claim.port === port &&
      claim.meta === meta &&
      claim.versions === versions;
    if (isShared) return claim;
    const { type, incarnation } = claim;
    if (!equalBytes(meta, this.#lastMeta)) this.#lastMeta = meta;
    const shared = { addr: ip, port, meta: this.#lastMeta, versions };
    return { type, incarnation, node: this.#peers.nameOf(peer), ...shared };
  }

  /** Gives the member another address; returns the peer that it was, still held by the caller. */
  move(member: Member, address: Address): PeerId {
    const previous = member.peer;
    this.#leave(previous);
    member.peer = this.#peers.intern(member.name, address);
    member.address = this.#peers.addressOf(member.peer);
    this.#enter(member);
    return previous;
  }

  /**
   * The next member to probe. When everybody has had a turn, the long gone are forgotten and the others
   * shuffled.
   */
  nextTarget(now: Instant, rng: Rng): Member | undefined {
    for (let wraps = 0; wraps < 2;) {
      const member = this.#probeOrder[this.#probeNext++];
      if (member === undefined) {
        this.#forgetLongGone(now);
        shuffle(this.#probeOrder, rng);
        this.#probeNext = 0;
        wraps++;
      } else if (member.state === "alive" || member.state === "suspect") return member;
    }
    return undefined;
  }

  /** Whether `takeForgotten` has any to give. */
  get hasForgotten(): boolean {
    return this.#forgotten !== NOBODY;
  }

  /** Members forgotten since the last call; their peers are the caller's to release. */
  takeForgotten(): readonly Member[] {
    const forgotten = this.#forgotten;
    this.#forgotten = NOBODY;
    return forgotten;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    const end = this.size;
    const chosen: PeerId[] = [];
    for (let drawn = 0; drawn < end && chosen.length < count; drawn++) {
      const { peer } = this.#draw(drawn, end, rng);
      if (peer !== except) chosen.push(peer);
    }
    this.#putBack();
    return chosen;
  }

  /** Up to `count` alive members to ping `target` for us. */
  relays(target: Member, count: number, rng: Rng): Member[] {
    return this.#choose("alive", count, rng, (member) => member !== target);
  }

  /** Up to `count` members to gossip with: also the suspect and the lately dead, who may refute. */
  gossipTargets(count: number, now: Instant, rng: Rng): Member[] {
    return this.#choose("dead", count, rng, (member) => {
      return member.state !== "dead" || !this.#isLongGone(member, now);
    });
  }

  /** One alive member to exchange the whole state with. */
  exchangeTarget(rng: Rng): Member | undefined {
    return this.#choose("alive", 1, rng, () => true)[0];
  }

  save(): SavedMemberTable {
    const places = new Map(this.#all.map((member, place) => [member, place]));
    const placesOf = (members: readonly Member[]): number[] => {
      return members.map((member) => places.get(member) as number);
    };
    return {
      members: this.#all.map((member) => {
        const { said, peer, address, incarnation, state, stateChangedAt, reason } = member;
        return { said, peer, address, incarnation, state, stateChangedAt, reason };
      }),
      byState: placesOf(this.#byState),
      ends: [...this.#ends],
      probeOrder: placesOf(this.#probeOrder),
      probeNext: this.#probeNext,
    };
  }

  /** Of a table that knows oneself alone. */
  restore(saved: SavedMemberTable): void {
    const [self] = this.#all;
    this.#all = [];
    this.#bySlot.length = 0;
    this.#peerBySlot.fill(NO_PEER);
    for (const row of saved.members) {
      const said = this.wordsOf(row.said, row.peer);
      const isSelf = self !== undefined && said.node === self.name;
      const { peer, address, reason, stateChangedAt } = row;
      const member = isSelf ? self : new Member(said, peer, address, reason, stateChangedAt);
      Object.assign(member, row, { said });
      this.#all.push(member);
      this.#enter(member);
    }
    for (const [index, place] of saved.byState.entries()) {
      const member = this.#all[place] as Member;
      member.index = index;
      this.#byState.push(member);
    }
    for (const [group, end] of saved.ends.entries()) this.#ends[group] = end;
    this.#probeOrder = saved.probeOrder.map((place) => this.#all[place] as Member);
    this.#probeNext = saved.probeNext;
  }

  #remember(member: Member): void {
    const isNew = this.get(member.name) === undefined;
    invariant(isNew, `member ${member.name} is in the table already`);
    this.#all.push(member);
    this.#enter(member);
  }

  #enter(member: Member): void {
    const slot = this.#peers.slotOf(member.peer);
    this.#bySlot[slot] = member;
    const known = this.#peerBySlot;
    if (slot >= known.length) {
      this.#peerBySlot = new Int32Array(slot + (slot >> 2) + FIRST_SLOTS).fill(NO_PEER);
      this.#peerBySlot.set(known);
    }
    this.#peerBySlot[slot] = member.peer;
  }

  #leave(peer: PeerId): void {
    const slot = this.#peers.slotOf(peer);
    this.#bySlot[slot] = undefined;
    this.#peerBySlot[slot] = NO_PEER;
  }

  #isLongGone(member: Member, now: Instant): boolean {
    return now - member.stateChangedAt > this.#config.gossipToTheDeadMs;
  }

  #forgetLongGone(now: Instant): void {
    const firstGone = this.#ends[1] as number;
    const gone = this.#byState.slice(firstGone).filter((member) => this.#isLongGone(member, now));
    if (gone.length === 0) return;
    for (const member of gone) this.#forget(member);
    this.#forgotten = [...this.#forgotten, ...gone];
    const forgotten = new Set(gone);
    this.#all = this.#all.filter((member) => !forgotten.has(member));
    this.#probeOrder = this.#probeOrder.filter((member) => member.index >= 0);
  }

  #forget(member: Member): void {
    const last = GROUPS.length - 1;
    this.#regroup(member, GROUPS.indexOf(member.state), last);
    this.#swap(member.index, this.#byState.length - 1);
    this.#byState.pop();
    this.#ends[last] = this.#byState.length;
    member.index = -1;
    this.#leave(member.peer);
  }

  /** Walks the member over the borders between its group and the new one, one swap a border. */
  #regroup(member: Member, from: number, to: number): void {
    for (let group = from; group < to; group++) {
      const last = (this.#ends[group] as number) - 1;
      this.#ends[group] = last;
      this.#swap(member.index, last);
    }
    for (let group = from; group > to; group--) {
      const first = this.#ends[group - 1] as number;
      this.#ends[group - 1] = first + 1;
      this.#swap(member.index, first);
    }
  }

  #swap(i: number, j: number): void {
    const a = this.#byState[i] as Member;
    const b = this.#byState[j] as Member;
    this.#byState[i] = b;
    this.#byState[j] = a;
    b.index = i;
    a.index = j;
  }

  /**
   * Up to `count` distinct members, uniform among those in the groups up to `lastGroup` that pass. Fisher
   * and Yates for as many steps as are needed, taken back at the end: choosing changes nothing.
   */
  #choose(
    lastGroup: MemberState,
    count: number,
    rng: Rng,
    passes: (member: Member) => boolean,
  ): Member[] {
    const end = this.#ends[GROUPS.indexOf(lastGroup)] as number;
    const chosen: Member[] = [];
    for (let drawn = 0; drawn < end && chosen.length < count; drawn++) {
      const member = this.#draw(drawn, end, rng);
      if (passes(member)) chosen.push(member);
    }
    this.#putBack();
    return chosen;
  }

  /** One of those from place `drawn` to `end`, put at that place until all are put back. */
  #draw(drawn: number, end: number, rng: Rng): Member {
    const place = drawn + rng.below(end - drawn);
    this.#swaps.push(place);
    this.#swap(drawn, place);
    return this.#byState[drawn] as Member;
  }

  #putBack(): void {
    const swaps = this.#swaps;
    while (swaps.length > 0) this.#swap(swaps.length - 1, swaps.pop() as number);
  }
}

const NOBODY: readonly Member[] = [];
