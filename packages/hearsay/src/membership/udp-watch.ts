/**
 * Finds out whom datagrams do not reach: something between such a member and us drops them, and lets streams through.
 *
 *     passes ──a probe that a stream alone has answered──▶ blocked ──a trial is answered──▶ passes
 *              told: udpBlocked                              │  ▲    told: udpRestored
 *              packetsLost: packets go on a link             └──┘ at each probe a trial: a ping as a datagram
 *
 * Such a member is alive, and stays so, but somebody should look at a firewall. A member of our own kind gets all
 * packets on a link until datagrams come through again; memberlist's are told of news by state exchanges alone.
 * An application hears of one member every ten minutes at most.
 * @see docs/tcp-only.md
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Instant, NodeEvent, PeerId, ProbeSeq, TenantEffects } from "../kernel/index.ts";
import { viewOf } from "./member.ts";
import type { Member, MemberView } from "./member.ts";
import type { FindMember } from "./suspicion.ts";

/** A member has answered a ping over a stream, and no packet of the same probe has come through. */
export interface UdpBlockedEvent extends NodeEvent {
  readonly type: "udpBlocked";
  readonly member: MemberView;
  /** On the host's monotonic clock. */
  readonly at: Instant;
}

/** A member that was told of as `udpBlocked` has answered a datagram by another. */
export interface UdpRestoredEvent extends NodeEvent {
  readonly type: "udpRestored";
  readonly member: MemberView;
  /** On the host's monotonic clock. */
  readonly at: Instant;
}

/** Least time between two events `udpBlocked` about one member. */
export const UDP_BLOCKED_EVERY_MS = 600_000;

export interface UdpWatchEffects extends Pick<TenantEffects, "signal" | "drop"> {
  notify(event: UdpBlockedEvent | UdpRestoredEvent): void;
}

interface Blocked {
  readonly member: Member;
  /** Whether the application knows of it, and so wants to hear when it is over. */
  told: boolean;
}

interface Trial {
  readonly seq: ProbeSeq;
  readonly peer: PeerId;
}

export interface SavedUdpWatch {
  /** When to tell again of which member. */
  readonly tellAgainAt: ReadonlyMap<string, Instant>;
  readonly blocked: readonly { readonly name: string; readonly told: boolean }[];
  readonly trial: Trial | undefined;
}

export class UdpWatch {
  /** When to tell of a member again. Held weakly: the forgotten need no place here. */
  readonly #tellAgainAt = new WeakMap<Member, Instant>();
  /** Nearly no node ever has any, and it is asked at each probe. */
  #blocked: Map<PeerId, Blocked> | undefined;
  /** The latest: there is one round of probing at a time. */
  #trial: Trial | undefined;

  isBlocked({ peer }: Member): boolean {
    return this.#blocked?.has(peer) === true;
  }

  /** Names of all whom datagrams do not reach. */
  get blocked(): readonly string[] {
    return [...(this.#blocked?.values() ?? [])].map(({ member }) => member.name);
  }

  /** A probe of `member` has succeeded over a stream alone. */
  handleRescue(member: Member, now: Instant, effects: UdpWatchEffects): void {
    effects.drop("udpBlocked");
    const { peer } = member;
    const known = this.#blocked?.get(peer) ?? { member, told: false };
    this.#block(known);
    effects.signal({ type: "packetsLost", peer });
    if (now < (this.#tellAgainAt.get(member) ?? now)) return;
    this.#tellAgainAt.set(member, later(now, UDP_BLOCKED_EVERY_MS));
    known.told = true;
    effects.notify({ type: "udpBlocked", member: viewOf(member), at: now });
  }

  /** A ping with this number goes to a member that is blocked, as a datagram. */
  handleTrial({ peer }: Member, seq: ProbeSeq): void {
    this.#trial = { seq, peer };
  }

  /** An ack that may be of the trial; returns whether it was. */
  handleAck(seq: ProbeSeq, now: Instant, effects: UdpWatchEffects): boolean {
    if (this.#trial?.seq !== seq) return false;
    const { peer } = this.#trial;
    this.#trial = undefined;
    const blocked = this.#blocked?.get(peer);
    if (blocked === undefined) return true;
    this.#blocked?.delete(peer);
    effects.signal({ type: "packetsPass", peer });
    const { member, told } = blocked;
    if (told) effects.notify({ type: "udpRestored", member: viewOf(member), at: now });
    return true;
  }

  /** The member is gone, or at another address: what we know of the way to it is worth nothing. */
  handleDown(peer: PeerId): void {
    this.#blocked?.delete(peer);
  }

  save(members: readonly Member[]): SavedUdpWatch {
    const tellAgainAt = new Map<string, Instant>();
    for (const member of members) {
      const at = this.#tellAgainAt.get(member);
      if (at !== undefined) tellAgainAt.set(member.name, at);
    }
    const blocked = [...(this.#blocked?.values() ?? [])].map(({ member: { name }, told }) => {
      return { name, told };
    });
    return { tellAgainAt, blocked, trial: this.#trial };
  }

  restore({ tellAgainAt, blocked, trial }: SavedUdpWatch, find: FindMember): void {
    for (const [name, at] of tellAgainAt) this.#tellAgainAt.set(find(name), at);
    for (const { name, told } of blocked) this.#block({ member: find(name), told });
    this.#trial = trial;
  }

  #block(blocked: Blocked): void {
    this.#blocked ??= new Map();
    this.#blocked.set(blocked.member.peer, blocked);
  }
}
