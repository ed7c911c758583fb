/**
 * Claims: what somebody says of a member, and what becomes of the member.
 *
 *     of the same member     alive i    beats    all of an incarnation below i
 *                            suspect i  beats    alive of i or below
 *                            dead i     beats    alive and suspect of i or below
 *     of ourselves           is refuted, with an incarnation above the claim's
 *
 * Every accepted claim is told on. A claim that changes nothing is dropped in silence: most gossip is
 * heard more than once. Each transition settles the row, the peer and the timers first and tells of it last.
 * @see SWIM §4.2; docs/protocols/swim.md, states
 * @module
 */
import { addressBytes, addressPort, formatAddress } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, Peers, Rng, TenantEffects } from "../kernel/index.ts";
import { utf8Size } from "../codec/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { MemberEvent } from "./events.ts";
import type { LocalMember } from "./local-member.ts";
import { equalBytes, NO_META, viewOf } from "./member.ts";
import type { Member, Profile } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { ProbeRound } from "./prober.ts";
import type { Informant, Reason } from "./reasons.ts";
import type { Suspicion, Suspicions } from "./suspicion.ts";
import { channelsIn } from "./tags.ts";
import { areSound, knowsChecksums, sharedVersions } from "./versions.ts";
import type { Alive, Dead, Suspect } from "./wire.ts";

export type ClaimsConfig = Pick<MembershipConfig, "deadNodeReclaimMs" | "maxNameBytes">;

export interface ClaimsNeeds {
  readonly table: MemberTable;
  readonly suspicions: Suspicions;
  readonly local: LocalMember;
  readonly peers: Peers;
  /** Whether a member may live there. @default anywhere */
  readonly allows?: ((address: Address) => boolean) | undefined;
}

export interface ClaimsEffects extends Pick<TenantEffects, "notify" | "signal" | "drop"> {
  /** Tells everybody, in place of what was told of the same member before. */
  spread(claim: Alive | Suspect | Dead): void;
  /** We had to contradict somebody: a sign, for Lifeguard, that we are slow ourselves. */
  refuted(): void;
}

/** How a claim reached us. */
export type Teller = Pick<Informant, "via" | "address">;

export class Claims {
  readonly #config: ClaimsConfig;
  readonly #table: MemberTable;
  readonly #suspicions: Suspicions;
  readonly #local: LocalMember;
  readonly #peers: Peers;
  readonly #allows: ((address: Address) => boolean) | undefined;

  constructor(config: ClaimsConfig, needs: ClaimsNeeds) {
    this.#config = config;
    this.#table = needs.table;
    this.#suspicions = needs.suspicions;
    this.#local = needs.local;
    this.#peers = needs.peers;
    this.#allows = needs.allows;
  }

