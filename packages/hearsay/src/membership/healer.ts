/**
 * The healer: asks for members that were lost, and at the seeds, so that the parts of a cluster meet again
 * with nobody's help.
 *
 *     every interval   ping by name to some of the lost ──ack──▶ state exchange ──▶ a second one, soon after
 *                      "seeds wanted" ──▶ host resolves ──▶ state exchange with some who are no members
 *
 * A lost member's address may meanwhile be another's. The ping carries the name that we expect, and whoever
 * bears another does not answer: two clusters never become one because an address was reused. Seeds have no
 * name. They are the operator's word that whoever is there belongs to us, and are asked as a join asks.
 *
 * The first exchange tells each side that it was thought dead, the second, after the time that gossip takes,
 * brings what everybody has said to that.
 *
 * All members of a large cluster lose the same one. So that it is not asked for by each of them every time,
 * the interval is longer the more members there are for each one lost; whoever has lost more than it has
 * left does not wait.
 * @see docs/protocols/healing.md
 * @module
 */
import { earlier, later, NEVER } from "../kernel/index.ts";
import type { Address, ExchangeId, Instant, ProbeSeq, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { SeedsWantedEvent } from "./events.ts";
import type { LostMembers } from "./lost-members.ts";

export type HealerConfig = Pick<
  MembershipConfig,
  "reconnectIntervalMs" | "reconnectNodes" | "probeIntervalMs" | "gossipIntervalMs"
>;

/** Rounds of gossip between the two exchanges with one who was lost. */
const SECOND_EXCHANGE_GOSSIPS = 10;
/** First exchanges under way at the same time, and second ones that wait. */
const MAX_EXCHANGES = 16;

export interface HealerNeeds {
  readonly lost: LostMembers;
  /** Whether anybody answers `seedsWanted`. */
  readonly hasSeeds: boolean;
  /** Alive members but ourselves. */
  alive(): number;
  isAliveAt(address: Address): boolean;
  /** A number that no other probe of this node has. */
  nextSeq(): ProbeSeq;
}

export interface HealerEffects {
  /** A ping to whoever is there, if that is its name. */
  pingAt(address: Address, name: string, seq: ProbeSeq): void;
  /** Opens an exchange as a join does; `handleExchanged` follows. */
  openExchange(address: Address): ExchangeId;
  notify(event: SeedsWantedEvent): void;
  drop(reason: string): void;
}

/** An exchange that waits for its time. */
interface Again {
  readonly at: Instant;
  readonly address: Address;
}

export interface SavedHealer {
  readonly next: Instant;
  readonly lastAt: Instant;
  readonly lossesSeen: number;
  readonly strangers: number;
  readonly asked: ReadonlyMap<ProbeSeq, Address>;
  readonly answersUntil: Instant;
  readonly open: ReadonlyMap<ExchangeId, Address>;
  readonly again: readonly Again[];
}

export class Healer {
  readonly #config: HealerConfig;
  readonly #needs: HealerNeeds;
  #next: Instant = NEVER;
  #lastAt = -Infinity as Instant;
  #lossesSeen = 0;
  /** Seeds, by the last look, that are no members. */
  #strangers = 0;
  /** Lost members that were pinged and may still answer: until `#answersUntil`. */
  readonly #asked = new Map<ProbeSeq, Address>();
  #answersUntil: Instant = NEVER;
  /** First exchanges under way. */
  readonly #open = new Map<ExchangeId, Address>();
  /** Where to go for a second exchange, and when; the earliest first. */
  readonly #again: Again[] = [];

  constructor(config: HealerConfig, needs: HealerNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return earlier(this.#next, this.#again[0]?.at ?? NEVER);
  }

  start(now: Instant, rng: Rng): void {
    this.#schedule(now, rng);
  }

  /** Asks for nobody any more. */
  stop(): void {
    this.#next = NEVER;
    this.#again.length = 0;
  }

  /** To be called after every input: somebody may have been lost, and be worth an earlier round. */
  reconsider(now: Instant, rng: Rng): void {
    const { losses } = this.#needs.lost;
    if (losses === this.#lossesSeen) return;
    this.#lossesSeen = losses;
    if (this.#next === NEVER) return;
    const candidate = later(now, rng.below(this.#intervalMs));
    const soonest = later(this.#lastAt, this.#config.reconnectIntervalMs / 2);
    this.#next = earlier(this.#next, candidate < soonest ? soonest : candidate);
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(seq: ProbeSeq, now: Instant, effects: HealerEffects): boolean {
    const address = this.#asked.get(seq);
    if (address === undefined || now > this.#answersUntil) return false;
    this.#asked.delete(seq);
    this.#exchange(address, effects);
    return true;
  }

  /** Where the seeds are now. */
  handleSeeds(addresses: readonly Address[], rng: Rng, effects: HealerEffects): void {
    const strangers = addresses.filter((address) => !this.#needs.isAliveAt(address));
    this.#strangers = strangers.length;
    if (this.#next === NEVER) return;
    for (let left = this.#config.reconnectNodes; left > 0 && strangers.length > 0; left--) {
      const [address] = strangers.splice(rng.below(strangers.length), 1) as [Address];
      this.#exchange(address, effects);
    }
  }

  handleExchanged(exchange: ExchangeId, failed: boolean, now: Instant): void {
    const address = this.#open.get(exchange);
    if (address === undefined) return;
    this.#open.delete(exchange);
    if (failed || this.#next === NEVER || this.#again.length >= MAX_EXCHANGES) return;
    const at = later(now, SECOND_EXCHANGE_GOSSIPS * this.#config.gossipIntervalMs);
    this.#again.push({ at, address });
  }

  handleTimeout(now: Instant, rng: Rng, effects: HealerEffects): void {
    while ((this.#again[0]?.at ?? NEVER) <= now) {
      effects.openExchange((this.#again.shift() as { address: Address }).address);
    }
    if (now < this.#next) return;
    this.#lastAt = now;
    this.#asked.clear();
    this.#answersUntil = later(now, this.#config.probeIntervalMs);
    for (const { name, address } of this.#needs.lost.take(this.#config.reconnectNodes, now)) {
      const seq = this.#needs.nextSeq();
      this.#asked.set(seq, address);
      effects.pingAt(address, name, seq);
    }
    if (this.#needs.hasSeeds) effects.notify({ type: "seedsWanted" });
    this.#schedule(now, rng);
  }

  save(): SavedHealer {
    return {
      next: this.#next,
      lastAt: this.#lastAt,
      lossesSeen: this.#lossesSeen,
      strangers: this.#strangers,
      asked: new Map(this.#asked),
      answersUntil: this.#answersUntil,
      open: new Map(this.#open),
      again: [...this.#again],
    };
  }

  restore(saved: SavedHealer): void {
    this.#next = saved.next;
    this.#lastAt = saved.lastAt;
    this.#lossesSeen = saved.lossesSeen;
    this.#strangers = saved.strangers;
    for (const [seq, address] of saved.asked) this.#asked.set(seq, address);
    this.#answersUntil = saved.answersUntil;
    for (const [exchange, address] of saved.open) this.#open.set(exchange, address);
    this.#again.push(...saved.again);
  }

  #exchange(address: Address, effects: HealerEffects): void {
    if (this.#open.size >= MAX_EXCHANGES) return effects.drop("tooManyExchanges");
    this.#open.set(effects.openExchange(address), address);
  }

  /** The next round comes after half an interval at least and one at most. */
  #schedule(now: Instant, rng: Rng): void {
    const half = Math.ceil(this.#intervalMs / 2);
    this.#next = later(now, half + rng.below(half));
  }

  get #intervalMs(): number {
    const missing = Math.max(1, this.#needs.lost.size + this.#strangers);
    const scale = Math.max(1, this.#needs.alive() / missing);
    return Math.floor(this.#config.reconnectIntervalMs * scale);
  }
}
