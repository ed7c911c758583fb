/**
 * Gossip on a clock of its own: every interval, a packet of news to some members at random.
 *
 *     start ─▶ tick ─▶ tick ─▶ tick ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶ tick ─▶
 *                          ▲ no news waits      ▲ news: it goes with the next tick
 *
 * While no news waits the clock stands still: most nodes have nothing to say most of the time, and a wake-up
 * costs more than everything else that a node at rest does. It goes on in step, as if it had never stood.
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

export interface SavedGossiper {
  readonly next: Instant;
  readonly newsWaits: boolean;
}

export class Gossiper {
  readonly #config: GossiperConfig;
  readonly #needs: GossiperNeeds;
  #next: Instant = NEVER;
  #newsWaits = true;

  constructor(config: GossiperConfig, needs: GossiperNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#newsWaits ? this.#next : NEVER;
  }

  /** Begins after a random part of an interval. */
  start(now: Instant, rng: Rng): void {
    this.#next = later(now, rng.below(this.#config.gossipIntervalMs));
  }

  /** Whether there is anything to tell. */
  handleNews(waiting: boolean, now: Instant): void {
    this.#newsWaits = waiting;
    if (!waiting || now < this.#next) return;
    const { gossipIntervalMs } = this.#config;
    const missed = Math.floor((now - this.#next) / gossipIntervalMs) + 1;
    this.#next = later(this.#next, missed * gossipIntervalMs);
  }

  handleTimeout(now: Instant, rng: Rng, effects: GossiperEffects): void {
    if (now < this.deadline) return;
    this.#next = later(now, this.#config.gossipIntervalMs);
    const targets = this.#needs.gossipTargets(this.#config.gossipNodes, now, rng);
    for (const target of targets) effects.gossip(target);
  }

  save(): SavedGossiper {
    return { next: this.#next, newsWaits: this.#newsWaits };
  }

  restore({ next, newsWaits }: SavedGossiper): void {
    this.#next = next;
    this.#newsWaits = newsWaits;
  }
}