  handleAlive(claim: Alive, teller: Teller, now: Instant, rng: Rng, effects: ClaimsEffects): void {
    const { member: self, isLeaving } = this.#local;
    if (claim.node === self.name && isLeaving) return;
    if (!areSound(claim.versions)) return effects.drop("badVersions");
    const port = claim.port === 0 ? addressPort(self.address) : claim.port;
    const address = formatAddress(claim.addr, port);
    if (address === undefined) return effects.drop("badAddress");
    // What is said of ourselves must reach us, or we could not contradict it.
    const isAllowed = this.#allows?.(address) ?? true;
    if (!isAllowed && claim.node !== self.name) return effects.drop("notAllowed");
    const member = this.#table.get(claim.node);
    if (member === undefined) return this.#welcome(claim, address, teller, now, rng, effects);
    if (member.address !== address) {
      if (this.#mayMove(member, now))
        return this.#move(member, claim, address, teller, now, effects);
      return this.#reportConflict(member, claim, address, teller, now, effects);
    }
    if (member === self) return this.#hearOfSelf(claim, effects);
    if (claim.incarnation <= member.incarnation) return;
    const reason = { type: "heardAlive", from: this.#informant(teller) } as const;
    this.#renew(member, claim, teller, reason, now, effects);
  }

  handleSuspect(claim: Suspect, teller: Teller, now: Instant, effects: ClaimsEffects): void {
    const member = this.#accusable(claim, now, effects);
    if (member === undefined) return;
    const reason = { type: "accused", by: claim.from, from: this.#informant(teller) } as const;
    this.#becomeSuspect(member, claim, reason, now, effects);
  }

  handleDead(claim: Dead, teller: Teller, now: Instant, effects: ClaimsEffects): void {
    const member = this.#table.get(claim.node);
    if (member === undefined || claim.incarnation < member.incarnation) return;
    if (member.state === "dead" || member.state === "left") return;
    if (member === this.#local.member) return this.#refute(claim.incarnation, effects);
    const from = this.#informant(teller);
    if (claim.node === claim.from) {
      this.#depart(member, claim, { type: "left", from }, now, effects);
    } else this.#fail(member, claim, { type: "declaredDead", by: claim.from, from }, now, effects);
  }

  /**
   * A state exchange says that `claim.node` is suspect or dead. Both are suspicion to us, raised in our own
   * name: whoever is alive gets the time to say so.
   */
  handleRumour(
    claim: Pick<Suspect, "node" | "incarnation">,
    state: "suspect" | "dead",
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    const own = this.#ownSuspicion(claim.node, claim.incarnation);
    const member = this.#accusable(own, now, effects);
    if (member === undefined) return;
    const reason = { type: "toldByState", state, from: this.#informant(teller) } as const;
    this.#becomeSuspect(member, own, reason, now, effects);
  }

  /** Our own probe of `target` has failed. */
  handleUnreachable(target: Member, round: ProbeRound, now: Instant, effects: ClaimsEffects): void {
    const claim = this.#ownSuspicion(target.name, round.incarnation);
    if (this.#accusable(claim, now, effects) !== target) return;
    const relays = round.relays.map((relay) => relay.name);
    const { seq, startedAt } = round;
    this.#becomeSuspect(
      target,
      claim,
      { type: "probeFailed", seq, startedAt, relays },
      now,
      effects,
    );
  }

  handleExpired(member: Member, suspicion: Suspicion, now: Instant, effects: ClaimsEffects): void {
    const { startedAt, by, timeoutMs } = suspicion;
    const { incarnation, name: node } = member;
    const claim = { type: "dead", incarnation, node, from: this.#local.member.name } as const;
    this.#fail(member, claim, { type: "suspicionExpired", startedAt, by, timeoutMs }, now, effects);
  }

  /** Tells the world that we are here. */
  introduceSelf(now: Instant, effects: ClaimsEffects): void {
    const self = this.#local.member;
    this.#learnFeatures(self);
    effects.spread(aliveClaim(self));
    this.#tell("join", self, self.reason, now, effects);
  }

  /** Gives ourselves new metadata; false if there is no incarnation left to say it under. */
  updateSelf(meta: Uint8Array, now: Instant, effects: ClaimsEffects): boolean {
    const self = this.#local.member;
    if (!this.#local.raiseAbove(0)) return false;
    self.meta = meta;
    this.#learnFeatures(self);
    effects.spread(aliveClaim(self));
    this.#tell("update", self, { type: "tagsSet" }, now, effects);
    return true;
  }

  /** Says goodbye. */
  leave(now: Instant, effects: ClaimsEffects): void {
    const self = this.#local.member;
    const { incarnation, name } = self;
    this.#local.isLeaving = true;
    this.#table.setState(self, "left", { type: "leaving" }, now);
    effects.spread({ type: "dead", incarnation, node: name, from: name });
    this.#tell("leave", self, self.reason, now, effects);
  }

  #welcome(
    claim: Alive,
    address: Address,
    teller: Teller,
    now: Instant,
    rng: Rng,
    effects: ClaimsEffects,
  ): void {
    // memberlist keeps a useless dead record of a node that claims incarnation 0; we keep nothing.
    if (claim.incarnation === 0) return effects.drop("zeroIncarnation");
    const { node: name } = claim;
    if (name === "" || utf8Size(name) > this.#config.maxNameBytes) return effects.drop("badName");
    if (this.#table.isFull) return effects.drop("tooManyMembers");
    const reason = { type: "heardAlive", from: this.#informant(teller) } as const;
    const member = this.#table.add(name, profileIn(claim, address), reason, now, rng);
    this.#learnFeatures(member);
    effects.spread(aliveClaim(member));
    effects.signal({ type: "peerUp", peer: member.peer });
    this.#tell("join", member, reason, now, effects);
  }

  /** Whether another address may take over the name; ourselves, while leaving, never get here. */
  #mayMove(member: Member, now: Instant): boolean {
    const { deadNodeReclaimMs } = this.#config;
    if (member.state === "left") return true;
    if (member.state !== "dead" || deadNodeReclaimMs === 0) return false;
    return now - member.stateChangedAt > deadNodeReclaimMs;
  }

  /** The name of a member that is gone comes back at another address, under whatever incarnation. */
  #move(
    member: Member,
    claim: Alive,
    address: Address,
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    const previous = member.address;
    // The informant is looked up first: the claim may have come from the address that is now given up.
    const reason = { type: "moved", previous, from: this.#informant(teller) } as const;
    const peer = this.#table.move(member, address);
    effects.signal({ type: "peerDown", peer, reason: "moved" });
    this.#peers.release(peer);
    this.#renew(member, claim, teller, reason, now, effects);
  }

  /**
   * Older news than what we know proves nothing: a member that has moved is spoken of at its old address
   * for a while. Of ourselves every such claim is reported, because nobody else may be able to tell.
   */
  #reportConflict(
    member: Member,
    claim: Alive,
    claimed: Address,
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    effects.drop("nameConflict");
    if (claim.incarnation < member.incarnation && member !== this.#local.member) return;
    const reason = { type: "nameTaken", from: this.#informant(teller) } as const;
    const { address } = member;
    const event = { type: "conflict", member: viewOf(member), address, claimed, reason, at: now };
    effects.notify(event);
  }

  #hearOfSelf(claim: Alive, effects: ClaimsEffects): void {
    const self = this.#local.member;
    if (claim.incarnation < self.incarnation) return;
    const isOurs =
      claim.incarnation === self.incarnation &&
      equalBytes(claim.meta, self.meta) &&
      equalBytes(claim.versions, self.versions);
    if (!isOurs) this.#refute(claim.incarnation, effects);
  }

  /** Takes over what an alive member says of itself. */
  #renew(
    member: Member,
    claim: Alive,
    teller: Teller,
    reasonIfGone: Reason,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    const { state: previous, incarnation: was } = member;
    const from = this.#informant(teller);
    const profile = profileIn(claim, member.address);
    const hasNewTags = !equalBytes(profile.meta, member.meta);
    const hasNewChannels = hasNewTags && channelsIn(profile.meta) !== channelsIn(member.meta);
    this.#suspicions.cancel(member);
    member.incarnation = profile.incarnation;
    member.meta = profile.meta;
    member.versions = profile.versions;
    this.#learnFeatures(member);
    const refuted = { type: "refuted", was, from } as const;
    const reason = previous === "suspect" ? refuted : reasonIfGone;
    if (previous !== "alive") this.#table.setState(member, "alive", reason, now);
    effects.spread(aliveClaim(member));
    if (previous === "dead" || previous === "left") {
      effects.signal({ type: "peerUp", peer: member.peer });
      return this.#tell("join", member, reason, now, effects);
    }
    if (hasNewChannels) effects.signal({ type: "channelsLearnt", peer: member.peer });
    if (previous === "suspect") this.#tell("alive", member, reason, now, effects);
    if (hasNewTags) this.#tell("update", member, { type: "tagsChanged", from }, now, effects);
  }

  /** The member that this claim makes suspect, if it does. */
  #accusable(claim: Suspect, now: Instant, effects: ClaimsEffects): Member | undefined {
    const member = this.#table.get(claim.node);
    if (member === undefined || claim.incarnation < member.incarnation) return undefined;
    if (this.#suspicions.has(member)) {
      if (this.#suspicions.confirm(member, claim.from, now)) effects.spread(claim);
      return undefined;
    }
    if (member.state !== "alive") return undefined;
    if (member !== this.#local.member) return member;
    this.#refute(claim.incarnation, effects);
    return undefined;
  }

  #becomeSuspect(
    member: Member,
    claim: Suspect,
    reason: Reason,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    member.incarnation = claim.incarnation;
    this.#table.setState(member, "suspect", reason, now);
    this.#suspicions.start(member, claim.from, this.#table.known, now);
    effects.spread(claim);
    this.#tell("suspect", member, reason, now, effects);
  }

  #fail(member: Member, claim: Dead, reason: Reason, now: Instant, effects: ClaimsEffects): void {
    this.#bury(member, "dead", claim, reason, now);
    effects.spread(claim);
    effects.signal({ type: "peerDown", peer: member.peer, reason: "failed" });
    this.#tell("fail", member, reason, now, effects);
  }

  #depart(member: Member, claim: Dead, reason: Reason, now: Instant, effects: ClaimsEffects): void {
    this.#bury(member, "left", claim, reason, now);
    effects.spread(claim);
    effects.signal({ type: "peerDown", peer: member.peer, reason: "left" });
    this.#tell("leave", member, reason, now, effects);
  }

  #bury(member: Member, state: "dead" | "left", claim: Dead, reason: Reason, now: Instant): void {
    this.#suspicions.cancel(member);
    member.incarnation = claim.incarnation;
    this.#table.setState(member, state, reason, now);
  }

  #refute(accused: Incarnation, effects: ClaimsEffects): void {
    if (!this.#local.raiseAbove(accused)) return effects.drop("incarnationsExhausted");
    effects.spread(aliveClaim(this.#local.member));
    effects.refuted();
  }

  #ownSuspicion(node: string, incarnation: Incarnation): Suspect {
    return { type: "suspect", incarnation, node, from: this.#local.member.name };
  }

  /** Puts what metadata and versions say into the peer table. */
  #learnFeatures({ peer, meta, versions }: Member): void {
    this.#peers.setChannels(peer, channelsIn(meta));
    this.#peers.setChecksums(peer, knowsChecksums(versions));
  }

  #informant({ via, address }: Teller): Informant {
    return { via, address, name: this.#table.at(address)?.name };
  }

  #tell(
    type: MemberEvent["type"],
    member: Member,
    reason: Reason,
    at: Instant,
    effects: ClaimsEffects,
  ): void {
    effects.notify({ type, member: viewOf(member), reason, at } as MemberEvent);
  }
}

/** What `member` says of itself, to be told on. */
export function aliveClaim(member: Member): Alive {
  return {
    type: "alive",
    incarnation: member.incarnation,
    node: member.name,
    addr: addressBytes(member.address),
    port: addressPort(member.address),
    meta: member.meta,
    versions: member.versions,
  };
}

function profileIn(claim: Alive, address: Address): Profile {
  const { incarnation, meta, versions } = claim;
  const ownMeta = meta === undefined || meta.length === 0 ? NO_META : meta;
  return { address, incarnation, meta: ownMeta, versions: sharedVersions(versions) };
}
