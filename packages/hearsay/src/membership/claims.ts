/**
 * Claims: what somebody says of a member, and whether we accept it.
 *
 *     of the same member     alive i    beats    all of an incarnation below i
 *                            suspect i  beats    alive of i or below
 *                            dead i     beats    alive and suspect of i or below
 *     of ourselves           is refuted, with an incarnation above the claim's
 *
 * Every accepted claim is told on. A claim that changes nothing is dropped in silence: most gossip is
 * heard more than once. What becomes of the member is in `transitions.ts`.
 * @see SWIM §4.2; docs/protocols/swim.md, states
 * @module
 */
import { addressPort, formatAddress, isNamed } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, Peers, Rng } from "../kernel/index.ts";
import { utf8Size } from "../codec/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Forgotten } from "./forgotten.ts";
import { candidateOf } from "./hooks.ts";
import type { MembershipHooks } from "./hooks.ts";
import type { LocalMember } from "./local-member.ts";
import type { LostMembers } from "./lost-members.ts";
import { equalBytes } from "./member.ts";
import type { Member } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { ProbeRound } from "./prober.ts";
import type { Suspicion, Suspicions } from "./suspicion.ts";
import type { Takeover, Takeovers, TakeoversEffects } from "./takeovers.ts";
import { Throttle } from "./throttle.ts";
import type { Teller, Transitions, TransitionsEffects } from "./transitions.ts";
import { areSound } from "./versions.ts";
import type { Alive, Dead, Suspect } from "./wire.ts";

export type ClaimsConfig = Pick<
  MembershipConfig,
  "deadNodeReclaimMs" | "maxNameBytes" | "probeIntervalMs" | "conflictIntervalMs"
>;

/** Conflicts told in one `conflictIntervalMs`. */
const MAX_CONFLICTS = 256;
/** Members told in one `probeIntervalMs` that they are thought dead. */
const MAX_NOTICES = 16;

export interface ClaimsNeeds {
  readonly table: MemberTable;
  readonly peers: Peers;
  readonly suspicions: Suspicions;
  readonly local: LocalMember;
  readonly transitions: Transitions;
  readonly forgotten: Forgotten;
  readonly lost: LostMembers;
  readonly takeovers: Pick<Takeovers, "examine">;
  /** Whether a member may live there. @default anywhere */
  readonly admit?: MembershipHooks["admit"];
  readonly allows?: ((address: Address) => boolean) | undefined;
}

export interface ClaimsEffects extends TransitionsEffects, Pick<TakeoversEffects, "pingAt"> {
  /** Tells whoever is at this address what is said of it. */
  tellAccused(address: Address, claim: Suspect): void;
}

/** Another bearer of a member's name. */
export interface Conflict {
  readonly name: string;
  readonly claimed: Address;
  /** When it was last told. */
  readonly at: Instant;
}

/** Who was told what, and when. */
export interface SavedClaims {
  readonly notices: ReadonlyMap<string, Instant>;
  readonly conflicts: ReadonlyMap<string, Instant>;
}

export class Claims {
  readonly #config: ClaimsConfig;
  readonly #table: MemberTable;
  readonly #peers: Peers;
  readonly #suspicions: Suspicions;
  readonly #local: LocalMember;
  readonly #transitions: Transitions;
  readonly #forgotten: Forgotten;
  readonly #lost: LostMembers;
  readonly #admit: MembershipHooks["admit"];
  readonly #takeovers: Pick<Takeovers, "examine">;
  readonly #notices: Throttle;
  readonly #conflicts: Throttle;
  readonly #allows: ((address: Address) => boolean) | undefined;

  constructor(config: ClaimsConfig, needs: ClaimsNeeds) {
    this.#config = config;
    this.#table = needs.table;
    this.#peers = needs.peers;
    this.#suspicions = needs.suspicions;
    this.#local = needs.local;
    this.#transitions = needs.transitions;
    this.#forgotten = needs.forgotten;
    this.#lost = needs.lost;
    this.#admit = needs.admit;
    this.#takeovers = needs.takeovers;
    this.#conflicts = new Throttle(config.conflictIntervalMs, MAX_CONFLICTS);
    this.#notices = new Throttle(config.probeIntervalMs, MAX_NOTICES);
    this.#allows = needs.allows;
  }

