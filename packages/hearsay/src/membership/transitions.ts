/**
 * What becomes of a member once a claim is accepted.
 *
 * Each transition settles the row, the peer and the timers first and tells of it last: everybody by gossip,
 * the other tenants by a signal, the application by an event. The rules for what is accepted are in `claims.ts`.
 * @see docs/protocols/swim.md, states
 * @module
 */
import type { Address, Incarnation, Instant, Peers, Rng, TenantEffects } from "../kernel/index.ts";
import type { MemberEvent, MembershipEvent } from "./events.ts";
import type { History } from "./history.ts";
import type { LostMembers } from "./lost-members.ts";
import type { LocalMember } from "./local-member.ts";
import { equalBytes, NO_META, viewOf } from "./member.ts";
import type { Member } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { Informant, Reason } from "./reasons.ts";
import type { Suspicions } from "./suspicion.ts";
import { channelsIn } from "./tags.ts";
import { knowsChecksums } from "./versions.ts";
import type { Alive, Dead, Suspect } from "./wire.ts";

export interface TransitionsNeeds {
  readonly table: MemberTable;
  readonly suspicions: Suspicions;
  readonly local: LocalMember;
  readonly peers: Peers;
  readonly lost: LostMembers;
  readonly history: History;
}

export interface TransitionsEffects extends Pick<TenantEffects, "notify" | "signal" | "drop"> {
  /** Tells everybody, in place of what was told of the same member before. */
  spread(claim: Alive | Suspect | Dead): void;
  /** We had to contradict somebody: a sign, for Lifeguard, that we are slow ourselves. */
  refuted(): void;
}

/** How a claim reached us. */
export type Teller = Pick<Informant, "via" | "address">;

type Refuting = Extract<Reason, { readonly type: "refuting" }>;

export class Transitions {
  readonly #table: MemberTable;
  readonly #suspicions: Suspicions;
  readonly #local: LocalMember;
  readonly #peers: Peers;
  readonly #lost: LostMembers;
  readonly #history: History;
  #lastInformant: Informant | undefined;
  #lastHeard: Extract<Reason, { readonly type: "heardAlive" }> | undefined;

  constructor({ table, suspicions, local, peers, lost, history }: TransitionsNeeds) {
    this.#table = table;
    this.#suspicions = suspicions;
    this.#local = local;
    this.#peers = peers;
    this.#lost = lost;
    this.#history = history;
  }

  /** Takes in a member that we do not know. */
  join(
    claim: Alive,
    address: Address,
    teller: Teller,
    now: Instant,
    rng: Rng,
    effects: TransitionsEffects,
  ): void {
    const reason = this.heardFrom(teller);
    const member = this.#table.add(claim, address, reason, now, rng);
    this.#learnFeatures(member);
    this.#lost.remove(member.name);
    effects.spread(member.said);
    effects.signal({ type: "peerUp", peer: member.peer });
    this.#tell("join", member, reason, now, effects);
  }

  /** The member is at another address: it was gone and comes back there, or has been started anew. */
  move(
    member: Member,
    claim: Alive,
    address: Address,
    teller: Teller,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    const previous = member.address;
    // The informant is looked up first: the claim may have come from the address that is now given up.
    const reason = { type: "moved", previous, from: this.informant(teller) } as const;
    const peer = this.#table.move(member, address);
    effects.signal({ type: "peerDown", peer, reason: "moved" });
    this.#peers.release(peer);
    this.renew(member, claim, teller, reason, now, effects);
  }

  /** Takes over what an alive member says of itself; `cause` is why we believe that it is there. */
  renew(
    member: Member,
    claim: Alive,
    teller: Teller,
    cause: Reason,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    const { state: previous, incarnation: was } = member;
    const from = this.informant(teller);
    const said = this.#table.wordsOf(claim, member.peer);
    const meta = said.meta ?? NO_META;
    const hasNewTags = !equalBytes(meta, member.meta);
    const hasNewChannels = hasNewTags && channelsIn(meta) !== channelsIn(member.meta);
    this.#suspicions.cancel(member);
    member.say(said);
    this.#learnFeatures(member);
    const refuted = { type: "refuted", was, from } as const;
    const hasMoved = cause.type === "moved";
    const reason = previous === "suspect" && !hasMoved ? refuted : cause;
    if (previous !== "alive") this.#table.setState(member, "alive", reason, now);
    this.#lost.remove(member.name);
    effects.spread(said);
    if (previous === "dead" || previous === "left") {
      effects.signal({ type: "peerUp", peer: member.peer });
      return this.#tell("join", member, reason, now, effects);
    }
    if (hasMoved) effects.signal({ type: "peerUp", peer: member.peer });
    else if (hasNewChannels) effects.signal({ type: "channelsLearnt", peer: member.peer });
    if (previous === "suspect") this.#tell("alive", member, reason, now, effects);
    if (hasMoved && previous === "alive") this.#tell("update", member, reason, now, effects);
    else if (hasNewTags) this.#tell("update", member, { type: "tagsChanged", from }, now, effects);
  }

