/**
 * The rumors that a node tells: how its interest in each grows stale, and which go into one packet.
 *
 *     hot ── told, told in vain, told in vain … ──▶ removed: its name is remembered, it is told no more
 *
 * @module
 */
import type { Instant, Rng } from "../../kernel/index.ts";
import { MAX_HOPS } from "../publication.ts";
import type { Publication, PublicationId } from "../publication.ts";
import type { RumorConfig } from "./config.ts";
import { MAX_RUMORS, PACKET_OVERHEAD } from "./wire.ts";
import type { Rumor, Rumors } from "./wire.ts";

export interface HotRumor {
  /** As it is told, but for the counter. */
  readonly rumor: Rumor;
  /** That it takes in a packet. */
  readonly bytes: number;
  readonly learntAt: Instant;
  /** Contacts that were in vain: one for each cycle, or all. */
  counter: number;
  /** Cycles in which it was told, or might have been. */
  rounds: number;
  pushes: number;
  /** Whether somebody needed it in this cycle, and whether somebody did not. */
  needed: boolean;
  needless: boolean;
}

export class HotRumors {
  readonly #config: RumorConfig;
  /** Whoever waits longest to be told comes first, and news before that. */
  #rumors: HotRumor[] = [];
  /** The packet of an only rumor: the same for all who hear it. */
  #only: Rumors | undefined;

  constructor(config: RumorConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#rumors.length;
  }

  get all(): readonly HotRumor[] {
    return this.#rumors;
  }

  find(id: PublicationId): HotRumor | undefined {
    for (const hot of this.#rumors) {
      if (isNamed(hot.rumor, id)) return hot;
    }
    return undefined;
  }

  /** Takes a rumor up that has crossed `hops`; false if another has lost its place for it. */
  add(publication: Publication, hops: number, bytes: number, now: Instant): boolean {
    const { topic, origin, epoch, number, payload } = publication;
    const next = Math.min(hops, MAX_HOPS - 1) + 1;
    const hot: HotRumor = {
      rumor: { topic, origin, epoch, number, payload, hops: next, counter: 0 },
      bytes,
      learntAt: now,
      counter: 0,
      rounds: 0,
      pushes: 0,
      needed: false,
      needless: false,
    };
    // As long as it has to be: a list that has grown has room for sixteen more, in each of a million nodes.
    this.#rumors = this.#rumors.length === 0 ? [hot] : [hot, ...this.#rumors];
    this.#only = undefined;
    if (this.#rumors.length <= this.#config.maxHot) return true;
    this.#rumors.splice(this.#longest(), 1);
    return false;
  }

  save(): readonly HotRumor[] {
    return copies(this.#rumors);
  }

  /** Of an empty one. */
  restore(rumors: readonly HotRumor[]): void {
    this.#rumors = copies(rumors);
  }

  /** Whether it was here before this cycle, where that is asked. */
  isOld(hot: HotRumor, now: Instant): boolean {
    return hot.learntAt < now || this.#config.judged === "atOnce";
  }

  /** What goes into one packet, without those that its receiver has told itself; nothing if there is nothing. */
  packet(asks: boolean, heard: readonly PublicationId[], now: Instant): Rumors | undefined {
    const [first] = this.#rumors;
    if (first === undefined) return undefined;
    if (this.#rumors.length > 1) return this.#fill(asks, heard, now);
    if (!this.#mayTell(first, heard, now)) return undefined;
    first.pushes++;
    if (this.#only?.asks !== asks || this.#config.minimization) {
      this.#only = { type: "rumors", asks, rumors: [this.#told(first)] };
    }
    return this.#only;
  }

  #fill(asks: boolean, heard: readonly PublicationId[], now: Instant): Rumors | undefined {
    let room = this.#config.packetBytes - PACKET_OVERHEAD;
    const chosen: HotRumor[] = [];
    const left: HotRumor[] = [];
    for (const hot of this.#rumors) {
      const fits = hot.bytes <= room && chosen.length < MAX_RUMORS;
      if (!fits || !this.#mayTell(hot, heard, now)) {
        left.push(hot);
        continue;
      }
      room -= hot.bytes;
      hot.pushes++;
      chosen.push(hot);
    }
    if (chosen.length === 0) return undefined;
    this.#rumors = left.concat(chosen);
    return { type: "rumors", asks, rumors: chosen.map((hot) => this.#told(hot)) };
  }

  /** Counters are told where they are compared. */
  #told({ rumor, counter }: HotRumor): Rumor {
    return this.#config.minimization ? { ...rumor, counter } : rumor;
  }

  /** A contact that counts for the interest in a rumor, useful or in vain. */
  count(hot: HotRumor, needed: boolean, rng: Rng): void {
    if (needed) hot.needed = true;
    else hot.needless = true;
    if (this.#config.judged === "atOnce" && this.#isStale(hot, rng)) {
      this.#rumors = this.#rumors.filter((one) => one !== hot);
      this.#only = undefined;
    }
  }

  /** The end of one cycle and the beginning of the next. */
  endCycle(now: Instant, rng: Rng): void {
    let stale = 0;
    for (const hot of this.#rumors) {
      if (!this.isOld(hot, now)) continue;
      hot.rounds++;
      if (this.#isStale(hot, rng) || this.#isOver(hot, now)) {
        hot.rounds = GONE;
        stale++;
      }
    }
    if (stale === 0) return;
    this.#rumors = this.#rumors.filter(({ rounds }) => rounds !== GONE);
    this.#only = undefined;
  }

  /** Counts what the cycle, or one contact, came to; whether that ends the interest. */
  #isStale(hot: HotRumor, rng: Rng): boolean {
    const { needed, needless } = hot;
    if (!needed && !needless) return false;
    hot.needed = false;
    hot.needless = false;
    const { interest, k, resetOnNeed } = this.#config;
    if (needed && resetOnNeed) {
      hot.counter = 0;
      return false;
    }
    if (!needless || k === Infinity) return false;
    if (interest === "coin") return rng.below(k) === 0;
    return ++hot.counter >= k;
  }

  #mayTell(hot: HotRumor, heard: readonly PublicationId[], now: Instant): boolean {
    if (!this.isOld(hot, now) || this.#isOver(hot, now)) return false;
    return heard.length === 0 || !heard.some((id) => isNamed(hot.rumor, id));
  }

  #isOver(hot: HotRumor, now: Instant): boolean {
    const { expiry } = this.#config;
    if (expiry === "none") return false;
    if ("afterMs" in expiry) return now - hot.learntAt >= expiry.afterMs;
    if ("afterPushes" in expiry) return hot.pushes >= expiry.afterPushes;
    return hot.rounds > expiry.afterRounds;
  }

  /** The place of the one that has been told for longest. */
  #longest(): number {
    let longest = 0;
    let since = Infinity;
    for (const [i, { learntAt }] of this.#rumors.entries()) {
      if (learntAt > since || (learntAt === since && i < longest)) continue;
      longest = i;
      since = learntAt;
    }
    return longest;
  }
}

function copies(rumors: readonly HotRumor[]): HotRumor[] {
  const copied: HotRumor[] = [];
  for (const hot of rumors) copied.push({ ...hot });
  return copied;
}

function isNamed(rumor: Rumor, { origin, epoch, number }: PublicationId): boolean {
  return rumor.number === number && rumor.epoch === epoch && rumor.origin === origin;
}

/** Marks those that go, in place of their rounds. */
const GONE = -1;
