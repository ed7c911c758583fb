/**
 * The lost: members that were declared dead and may come back, with the address at which to ask for them.
 *
 *     dead ──▶ lost ──▶ alive again, left, or at another address: no longer
 *                └───── reconnectTimeoutMs is over, or too many: the longest lost are given up, but for a few
 *
 * The member table forgets the dead within minutes; this list is what is left of the other half after a long
 * partition. Its last few are never given up for being old: a node that lost everybody still knows whom to ask.
 * @see docs/protocols/healing.md
 * @module
 */
import type { Address, Incarnation, Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Member } from "./member.ts";
import { saidAt } from "./said.ts";
import type { TellableMember } from "./state-stream.ts";

export type LostMembersConfig = Pick<MembershipConfig, "maxLost" | "reconnectTimeoutMs">;

export interface LostMember {
  readonly name: string;
  readonly address: Address;
  readonly incarnation: Incarnation;
  readonly lostAt: Instant;
  /** How often it was asked for, and when last. */
  readonly tries: number;
  readonly triedAt: Instant | undefined;
}

/** Not given up, however long ago they were lost. */
const KEPT_LOST = 5;

export interface SavedLostMembers {
  readonly members: readonly LostMember[];
  readonly losses: number;
}

export class LostMembers {
  readonly #config: LostMembersConfig;
  /** The next to be asked for first. */
  readonly #byName = new Map<string, LostMember>();
  #losses = 0;

  constructor(config: LostMembersConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Rises with every loss. */
  get losses(): number {
    return this.#losses;
  }

  get(name: string): LostMember | undefined {
    return this.#byName.get(name);
  }

  /** The member was declared dead. Of too many the longest lost is given up; returns whether one was. */
  add({ name, address, incarnation }: Member, now: Instant): boolean {
    this.#losses++;
    this.#byName.delete(name);
    const fresh = { name, address, incarnation, lostAt: now, tries: 0, triedAt: undefined };
    this.#byName.set(name, fresh);
    if (this.#byName.size <= this.#config.maxLost) return false;
    let longest = fresh as LostMember;
    for (const lost of this.#byName.values()) if (lost.lostAt < longest.lostAt) longest = lost;
    return this.#byName.delete(longest.name);
  }

  /** It is back, or has said goodbye: there is nobody to ask for any more. */
  remove(name: string): boolean {
    return this.#byName.delete(name);
  }

  /** Up to `count` of them to be asked for now: all have a turn before one has another. */
  take(count: number, now: Instant): LostMember[] {
    const { reconnectTimeoutMs } = this.#config;
    const taken: LostMember[] = [];
    const waiting = [...this.#byName.values()];
    for (const lost of waiting) {
      if (taken.length >= count) break;
      this.#byName.delete(lost.name);
      const isOld = now - lost.lostAt > reconnectTimeoutMs;
      if (isOld && this.#byName.size >= KEPT_LOST) continue;
      const tried = { ...lost, tries: lost.tries + 1, triedAt: now };
      this.#byName.set(lost.name, tried);
      taken.push(tried);
    }
    return taken;
  }

  save(): SavedLostMembers {
    return { members: [...this.#byName.values()], losses: this.#losses };
  }

  restore({ members, losses }: SavedLostMembers): void {
    for (const member of members) this.#byName.set(member.name, member);
    this.#losses = losses;
  }

  /**
   * As rows of a state: whoever holds one of them for alive will ask it, and it will speak up. Peers check
   * the versions of the dead, too, so they get our own.
   */
  rows(versions: Uint8Array): TellableMember[] {
    return [...this.#byName.values()].map(({ name, address, incarnation }) => {
      return { said: saidAt(name, address, incarnation, versions), incarnation, state: "dead" };
    });
  }
}
