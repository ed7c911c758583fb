/**
 * What happens between two hosts: how long things take, what is lost, who cannot reach whom.
 *
 *     obstacles   partitions, bridges, rings, cuts, firewalls, MTUs, clogs    obstacles.ts
 *     loss        of datagrams; what streams lose is sent again and comes later
 *     latency     any distribution, jitter, the queue of a slow link    distributions.ts, link-queues.ts
 *     mischief    what else happens to datagrams: copies, replays, flipped bytes        mischief.ts
 *
 * Hosts are indices here. Each kind of decision has its own source of randomness, and the decision about one thing
 * sent hangs on its number alone: switching one fault does not shift the decisions of another. Without faults all
 * of them are behind one check.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";
import type { Rng } from "../kernel/index.ts";
import { distributionOf } from "./distributions.ts";
import type { Distribution, Latency } from "./distributions.ts";
import { LinkQueues } from "./link-queues.ts";
import { Lots } from "./lots.ts";
import { Mischief } from "./mischief.ts";
import { FirstCounts } from "./network-counts.ts";
import type { NetworkCounts } from "./network-counts.ts";
import type { NetworkOptions } from "./network-options.ts";
import { Obstacles } from "./obstacles.ts";
import { ANYBODY, WayMap } from "./ways.ts";
import type { Way } from "./ways.ts";

/** Fate of a datagram that does not arrive; otherwise its fate is its latency in ms. */
export const LOST = -1;
/** Fate of a datagram that waits in a clogged way. */
export const CLOGGED = -2;

/** From anybody to anybody. */
export const EVERY_WAY: readonly Way[] = [[ANYBODY, ANYBODY]];

/** Linux' least retransmission timeout; each further one takes twice as long. */
const RETRANSMIT_MS = 200;
/** The first for a SYN. */
const HANDSHAKE_RETRANSMIT_MS = 1000;
/** A part that is lost as often as this gets through nevertheless. */
const MAX_RETRANSMITS = 10;
/** Lots of streams are other ones than those of datagrams. */
const OF_STREAMS = 1;

export class Network {
  readonly mischief: Mischief;
  readonly #clock: { readonly now: number };
  readonly #latencyRng: Rng;
  readonly #lossRng: Rng;
  readonly #jitterLots: Lots;
  readonly #againLots: Lots;
  readonly #firstLatency: Latency;
  #latency: Distribution = distributionOf(1);
  #loss = 0;
  #jitterMs = 0;
  readonly #latencies = new WayMap<Distribution>();
  readonly #losses = new WayMap<number>();
  readonly #queues = new LinkQueues();
  readonly #obstacles = new Obstacles();
  /** Whether nothing but the same latency and loss for all is in force. */
  #isPlain = true;
  readonly #counts = new FirstCounts();
  #segments = 0;

