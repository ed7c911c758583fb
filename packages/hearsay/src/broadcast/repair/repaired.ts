/**
 * Repair: what a broadcast has left out is found by comparing recent logs, and handed over.
 *
 *     every intervalMs:   digest ──▶ one peer        what I have lately been told
 *                         ◀── delta                  what you lack
 *                         ◀── digest                 if you have what I lack
 *                         delta ──▶
 *
 * Promise: everyone connected, eventually. Whoever can be reached, by the sampler's choices, from somebody whose log
 * holds it gets it, whatever the machine inside has lost, as long as it is in the log: the last `maxCount` or
 * `maxBytes`. Who comes late gets what the logs still hold. Nothing is promised of the order; `Ordered` adds that.
 *
 * It stands around any broadcast machine, and speaks under its letter: `new Repaired(new RumorMongering(…), …)`. What
 * was missing is handed to the machine inside, which delivers it and tells others of it in its own way. What fits a packet goes
 * in datagrams, the rest over a link that is kept for as long. What came less than two seconds ago is given to nobody: during a stream
 * it is what travels, and would come twice.
 * @see Demers et al. 1987, sections 1.3 and 1.5: anti-entropy as a backup, with a list of recent updates
 * @module
 */
import { checkInteger, earlier, invariant, later, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  Message,
  MessageType,
  NodeEvent,
  PeerId,
  PeerSampler,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { DivertedEffects } from "../diverted-effects.ts";
import type { Delivered, Publication, PublishCommand } from "../publication.ts";
import { RecentLog } from "./recent-log.ts";
import type { SavedRecentLog, Kept } from "./recent-log.ts";
import { MAX_DIGESTED, repairWire, keptSize } from "./wire.ts";
import type { Delta, Digest, RepairMessage } from "./wire.ts";

export interface RepairOptions {
  /** Whom to compare with. */
  readonly sampler: PeerSampler;
  /** Ms between two comparisons that a node begins. Range 1..86,400,000. @default 2000 */
  readonly intervalMs?: number;
  /** Publications in the log. Range 1..1,048,576. @default 4096 */
  readonly maxCount?: number;
  /** The same by bytes. Range 1024..1,073,741,824. @default 16 MiB */
  readonly maxBytes?: number;
  /** Origins in the log. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins?: number;
  /** Bytes of one packet. Range 128..65,000. @default 1200 */
  readonly packetBytes?: number;
}

interface SavedRepaired {
  readonly inner: Saved;
  readonly log: SavedRecentLog;
  readonly at: Instant;
  readonly answers: number;
  readonly owed: ReadonlyMap<PeerId, readonly Kept[]>;
}

/** Ms for which something may still be on its way by the machine inside: nobody is given it before. */
const SETTLED_MS = 2000;
/** Digests answered between two of our own. */
const MAX_DIGESTS = 16;
/** Packets of one delta. */
const MAX_PACKETS = 4;
/** Peers that are owed large publications at a time, and how many each. */
const MAX_OWED = 8;
/** Bytes of a delta or digest beside what is in it. */
const OVERHEAD_BYTES = 16;

export class Repaired<M extends Message> implements Broadcaster<M | RepairMessage> {
  readonly name: string;
  readonly wire: TenantWire<M | RepairMessage>;
  readonly #inner: Broadcaster<M>;
  readonly #sampler: PeerSampler;
  readonly #intervalMs: number;
  readonly #packetBytes: number;
  readonly #log: RecentLog;
  readonly #diverted: DivertedEffects<M>;
  /** Those of the turn at hand. */
  #effects: TenantEffects<M | RepairMessage> | undefined;
  #now: Instant = NEVER;
  #at: Instant = NEVER;
  #answers = 0;
  readonly #owed = new Map<PeerId, readonly Kept[]>();

  constructor(inner: Broadcaster<M>, options: RepairOptions) {
    const { sampler, intervalMs = 2000, maxCount = 4096, maxBytes = 16 << 20 } = options;
    const { maxOrigins = 4096, packetBytes = 1200 } = options;
    checkInteger("intervalMs", intervalMs, 1, 86_400_000);
    checkInteger("maxCount", maxCount, 1, 1 << 20);
    checkInteger("maxBytes", maxBytes, 1024, 1 << 30);
    checkInteger("maxOrigins", maxOrigins, 1, 1 << 20);
    checkInteger("packetBytes", packetBytes, 128, 65_000);
    const { channel, messages } = inner.wire;
    invariant(channel !== undefined, "only a tenant with a letter of its own can be repaired");
    const { digest, delta } = repairWire(channel);
    const all = [...messages, digest, delta] as readonly MessageType<M | RepairMessage>[];
    this.name = inner.name;
    this.wire = { ...inner.wire, messages: all };
    this.#inner = inner;
    this.#sampler = sampler;
    this.#intervalMs = intervalMs;
    this.#packetBytes = packetBytes;
    this.#log = new RecentLog({ maxCount, maxBytes, maxOrigins });
    this.#diverted = new DivertedEffects<M>((event) => this.#onEvent(event));
  }

  get deadline(): Instant {
    return earlier(this.#inner.deadline, this.#at);
  }

  /** What was delivered lately. */
  get log(): RecentLog {
    return this.#log;
  }

  save(): SavedRepaired {
    const inner = this.#inner.save?.();
    const owed = new Map(this.#owed);
    return { inner, log: this.#log.save(), at: this.#at, answers: this.#answers, owed };
  }

  restore(saved: Saved): void {
    const { inner, log, at, answers, owed } = saved as SavedRepaired;
    this.#inner.restore?.(inner);
    this.#log.restore(log);
    this.#at = at;
    this.#answers = answers;
    for (const [peer, publications] of owed) this.#owed.set(peer, publications);
  }

  takeUp(
    publication: Publication,
    hops: number,
    now: Instant,
    effects: TenantEffects<M | RepairMessage>,
  ): boolean {
    return this.#inner.takeUp(publication, hops, now, this.#divert(now, effects));
  }

  handle(
    input: TenantInput<M | RepairMessage, PublishCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<M | RepairMessage>,
  ): void {
    if (input.type === "message" && isRepair(input.message)) {
      return this.#onRepair(input.message, input.peer, now, effects);
    }
    const inner = input as TenantInput<M, PublishCommand>;
    this.#inner.handle(inner, now, rng, this.#divert(now, effects));
    // Who has nobody to compare with sleeps until something happens.
    if (this.#at === NEVER && this.#sampler.size > 0) {
      this.#at = later(now, 1 + rng.below(this.#intervalMs));
    }
    switch (input.type) {
      case "timeout":
        return this.#onTimeout(now, rng, effects);
      case "linkUp":
        return this.#payOff(input.peer, effects);
      case "linkDown":
        this.#owed.delete(input.peer);
        return;
      default:
        return;
    }
  }

  #divert(now: Instant, effects: TenantEffects<M | RepairMessage>): TenantEffects<M> {
    this.#now = now;
    this.#effects = effects;
    return this.#diverted.to(effects);
  }

  #onEvent(event: NodeEvent): void {
    if (event.type === "delivered") {
      const { topic, origin, epoch, number, payload, hops } = event as Delivered;
      this.#log.add({ topic, origin, epoch, number, payload }, hops, this.#now);
    }
    this.#effects?.notify(event);
  }

  #onTimeout(now: Instant, rng: Rng, effects: TenantEffects<RepairMessage>): void {
    if (now < this.#at) return;
    this.#at = this.#sampler.size > 0 ? later(now, this.#intervalMs) : NEVER;
    this.#answers = 0;
    for (const peer of this.#sampler.sample(1, NO_PEER, rng)) this.#compare(peer, true, effects);
  }

  #compare(peer: PeerId, asks: boolean, effects: TenantEffects<RepairMessage>): void {
    const { complete, origins } = this.#log.digest(this.#packetBytes - OVERHEAD_BYTES);
    const told = origins.slice(0, MAX_DIGESTED);
    const isAll = complete && told.length === origins.length;
    effects.send(peer, { type: "digest", asks, complete: isAll, origins: told });
  }

  #onRepair(
    message: RepairMessage,
    from: PeerId,
    now: Instant,
    effects: TenantEffects<M | RepairMessage>,
  ): void {
    if (from === NO_PEER) return effects.drop("stranger");
    if (message.type === "digest") this.#onDigest(message, from, now, effects);
    else this.#onDelta(message, from, now, effects);
  }

  #onDigest(
    digest: Digest,
    from: PeerId,
    now: Instant,
    effects: TenantEffects<RepairMessage>,
  ): void {
    if (++this.#answers > MAX_DIGESTS) return effects.drop("tooManyDigests");
    this.#give(digest, from, now, effects);
    if (digest.asks && this.#log.isBehind(digest)) this.#compare(from, false, effects);
  }

  #give(digest: Digest, to: PeerId, now: Instant, effects: TenantEffects<RepairMessage>): void {
    const most = this.#packetBytes - OVERHEAD_BYTES;
    const packets: Kept[][] = [[]];
    const large: Kept[] = [];
    let room = most;
    const isAll = this.#log.delta(digest, later(now, -SETTLED_MS), (kept) => {
      const size = keptSize(kept);
      if (size > most) return large.push(kept) < MAX_OWED;
      let packet = packets.at(-1) as Kept[];
      if (size > room || packet.length >= MAX_DIGESTED) {
        if (packets.length >= MAX_PACKETS) return false;
        packet = [];
        packets.push(packet);
        room = most;
      }
      room -= size;
      packet.push(kept);
      return true;
    });
    for (const [i, publications] of packets.entries()) {
      const more = !isAll && i === packets.length - 1;
      if (publications.length > 0) effects.send(to, { type: "delta", more, publications });
    }
    if (large.length > 0) this.#owe(to, large, effects);
  }

  /** What does not fit a packet goes over a link, which is asked for if there is none. */
  #owe(peer: PeerId, large: readonly Kept[], effects: TenantEffects<RepairMessage>): void {
    if (this.#owed.has(peer)) return;
    if (this.#owed.size >= MAX_OWED) return effects.drop("tooManyRepairs");
    this.#owed.set(peer, large);
    effects.link(peer);
  }

  #payOff(peer: PeerId, effects: TenantEffects<RepairMessage>): void {
    const owed = this.#owed.get(peer);
    if (owed === undefined) return;
    this.#owed.delete(peer);
    for (const kept of owed) {
      effects.sendLinked(peer, { type: "delta", more: false, publications: [kept] });
    }
    effects.unlink(peer);
  }

  #onDelta(
    { more, publications }: Delta,
    from: PeerId,
    now: Instant,
    effects: TenantEffects<M | RepairMessage>,
  ): void {
    let gained = false;
    for (const { hops, ...publication } of publications) {
      if (this.#log.has(publication)) continue;
      // Delivered once, and given up since: nobody has to send it again.
      if (this.takeUp(publication, hops, now, effects)) this.#log.add(publication, hops, now);
      gained ||= this.#log.has(publication);
    }
    // Who is given nothing new asks no further: the rest waits for the next comparison.
    if (more && gained) this.#compare(from, false, effects);
  }
}

function isRepair(message: Message): message is RepairMessage {
  return message.type === "digest" || message.type === "delta";
}
