/**
 * The forgotten: names of members that were gone for so long that their rows were given up.
 *
 *     dead, left ──gossipToTheDeadMs──▶ forgotten: name → incarnation ──forgottenMs, or too many──▶ unknown
 *
 * Without this memory a member that is gone for good comes back as a ghost: whoever missed the news tells of
 * it as alive, whoever has forgotten it takes it for new, and the two infect each other for ever. So a claim
 * under an incarnation that is known to be over wakes nobody, row or no row.
 * @see docs/protocols/healing.md, no ghosts
 * @module
 */
import type { Incarnation, Instant } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";

export type ForgottenConfig = Pick<MembershipConfig, "maxForgotten" | "forgottenMs">;

export interface Epitaph {
  readonly incarnation: Incarnation;
  readonly at: Instant;
}

export class Forgotten {
  readonly #config: ForgottenConfig;
  /** In the order in which they were forgotten. */
  readonly #epitaphs = new Map<string, Epitaph>();

  constructor(config: ForgottenConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#epitaphs.size;
  }

  /**
   * Nobody of this name lives under `incarnation` or below. Of too many the oldest memory makes room; returns whether
   * one did.
   */
  remember(name: string, incarnation: Incarnation, now: Instant): boolean {
    const { maxForgotten, forgottenMs } = this.#config;
    this.#epitaphs.delete(name);
    this.#epitaphs.set(name, { incarnation, at: now });
    for (const [oldest, { at }] of this.#epitaphs) {
      if (now - at <= forgottenMs) break;
      this.#epitaphs.delete(oldest);
    }
    const [oldest] = this.#epitaphs.keys();
    return this.#epitaphs.size > maxForgotten && this.#epitaphs.delete(oldest as string);
  }

  /** The last incarnation of a forgotten member, or `undefined` if nothing is known of the name. */
  incarnationOf(name: string, now: Instant): Incarnation | undefined {
    const epitaph = this.#epitaphs.get(name);
    if (epitaph === undefined || now - epitaph.at > this.#config.forgottenMs) return undefined;
    return epitaph.incarnation;
  }

  save(): ReadonlyMap<string, Epitaph> {
    return new Map(this.#epitaphs);
  }

  restore(saved: ReadonlyMap<string, Epitaph>): void {
    for (const [name, epitaph] of saved) this.#epitaphs.set(name, epitaph);
  }

  /** The member is back, or its name has another bearer. */
  recall(name: string): void {
    this.#epitaphs.delete(name);
  }
}
