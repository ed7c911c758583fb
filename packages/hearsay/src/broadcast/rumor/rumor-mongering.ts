/**
 * Rumor mongering: whoever hears something new tells it to one after another, until it is no news any more.
 *
 *     susceptible ── hears it ──▶ infective ── told in vain, k times or 1 time in k ──▶ removed
 *                                 tells one peer a cycle, or is asked                   knows it, is silent
 *
 *     push      rumors ──▶      feedback ◀──
 *     pull      ask ──▶         rumors ◀──         feedback ──▶
 *     pushpull  rumors, ask ──▶ rumors, feedback ◀── feedback ──▶
 *
 * Promise: best effort. A rumor reaches all but a small share of those who are there while it spreads, and how small
 * is chosen with k: it stops before the last have heard it, at a cost that is known beforehand. Nothing is promised of
 * the order, and nothing to who comes later; `Repaired` brings what is missing.
 *
 * One machine for synchronous rounds and for nodes with clocks of their own: the state "at the start of the cycle" is
 * what a node knew before this instant, and a round is one instant.
 * @see Demers et al. 1987, Epidemic algorithms for replicated database maintenance, section 1.4
 * @module
 */
import { assertNever, later, NEVER, NO_PEER, ORIGIN_SILENT_MS } from "../../kernel/index.ts";
import type {
  Instant,
  PeerId,
  PeerSampler,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { delivered } from "../publication.ts";
import type { Publication, PublicationId, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";
import { Callers } from "./callers.ts";
import type { SavedCallers } from "./callers.ts";
import { resolveRumorConfig } from "./config.ts";
import type { RumorConfig } from "./config.ts";
import { HotRumors } from "./hot-rumors.ts";
import type { HotRumor } from "./hot-rumors.ts";
import { PACKET_OVERHEAD, RUMOR_CHANNEL, RUMOR_MESSAGES, rumorSize, VERDICT } from "./wire.ts";
import type { Call, Rumor, RumorMessage, Rumors, Verdict } from "./wire.ts";

export interface RumorOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Whom to tell and to ask. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<RumorConfig>;
}

type Effects = TenantEffects<RumorMessage>;

const WIRE: TenantWire<RumorMessage> = { channel: RUMOR_CHANNEL, messages: RUMOR_MESSAGES };
/** Peers whose feedback is waited for, each once for each time that it was told: those who were told last. */
const MAX_TOLD = 16;

/** Much less than an origin must be silent for to be forgotten. */
const LATELY_MS = ORIGIN_SILENT_MS / 4;

const NOTHING: readonly PublicationId[] = [];
const ASK: Rumors = { type: "rumors", asks: true, rumors: [] };
const CALL: Call = { type: "call" };
const ACCEPT: Call = { type: "accept" };
const REFUSE: Call = { type: "refuse" };

interface SavedRumors {
  readonly publisher: SavedPublisher;
  readonly hot: readonly HotRumor[];
  readonly told: readonly PeerId[];
  readonly callers: SavedCallers | undefined;
  readonly deadline: Instant;
  readonly cycleAt: Instant;
}

export class RumorMongering implements Broadcaster<RumorMessage> {
  readonly name: string = "rumor";
  readonly wire: TenantWire<RumorMessage> = WIRE;
  deadline: Instant = NEVER;
  readonly #config: RumorConfig;
  readonly #sampler: PeerSampler;
  readonly #publisher: Publisher;
  /** These are made when they are first needed: a node that has heard nothing is next to nothing. */
  #hot: HotRumors | undefined;
  #told: PeerId[] | undefined;
  #callers: Callers | undefined;
  /** When this cycle of ours began. */
  #cycleAt: Instant = -Infinity as Instant;

  constructor({ name, epoch, sampler, config }: RumorOptions) {
    this.#config = resolveRumorConfig(config);
    this.#sampler = sampler;
    this.#publisher = new Publisher({ name, epoch, maxOrigins: this.#config.maxOrigins });
  }

  /** What is told at present. */
  get hot(): readonly Publication[] {
    return (this.#hot?.all ?? []).map(({ rumor }) => rumor);
  }

  get hotCount(): number {
    return this.#hot?.size ?? 0;
  }

  /** Whether this publication has come, told still or not. */
  hasSeen(id: PublicationId): boolean {
    return this.#publisher.hasSeen(id);
  }

  save(): SavedRumors {
    return {
      publisher: this.#publisher.save(),
      hot: this.#hot?.save() ?? [],
      told: [...(this.#told ?? [])],
      callers: this.#callers?.save(),
      deadline: this.deadline,
      cycleAt: this.#cycleAt,
    };
  }

  restore(saved: Saved): void {
    const { publisher, hot, told, callers, deadline, cycleAt } = saved as SavedRumors;
    this.#publisher.restore(publisher);
    if (hot.length > 0) (this.#hot = new HotRumors(this.#config)).restore(hot);
    if (told.length > 0) this.#told = [...told];
    if (callers !== undefined) (this.#callers = new Callers(this.#config)).restore(callers);
    this.deadline = deadline;
    this.#cycleAt = cycleAt;
  }

  handle(
    input: TenantInput<RumorMessage, PublishCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        // A cycle is over at its end, whichever comes first: the timeout or somebody's message.
        if (now >= this.deadline) this.#endCycle(now, rng);
        return this.#onMessage(input.message, input.peer, now, rng, effects);
      case "timeout":
        return this.#onTimeout(now, rng, effects);
      case "command":
        return this.#publish(input.command, now, effects);
      case "start":
        // Who asks begins anywhere within a cycle, so that a cluster started at once does not ask at once.
        if (this.#config.direction !== "push") {
          this.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
        }
        return;
      default:
        return;
    }
  }

  /** Takes up what has come another way: it is delivered and told as if a peer had told it. */
  takeUp(publication: Publication, hops: number, now: Instant, effects: Effects): boolean {
    const { topic, origin, epoch, number, payload } = publication;
    const rumor = { topic, origin, epoch, number, payload, hops, counter: 0 };
    this.#see(rumor, now, effects);
    return this.#publisher.hasSeen(rumor);
  }

  /** Whether it is new; then it is ours from now on. */
  #see(rumor: Rumor, now: Instant, effects: Effects): boolean {
    const sighting = this.#publisher.see(rumor, now);
    if (sighting !== "new") {
      effects.drop(sighting);
      return false;
    }
    const bytes = rumorSize(rumor);
    if (this.#fits(bytes)) this.#learn(rumor, rumor.hops, bytes, now, effects);
    else effects.drop("rumorTooLarge");
    return true;
  }

  #publish(command: PublishCommand, now: Instant, effects: Effects): void {
    const { topic, payload } = command;
    const bytes = rumorSize({ ...this.#publisher.next, topic, payload, hops: 0, counter: 0 });
    if (!this.#fits(bytes)) return effects.drop("rumorTooLarge");
    this.#learn(this.#publisher.publish(command, now), 0, bytes, now, effects);
  }

  /** Delivers it here and tells it from the next cycle on. */
  #learn(
    publication: Publication,
    hops: number,
    bytes: number,
    now: Instant,
    effects: Effects,
  ): void {
    effects.notify(delivered(publication, hops));
    this.#hot ??= new HotRumors(this.#config);
    if (!this.#hot.add(publication, hops, bytes, now)) effects.drop("tooManyRumors");
    if (this.deadline === NEVER) this.deadline = later(now, this.#config.intervalMs);
  }

  #fits(bytes: number): boolean {
    return PACKET_OVERHEAD + bytes <= this.#config.packetBytes;
  }

  #onTimeout(now: Instant, rng: Rng, effects: Effects): void {
    if (now < this.deadline) return;
    this.#endCycle(now, rng);
    const { direction, fanout, intervalMs } = this.#config;
    if (direction === "push" && this.hotCount === 0) {
      this.deadline = NEVER;
      return;
    }
    this.deadline = later(now, intervalMs);
    if (this.#isLimited) (this.#callers ??= new Callers(this.#config)).begin();
    for (const peer of this.#sampler.sample(fanout, NO_PEER, rng)) {
      this.#contact(peer, now, rng, effects);
    }
  }

  #endCycle(now: Instant, rng: Rng): void {
    if (this.#cycleAt === now) return;
    this.#cycleAt = now;
    this.#hot?.endCycle(now, rng);
  }

  get #isLimited(): boolean {
    return this.#config.connectionLimit !== Infinity;
  }

  /** Where contacts are limited, asks first, so that a refusal costs no rumors. A pull is a question itself. */
  #contact(peer: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    if (!this.#isLimited) return this.#speak(peer, now, rng, effects);
    this.#callers?.calls(peer);
    effects.send(peer, this.#config.direction === "pull" ? ASK : CALL);
  }

  #speak(peer: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    const { direction } = this.#config;
    if (direction === "pull") return effects.send(peer, ASK);
    const asks = direction === "pushpull";
    const packet = this.#packet(peer, asks, NOTHING, now, rng) ?? (asks ? ASK : undefined);
    if (packet !== undefined) effects.send(peer, packet);
  }

  /** What to tell a peer; without feedback, that alone is a contact that counts. */
  #packet(
    peer: PeerId,
    asks: boolean,
    heard: readonly PublicationId[],
    now: Instant,
    rng: Rng,
  ): Rumors | undefined {
    const hot = this.#hot;
    const packet = hot?.packet(asks, heard, now);
    if (hot === undefined || packet === undefined) return undefined;
    if (this.#config.response === "feedback") {
      if (this.#told === undefined) this.#told = [peer];
      else if (this.#told.push(peer) > MAX_TOLD) this.#told.shift();
      return packet;
    }
    for (const rumor of packet.rumors) {
      const told = hot.find(rumor);
      if (told !== undefined) hot.count(told, false, rng);
    }
    return packet;
  }

  #onMessage(message: RumorMessage, from: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    switch (message.type) {
      case "rumors":
        return this.#onRumors(message, from, now, rng, effects);
      case "feedback":
        return this.#onFeedback(message.verdicts, from, rng, effects);
      case "call":
        if (from === NO_PEER) return effects.drop("stranger");
        return effects.send(from, this.#accepts(now) ? ACCEPT : REFUSE);
      case "accept":
        if (this.#callers?.answers(from) !== true) return effects.drop("notCalled");
        return this.#speak(from, now, rng, effects);
      case "refuse":
        return this.#onRefuse(from, now, rng, effects);
      default:
        assertNever(message);
    }
  }

  #accepts(now: Instant): boolean {
    if (!this.#isLimited) return true;
    return (this.#callers ??= new Callers(this.#config)).accept(now);
  }

  #onRefuse(from: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    if (this.#callers?.answers(from) !== true) return effects.drop("notCalled");
    if (!this.#callers.mayHunt()) return;
    for (const peer of this.#sampler.sample(1, from, rng)) this.#contact(peer, now, rng, effects);
  }

  #onRumors(
    { asks, rumors }: Rumors,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    const verdicts: Verdict[] = [];
    for (const rumor of rumors) {
      const { origin, epoch, number } = rumor;
      const verdict = this.#hear(rumor, now, rng, effects);
      verdicts.push({ origin, epoch, number, verdict });
    }
    const { response, direction } = this.#config;
    // News from somebody whom we cannot answer is news all the same.
    if (from === NO_PEER) return effects.drop("stranger");
    if (asks) {
      // A call has gone before, unless asking is all that they do.
      if (direction === "pull" && !this.#accepts(now)) return effects.send(from, REFUSE);
      const packet = this.#packet(from, false, rumors, now, rng);
      if (packet !== undefined) effects.send(from, packet);
    }
    if (response === "feedback" && verdicts.length > 0) {
      effects.send(from, { type: "feedback", verdicts });
    }
  }

  /** Hears one rumor, and judges whether that was needed. */
  #hear(rumor: Rumor, now: Instant, rng: Rng, effects: Effects): number {
    const hot = this.#hot;
    const known = hot?.find(rumor);
    // What is told here lately has been seen: no need to look that up as well.
    if (known !== undefined && now - known.learntAt < LATELY_MS) effects.drop("repeated");
    else if (this.#see(rumor, now, effects)) return VERDICT.needed;
    if (hot === undefined || known === undefined) return VERDICT.needless;
    if (!hot.isOld(known, now)) return VERDICT.needed;
    const { direction, minimization } = this.#config;
    // In a contact both ways it is ours as well as theirs that was in vain.
    if (direction !== "pushpull") return VERDICT.needless;
    const { counter } = known;
    if (!minimization || counter <= rumor.counter) hot.count(known, false, rng);
    return minimization && counter < rumor.counter ? VERDICT.excused : VERDICT.needless;
  }

  #onFeedback(verdicts: readonly Verdict[], from: PeerId, rng: Rng, effects: Effects): void {
    const hot = this.#hot;
    const place = this.#told?.indexOf(from) ?? -1;
    if (hot === undefined || place < 0) return effects.drop("notAsked");
    this.#told?.splice(place, 1);
    for (const verdict of verdicts) {
      const known = verdict.verdict === VERDICT.excused ? undefined : hot.find(verdict);
      if (known !== undefined) hot.count(known, verdict.verdict === VERDICT.needed, rng);
    }
  }
}