  constructor(
    rng: Rng,
    options: NetworkOptions = {},
    clock: { readonly now: number } = { now: 0 },
  ) {
    this.#clock = clock;
    this.#latencyRng = rng.fork();
    this.#lossRng = rng.fork();
    this.#jitterLots = new Lots(rng);
    this.#againLots = new Lots(rng);
    this.mischief = new Mischief(rng, this.#counts);
    this.#firstLatency = options.latencyMs ?? 1;
    this.setLatency(this.#firstLatency);
    for (const [from, row] of (options.latencyMatrixMs ?? []).entries()) {
      for (const [to, latency] of row.entries()) this.setLatency(latency, [[from, to]]);
    }
    this.setJitter(options.jitterMs ?? 0);
    this.setLoss(options.loss ?? 0);
    this.setBandwidth(options.bandwidth);
    this.mischief.set("duplicate", options.duplicate ?? 0);
    this.mischief.set("replay", options.replay ?? 0);
    this.mischief.set("corrupt", options.corrupt ?? 0);
  }

  get counts(): NetworkCounts {
    return { ...this.#counts };
  }

  /** Number of the datagram that was sent last. */
  get datagrams(): number {
    return this.#counts.datagrams;
  }

  /**
   * Everywhere, or on these ways. What is set everywhere replaces what was set of ways.
   * @throws HearsayError `ERR_OPTION`
   */
  setLatency(latencyMs: Latency, ways: readonly Way[] = EVERY_WAY): void {
    const latency = distributionOf(latencyMs);
    if (ways === EVERY_WAY) {
      this.#latency = latency;
      this.#latencies.clear();
    } else for (const way of ways) this.#latencies.set(way, latency);
    this.#settle();
  }

  /** As `setLatency`. @throws HearsayError `ERR_OPTION` */
  setLoss(loss: number, ways: readonly Way[] = EVERY_WAY): void {
    if (!(loss >= 0 && loss <= 1)) throw optionError("loss", "a probability in 0..1", loss);
    if (ways === EVERY_WAY) {
      this.#loss = loss;
      this.#losses.clear();
    } else for (const way of ways) this.#losses.set(way, loss);
    this.#settle();
  }

  /** @throws HearsayError `ERR_OPTION` */
  setJitter(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw optionError("jitterMs", "ms >= 0", ms);
    this.#jitterMs = ms;
    this.#settle();
  }

  /**
   * Bits a second that each direction of each way carries; `undefined` lets it carry all.
   * @throws HearsayError `ERR_OPTION`
   */
  setBandwidth(bitsPerSecond: number | undefined, ways: readonly Way[] = EVERY_WAY): void {
    this.#queues.limit(ways, bitsPerSecond);
    this.#settle();
  }

  /**
   * Bytes of datagrams that get through these ways at most, without the headers of IP and UDP; `undefined` lets all through.
   * @throws HearsayError `ERR_OPTION`
   */
  setMtu(bytes: number | undefined, ways: readonly Way[] = EVERY_WAY): void {
    if (bytes !== undefined) checkInteger("mtu", bytes, 1, 65_535);
    this.obstruct((obstacles) => obstacles.narrow(bytes, ways));
  }

  /** Lets `change` put obstacles into the way, or take them out of it. */
  obstruct(change: (obstacles: Obstacles) => void): void {
    change(this.#obstacles);
    this.#settle();
  }

  /** Ends all that goes wrong, and gives things the latency that they had at first. */
  calm(): void {
    this.#obstacles.reach.repair();
    this.#obstacles.unclog(EVERY_WAY);
    this.#obstacles.unblock("udp", EVERY_WAY);
    this.#obstacles.unblock("tcp", EVERY_WAY);
    this.#obstacles.narrow(undefined, EVERY_WAY);
    this.setLatency(this.#firstLatency);
    this.setLoss(0);
    this.setJitter(0);
    this.setBandwidth(undefined);
    this.mischief.set("duplicate", 0);
    this.mischief.set("replay", 0);
    this.mischief.set("corrupt", 0);
  }

  isClogged(from: number, to: number): boolean {
    return this.#obstacles.clogs(from, to);
  }

  /** Whether parts of streams get from `from` to `to` now. */
  carriesStreams(from: number, to: number): boolean {
    return this.#isPlain || this.#obstacles.lets("tcp", from, to);
  }

  /** Sends a datagram: its latency in ms, `LOST` or `CLOGGED`. */
  datagram(from: number, to: number, bytes: number): number {
    const counts = this.#counts;
    counts.datagrams++;
    counts.datagramBytes += bytes;
    const latencyDraw = this.#latencyRng.unit();
    const lossDraw = this.#lossRng.unit();
    if (!this.#isPlain) return this.#troubled(from, to, bytes, latencyDraw, lossDraw);
    if (lossDraw >= this.#loss) return this.#latency.at(latencyDraw);
    counts.lost++;
    return LOST;
  }

  /**
   * Latency of a datagram that is sent on once more, or after it has waited; `LOST` if it gets nowhere. `aspect` tells
   * why.
   */
  again(from: number, to: number, number: number, aspect: number): number {
    if (!this.#obstacles.lets("udp", from, to)) return LOST;
    return this.#latencyOf(from, to).at(this.#againLots.unit(number, aspect));
  }

  /** Sends a part of a stream along an open way: its latency in ms, with all that was lost under way. */
  segment(from: number, to: number, bytes: number, isHandshake: boolean): number {
    this.#segments++;
    let latency = this.#latencyOf(from, to).at(this.#latencyRng.unit());
    // One draw decides how often in a row it is lost: u < loss, u < loss², …
    const draw = this.#lossRng.unit();
    const loss = this.#losses.get(from, to) ?? this.#loss;
    let timeout = isHandshake ? HANDSHAKE_RETRANSMIT_MS : RETRANSMIT_MS;
    let chance = loss;
    for (let times = 0; draw < chance && times < MAX_RETRANSMITS; times++) {
      this.#counts.retransmitted++;
      latency += timeout;
      timeout *= 2;
      chance *= loss;
    }
    if (this.#isPlain) return latency;
    const queued = this.#queue(from, to, bytes, false) as number;
    return latency + queued + this.#jitter(this.#segments, OF_STREAMS);
  }

  /** Counts a part of a stream that finds no way through and waits. */
  hold(from: number, to: number): void {
    this.#counts.held++;
    if (!this.#obstacles.reach.reaches(from, to)) return;
    if (this.#obstacles.blocks("tcp", from, to)) this.#counts.blocked++;
    else if (this.#obstacles.clogs(from, to)) this.#counts.clogged++;
  }

  /** Counts what had to wait in a clogged way that is full, and is lost. */
  overflow(): void {
    this.#counts.overflowed++;
  }

  /** Counts what is seen from another address than the one that its sender has. */
  rewrite(): void {
    this.#counts.rewritten++;
  }

  #troubled(
    from: number,
    to: number,
    bytes: number,
    latencyDraw: number,
    lossDraw: number,
  ): number {
    const counts = this.#counts;
    if (!this.#obstacles.reach.reaches(from, to)) {
      counts.cut++;
      return LOST;
    }
    if (this.#obstacles.blocks("udp", from, to)) {
      counts.blocked++;
      return LOST;
    }
    if (this.#obstacles.cutsOff(from, to, bytes)) {
      counts.oversized++;
      return LOST;
    }
    if (lossDraw < (this.#losses.get(from, to) ?? this.#loss)) {
      counts.lost++;
      return LOST;
    }
    if (this.#obstacles.clogs(from, to)) {
      counts.clogged++;
      return CLOGGED;
    }
    const queued = this.#queue(from, to, bytes, true);
    if (queued === undefined) {
      counts.overflowed++;
      return LOST;
    }
    return this.#latencyOf(from, to).at(latencyDraw) + queued + this.#jitter(counts.datagrams, 0);
  }

  #latencyOf(from: number, to: number): Distribution {
    return this.#latencies.get(from, to) ?? this.#latency;
  }

  #queue(from: number, to: number, bytes: number, isBounded: boolean): number | undefined {
    if (this.#queues.isEmpty) return 0;
    const ms = this.#queues.pass(from, to, bytes, this.#clock.now, isBounded);
    if (ms !== undefined && ms > 0) this.#counts.queued++;
    return ms;
  }

  #jitter(number: number, aspect: number): number {
    if (this.#jitterMs === 0) return 0;
    this.#counts.jittered++;
    return this.#jitterMs * this.#jitterLots.unit(number, aspect);
  }

  #settle(): void {
    this.#isPlain =
      this.#jitterMs === 0 &&
      this.#latencies.size === 0 &&
      this.#losses.size === 0 &&
      this.#queues.isEmpty &&
      this.#obstacles.areNone;
  }
}