  handleAlive(claim: Alive, teller: Teller, now: Instant, rng: Rng, effects: ClaimsEffects): void {
    const { member: self, isLeaving } = this.#local;
    if (claim.node === self.name && isLeaving) return;
    if (!areSound(claim.versions)) return effects.drop("badVersions");
    // In a simulator that hands messages over as they are, most are heard again as the very same.
    const member = this.#table.get(claim.node);
    if (member?.said === claim && member !== self && !isGone(member)) return;
    const address = this.#addressIn(claim, member);
    if (address === undefined) return effects.drop("badAddress");
    // What is said of ourselves must reach us, or we could not contradict it.
    const isAllowed = this.#allows?.(address) ?? true;
    if (!isAllowed && claim.node !== self.name) return effects.drop("notAllowed");
    if (member === undefined) return this.#welcome(claim, address, teller, now, rng, effects);
    if (member.address !== address) {
      return this.#hearOfOtherAddress(member, claim, address, teller, now, effects);
    }
    if (member === self) return this.#hearOfSelf(claim, teller, now, effects);
    if (claim.incarnation <= member.incarnation) {
      if (isGone(member)) this.#disbelieve(claim, address, member.incarnation, now, effects);
      return;
    }
    if (!this.#admits(claim, address)) return effects.drop("vetoed");
    const reason = this.#transitions.heardFrom(teller);
    this.#transitions.renew(member, claim, teller, reason, now, effects);
  }

  /** Those told in the last `conflictIntervalMs` or so. */
  conflicts(): readonly Conflict[] {
    return [...this.#conflicts.save()].map(([key, at]) => {
      const split = key.lastIndexOf(" ");
      return { name: key.slice(0, split), claimed: key.slice(split + 1) as Address, at };
    });
  }

