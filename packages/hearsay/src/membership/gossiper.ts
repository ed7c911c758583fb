/**
 * Gossip on a clock of its own: every interval, a packet of news to some members at random.
 *
 * Among them are the suspect and the lately dead: one declared dead in error learns of it this way, and
 * refutes.
 * @see docs/protocols/swim.md, dissemination
 * @module
 */
import { later, NEVER } from "../kernel/index.ts";
import type { Instant, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Member } from "./member.ts";

export type GossiperConfig = Pick<MembershipConfig, "gossipIntervalMs" | "gossipNodes">;

export interface GossiperNeeds {
  /** Up to `count` distinct members who may hear news. */
  gossipTargets(count: number, now: Instant, rng: Rng): readonly Member[];
}

export interface GossiperEffects {
  gossip(target: Member): void;
}

export class Gossiper {
  /** When `handleTimeout` must next be called. */
  deadline: Instant = NEVER;
  readonly #config: GossiperConfig;
  readonly #needs: GossiperNeeds;

  constructor(config: GossiperConfig, needs: GossiperNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** Begins after a random part of an interval. */
  start(now: Instant, rng: Rng): void {
    this.deadline = later(now, rng.below(this.#config.gossipIntervalMs));
  }

  handleTimeout(now: Instant, rng: Rng, effects: GossiperEffects): void {
    if (now < this.deadline) return;
    this.deadline = later(now, this.#config.gossipIntervalMs);
    const targets = this.#needs.gossipTargets(this.#config.gossipNodes, now, rng);
    for (const target of targets) effects.gossip(target);
  }
}