  suspect(
    member: Member,
    claim: Suspect,
    reason: Reason,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    member.date(claim.incarnation);
    this.#table.setState(member, "suspect", reason, now);
    this.#suspicions.start(member, claim.from, this.#table.known, now);
    effects.spread(claim);
    this.#tell("suspect", member, reason, now, effects);
  }

  fail(
    member: Member,
    claim: Dead,
    reason: Reason,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    this.#bury(member, "dead", claim, reason, now);
    if (this.#lost.add(member, now)) effects.drop("lostGivenUp");
    effects.spread(claim);
    effects.signal({ type: "peerDown", peer: member.peer, reason: "failed" });
    this.#tell("fail", member, reason, now, effects);
  }

  depart(
    member: Member,
    claim: Dead,
    reason: Reason,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    const wasDead = member.state === "dead";
    this.#bury(member, "left", claim, reason, now);
    this.#lost.remove(member.name);
    effects.spread(claim);
    if (!wasDead) effects.signal({ type: "peerDown", peer: member.peer, reason: "left" });
    this.#tell("leave", member, reason, now, effects);
  }

  /** Somebody says of us what is not true: we say the contrary, louder. */
  refute(
    claim: Refuting["claim"],
    was: Incarnation,
    by: string | undefined,
    teller: Teller,
    now: Instant,
    effects: TransitionsEffects,
  ): void {
    const self = this.#local.member;
    if (!this.#local.raiseAbove(was)) return effects.drop("incarnationsExhausted");
    effects.spread(self.said);
    effects.refuted();
    const reason = { type: "refuting", claim, was, by, from: this.informant(teller) } as const;
    this.#tell("alive", self, reason, now, effects);
  }

  /** Two nodes answer for one name: told, and remembered; it changes nothing. */
  conflict(
    member: Member,
    claimed: Address,
    teller: Teller,
    at: Instant,
    effects: TransitionsEffects,
  ): void {
    const reason = { type: "nameTaken", from: this.informant(teller) } as const;
    const { address } = member;
    this.#remember("conflict", member, reason, at, effects);
    effects.notify({ type: "conflict", member: viewOf(member), address, claimed, reason, at });
  }

  /** Tells the world that we are here. */
  introduceSelf(now: Instant, effects: TransitionsEffects): void {
    const self = this.#local.member;
    this.#learnFeatures(self);
    effects.spread(self.said);
    this.#tell("join", self, self.reason, now, effects);
  }

  /** Gives ourselves new metadata; false if there is no incarnation left to say it under. */
  updateSelf(meta: Uint8Array, now: Instant, effects: TransitionsEffects): boolean {
    const self = this.#local.member;
    if (!this.#local.raiseAbove(0)) return false;
    this.#local.setMeta(meta);
    this.#learnFeatures(self);
    effects.spread(self.said);
    this.#tell("update", self, { type: "tagsSet" }, now, effects);
    return true;
  }

  /** Says goodbye. */
  leave(now: Instant, effects: TransitionsEffects): void {
    const self = this.#local.member;
    const { incarnation, name } = self;
    this.#local.isLeaving = true;
    this.#table.setState(self, "left", { type: "leaving" }, now);
    effects.spread({ type: "dead", incarnation, node: name, from: name });
    this.#tell("leave", self, self.reason, now, effects);
  }

  /** Who brought a claim, as far as we know. */
  informant({ via, address }: Teller): Informant {
    const name = this.#table.at(address)?.name;
    const last = this.#lastInformant;
    // A packet and a state bring much news at a time: whoever brought it is remembered once.
    if (last?.address === address && last.via === via && last.name === name) return last;
    this.#lastInformant = { via, address, name };
    return this.#lastInformant;
  }

  /** The reason of whoever is alive because somebody says so: the same for all that one packet or state tells. */
  heardFrom(teller: Teller): Reason {
    const from = this.informant(teller);
    if (this.#lastHeard?.from !== from) this.#lastHeard = { type: "heardAlive", from };
    return this.#lastHeard;
  }

  #bury(member: Member, state: "dead" | "left", claim: Dead, reason: Reason, now: Instant): void {
    this.#suspicions.cancel(member);
    member.date(claim.incarnation);
    this.#table.setState(member, state, reason, now);
  }

  /** Puts what metadata and versions say into the peer table. */
  #learnFeatures({ peer, meta, versions }: Member): void {
    this.#peers.setChannels(peer, channelsIn(meta));
    this.#peers.setChecksums(peer, knowsChecksums(versions));
  }

  #tell(
    type: MemberEvent["type"],
    member: Member,
    reason: Reason,
    at: Instant,
    effects: TransitionsEffects,
  ): void {
    this.#remember(type, member, reason, at, effects);
    effects.notify({ type, member: viewOf(member), reason, at } as MemberEvent);
  }

  #remember(
    type: MembershipEvent["type"],
    member: Member,
    reason: Reason,
    at: Instant,
    effects: Pick<TransitionsEffects, "drop">,
  ): void {
    const { name, state, incarnation, address } = member;
    const entry = { type, at, state, incarnation, address, reason };
    for (let left = this.#history.record(name, entry); left > 0; left--) {
      effects.drop("historyGivenUp");
    }
  }
}