  save(): SavedClaims {
    return { notices: this.#notices.save(), conflicts: this.#conflicts.save() };
  }

  restore({ notices, conflicts }: SavedClaims): void {
    this.#notices.restore(notices);
    this.#conflicts.restore(conflicts);
  }

  /** Nearly always the one where we know the member to be: then no text is made. */
  #addressIn({ addr, port }: Alive, member: Member | undefined): Address | undefined {
    if (member !== undefined && isNamed(this.#peers.partsOf(member.peer), addr, port)) {
      return member.address;
    }
    return formatAddress(addr, port === 0 ? addressPort(this.#local.member.address) : port);
  }

  /** It is known now whether the name is answered for where it was. */
  handleExamined(
    takeover: Takeover,
    answered: boolean,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    const { claim, claimed, asked, teller } = takeover;
    const member = this.#table.get(claim.node);
    if (member === undefined) return;
    if (answered) return this.#reportConflict(member, claimed, teller, now, effects);
    if (member === this.#local.member) {
      // Our own past, from before our clock was set back.
      if (claim.incarnation >= member.incarnation && !this.#local.isLeaving) {
        const was = claim.incarnation;
        this.#transitions.refute("alive", was, undefined, teller, now, effects);
      }
      return;
    }
    if (member.address !== asked || claim.incarnation <= member.incarnation) return;
    this.#transitions.move(member, claim, claimed, teller, now, effects);
  }

  handleSuspect(claim: Suspect, teller: Teller, now: Instant, effects: ClaimsEffects): void {
    const { node, incarnation, from: by } = claim;
    const isUs = node === this.#local.member.name;
    if (isUs) return this.#hearAccusation("suspect", incarnation, by, teller, now, effects);
    const member = this.#accusable(claim, now, effects);
    if (member === undefined) return;
    const from = this.#transitions.informant(teller);
    const reason = { type: "accused", by, from } as const;
    this.#transitions.suspect(member, claim, reason, now, effects);
  }

  handleDead(claim: Dead, teller: Teller, now: Instant, effects: ClaimsEffects): void {
    const { node, incarnation, from: by } = claim;
    const isUs = node === this.#local.member.name;
    if (isUs) return this.#hearAccusation("dead", incarnation, by, teller, now, effects);
    const member = this.#table.get(node);
    if (member === undefined) return this.#hearFarewell(claim, now, effects);
    if (incarnation < member.incarnation || member.state === "left") return;
    // Whoever was taken for dead and has left, or was declared to have, is not asked for any more.
    if (member.state === "dead" && node !== by) return;
    const transitions = this.#transitions;
    const from = transitions.informant(teller);
    if (node === by) {
      return transitions.depart(member, claim, { type: "left", from }, now, effects);
    }
    const reason = { type: "declaredDead", by, from } as const;
    transitions.fail(member, claim, reason, now, effects);
  }

  /**
   * Somebody who is no member of ours has left. If we still ask for it, we do not any more. If we have never heard of it, the news
   * of its coming may be under way yet, and must not make a member of one who is gone.
   */
  #hearFarewell(claim: Dead, now: Instant, effects: ClaimsEffects): void {
    const { node, from, incarnation } = claim;
    if (node !== from || utf8Size(node) > this.#config.maxNameBytes) return;
    const lost = this.#lost.get(node);
    const last = lost === undefined ? this.#forgotten.incarnationOf(node, now) : undefined;
    if (incarnation < (lost?.incarnation ?? 0) || incarnation <= (last ?? -1)) return;
    this.#lost.remove(node);
    if (this.#forgotten.remember(node, incarnation, now)) effects.drop("forgottenGivenUp");
    if (lost !== undefined) effects.spread(claim);
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
    const { node, incarnation } = claim;
    const isUs = node === this.#local.member.name;
    if (isUs) return this.#hearAccusation(state, incarnation, undefined, teller, now, effects);
    const own = this.#ownSuspicion(node, incarnation);
    const member = this.#accusable(own, now, effects);
    if (member === undefined) return;
    const from = this.#transitions.informant(teller);
    const reason = { type: "toldByState", state, from } as const;
    this.#transitions.suspect(member, own, reason, now, effects);
  }

  /** Our own probe of `target` has failed. */
  handleUnreachable(target: Member, round: ProbeRound, now: Instant, effects: ClaimsEffects): void {
    const claim = this.#ownSuspicion(target.name, round.incarnation);
    if (this.#accusable(claim, now, effects) !== target) return;
    const { incarnation: _, ...facts } = round;
    const relays = round.relays.map((relay) => relay.name);
    const reason = { type: "probeFailed", ...facts, relays } as const;
    this.#transitions.suspect(target, claim, reason, now, effects);
  }

  handleExpired(member: Member, suspicion: Suspicion, now: Instant, effects: ClaimsEffects): void {
    const { startedAt, by, confirmedBy, confirmationsNeeded, timeoutMs, excusedMs } = suspicion;
    const facts = { startedAt, by, confirmedBy, confirmationsNeeded, timeoutMs, excusedMs };
    const { incarnation, name: node } = member;
    const claim = { type: "dead", incarnation, node, from: this.#local.member.name } as const;
    const reason = { type: "suspicionExpired", ...facts } as const;
    this.#transitions.fail(member, claim, reason, now, effects);
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
    const last = this.#forgotten.incarnationOf(name, now);
    if (last !== undefined && claim.incarnation <= last) {
      effects.drop("forgotten");
      return this.#disbelieve(claim, address, last, now, effects);
    }
    if (this.#table.isFull) return effects.drop("tooManyMembers");
    if (!this.#admits(claim, address)) return effects.drop("vetoed");
    this.#forgotten.recall(name);
    this.#transitions.join(claim, address, teller, now, rng, effects);
  }

  /**
   * The member is gone, or a node that begins to count anew has its name: memberlist's do, at 1. That one
   * must be told what is thought of it, or it would stay unheard; it will speak up above it.
   */
  #disbelieve(
    { node }: Alive,
    address: Address,
    last: Incarnation,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    if (!this.#notices.passes(node, now)) return;
    effects.tellAccused(address, this.#ownSuspicion(node, last));
  }

  #admits(claim: Alive, address: Address): boolean {
    if (this.#admit === undefined) return true;
    return this.#admit(candidateOf({ ...claim, name: claim.node }, address));
  }

  /**
   * Whether another address may take over the name unasked; ourselves, while leaving, never get here. What is
   * no newer than the end may be old gossip of a member that had lived there: it brings nobody back.
   */
  #mayMove(member: Member, { incarnation }: Alive, now: Instant): boolean {
    const { deadNodeReclaimMs } = this.#config;
    if (incarnation <= member.incarnation) return false;
    if (member.state === "left") return true;
    if (member.state !== "dead" || deadNodeReclaimMs === 0) return false;
    return now - member.stateChangedAt > deadNodeReclaimMs;
  }

  /**
   * Older news than what we know proves nothing: a member that has moved is spoken of at its old address
   * for a while. Newer news is a restart elsewhere or a second bearer of the name, and is looked into.
   */
  #hearOfOtherAddress(
    member: Member,
    claim: Alive,
    claimed: Address,
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    if (member === this.#local.member) {
      return this.#takeovers.examine({ claim, claimed, asked: claimed, teller }, now, effects);
    }
    const isNews = claim.incarnation > member.incarnation;
    if (isNews && !this.#admits(claim, claimed)) return effects.drop("vetoed");
    if (this.#mayMove(member, claim, now)) {
      return this.#transitions.move(member, claim, claimed, teller, now, effects);
    }
    if (claim.incarnation > member.incarnation) {
      const asked = member.address;
      return this.#takeovers.examine({ claim, claimed, asked, teller }, now, effects);
    }
    if (isGone(member)) {
      return this.#disbelieve(claim, claimed, member.incarnation, now, effects);
    }
    effects.drop("nameConflict");
    if (claim.incarnation === member.incarnation) {
      this.#reportConflict(member, claimed, teller, now, effects);
    }
  }

  /** Two nodes answer for one name: told once in a while, and stops nobody. */
  #reportConflict(
    member: Member,
    claimed: Address,
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    if (!this.#conflicts.passes(`${member.name} ${claimed}`, now)) return;
    this.#transitions.conflict(member, claimed, teller, now, effects);
  }

  #hearOfSelf(claim: Alive, teller: Teller, now: Instant, effects: ClaimsEffects): void {
    const self = this.#local.member;
    if (claim.incarnation < self.incarnation) return;
    const isOurs =
      claim.incarnation === self.incarnation &&
      equalBytes(claim.meta, self.meta) &&
      equalBytes(claim.versions, self.versions);
    if (isOurs) return;
    this.#transitions.refute("alive", claim.incarnation, undefined, teller, now, effects);
  }

  /** The member that this claim makes suspect, if it does. */
  #accusable(claim: Suspect, now: Instant, effects: ClaimsEffects): Member | undefined {
    const member = this.#table.get(claim.node);
    if (member === undefined || claim.incarnation < member.incarnation) return undefined;
    if (this.#suspicions.has(member)) {
      if (this.#suspicions.confirm(member, claim.from, now)) effects.spread(claim);
      return undefined;
    }
    return member.state === "alive" ? member : undefined;
  }

  /** Somebody says that we are suspect or dead. While we leave, let them. */
  #hearAccusation(
    claim: "suspect" | "dead",
    was: Incarnation,
    by: string | undefined,
    teller: Teller,
    now: Instant,
    effects: ClaimsEffects,
  ): void {
    if (this.#local.isLeaving || was < this.#local.member.incarnation) return;
    this.#transitions.refute(claim, was, by, teller, now, effects);
  }

  #ownSuspicion(node: string, incarnation: Incarnation): Suspect {
    return { type: "suspect", incarnation, node, from: this.#local.member.name };
  }
}

function isGone({ state }: Member): boolean {
  return state === "dead" || state === "left";
}
