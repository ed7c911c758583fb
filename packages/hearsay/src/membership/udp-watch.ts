/**
 * Tells now and then that a member answers on streams alone: something between it and us drops packets.
 *
 * Such a member is alive, and stays so; but news reaches it by state exchanges only, and somebody should look
 * at a firewall. A probe finds it out each time, an application is told every ten minutes.
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Instant, NodeEvent } from "../kernel/index.ts";
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

/** Least time between two events about one member. */
export const UDP_BLOCKED_EVERY_MS = 600_000;

export interface UdpWatchEffects {
  notify(event: UdpBlockedEvent): void;
  drop(reason: string): void;
}

export class UdpWatch {
  /** When to tell of a member again. Held weakly: the forgotten need no place here. */
  readonly #tellAgainAt = new WeakMap<Member, Instant>();

  /** A probe of `member` has succeeded over a stream alone. */
  handleRescue(member: Member, now: Instant, effects: UdpWatchEffects): void {
    effects.drop("udpBlocked");
    if (now < (this.#tellAgainAt.get(member) ?? now)) return;
    this.#tellAgainAt.set(member, later(now, UDP_BLOCKED_EVERY_MS));
    effects.notify({ type: "udpBlocked", member: viewOf(member), at: now });
  }

  /** When to tell again of which of these. */
  save(members: readonly Member[]): ReadonlyMap<string, Instant> {
    const saved = new Map<string, Instant>();
    for (const member of members) {
      const at = this.#tellAgainAt.get(member);
      if (at !== undefined) saved.set(member.name, at);
    }
    return saved;
  }

  restore(saved: ReadonlyMap<string, Instant>, find: FindMember): void {
    for (const [name, at] of saved) this.#tellAgainAt.set(find(name), at);
  }
}
