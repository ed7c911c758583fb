/**
 * What happens between two hosts: how long things take, what is lost, who cannot reach whom.
 *
 *     partition   a b | c d     both ways, between groups
 *     cut         a ──✕──▶ b    one way
 *     loss        of datagrams; what streams lose is sent again and comes later
 *     latency     constant, or uniform in a range
 *
 * Hosts are indices here. Each kind of decision draws from a source of its own, once for each thing sent
 * whether the fault is on or off: switching one fault does not shift the draws of another.
 * @module
 */
import { optionError } from "../kernel/index.ts";
import type { Rng } from "../kernel/index.ts";
import { distributionOf } from "./distributions.ts";
import type { Distribution, Latency } from "./distributions.ts";

export interface NetworkOptions {
  /** Ms from one host to another: a constant, a range, or a distribution. @default 1 */
  readonly latencyMs?: Latency;
  /** Probability that a datagram is lost, in `0..1`. @default 0 */
  readonly loss?: number;
}

/** What the network has done since the world began. */
export interface NetworkCounts {
  readonly datagrams: number;
  readonly datagramBytes: number;
  /** Datagrams lost by chance. */
  readonly lost: number;
  /** Datagrams that a partition or a cut stopped. */
  readonly cut: number;
  /** Parts of streams that had to be sent more than once. */
  readonly retransmitted: number;
  /** Parts of streams that have waited for a way through. */
  readonly held: number;
}

/** Fate of a datagram that does not arrive; otherwise its fate is its latency in ms. */
export const LOST = -1;

/** Linux' least retransmission timeout; each further one takes twice as long. */
const RETRANSMIT_MS = 200;
/** The first for a SYN. */
const HANDSHAKE_RETRANSMIT_MS = 1000;
/** A part that is lost as often as this gets through nevertheless. */
const MAX_RETRANSMITS = 10;

export class Network {
  #latency: Distribution = distributionOf(1);
  #loss = 0;
  readonly #latencyRng: Rng;
  readonly #lossRng: Rng;
  /** Group of each host; hosts without one are cut off from nobody. */
  #groups = new Map<number, number>();
  /** Targets that a host cannot reach. */
  readonly #cuts = new Map<number, Set<number>>();
  #datagrams = 0;
  #datagramBytes = 0;
  #lost = 0;
  #cut = 0;
  #retransmitted = 0;
  #held = 0;

  constructor(rng: Rng, options: NetworkOptions = {}) {
    this.#latencyRng = rng.fork();
    this.#lossRng = rng.fork();
    this.setLatency(options.latencyMs ?? 1);
    this.setLoss(options.loss ?? 0);
  }

  get counts(): NetworkCounts {
    return {
      datagrams: this.#datagrams,
      datagramBytes: this.#datagramBytes,
      lost: this.#lost,
      cut: this.#cut,
      retransmitted: this.#retransmitted,
      held: this.#held,
    };
  }

  /** @throws HearsayError `ERR_OPTION` */
  setLatency(latencyMs: Latency): void {
    this.#latency = distributionOf(latencyMs);
  }

  /** @throws HearsayError `ERR_OPTION` */
  setLoss(loss: number): void {
    if (!(loss >= 0 && loss <= 1)) throw optionError("loss", "a probability in 0..1", loss);
    this.#loss = loss;
  }

  /** Hosts of different groups cannot reach each other; replaces an earlier partition. */
  partition(groups: readonly (readonly number[])[]): void {
    this.#groups = new Map(groups.flatMap((hosts, group) => hosts.map((host) => [host, group])));
  }

  /** Nothing from `from` reaches `to`; the other way stays open. */
  cut(from: number, to: number): void {
    const targets = this.#cuts.get(from) ?? new Set<number>();
    this.#cuts.set(from, targets.add(to));
  }

  /** Lifts the partition and all cuts. */
  repair(): void {
    this.#groups.clear();
    this.#cuts.clear();
  }

  /** Whether something sent now from `from` would reach `to`. */
  reaches(from: number, to: number): boolean {
    if (from === to || (this.#cuts.size === 0 && this.#groups.size === 0)) return true;
    if (this.#cuts.get(from)?.has(to) === true) return false;
    const own = this.#groups.get(from);
    const other = this.#groups.get(to);
    return own === undefined || other === undefined || own === other;
  }

  /** Sends a datagram: its latency in ms, or `LOST`. */
  datagram(from: number, to: number, bytes: number): number {
    this.#datagrams++;
    this.#datagramBytes += bytes;
    const latency = this.#drawLatency();
    const lost = this.#lossRng.unit() < this.#loss;
    if (!this.reaches(from, to)) {
      this.#cut++;
      return LOST;
    }
    if (lost) {
      this.#lost++;
      return LOST;
    }
    return latency;
  }

  /** Sends a part of a stream along an open way: its latency in ms, with all that was lost under way. */
  segment(handshake: boolean): number {
    let latency = this.#drawLatency();
    // One draw decides how often in a row it is lost: u < loss, u < loss², …
    const draw = this.#lossRng.unit();
    let timeout = handshake ? HANDSHAKE_RETRANSMIT_MS : RETRANSMIT_MS;
    let chance = this.#loss;
    for (let times = 0; draw < chance && times < MAX_RETRANSMITS; times++) {
      this.#retransmitted++;
      latency += timeout;
      timeout *= 2;
      chance *= this.#loss;
    }
    return latency;
  }

  /** Counts a part of a stream that finds no way through and waits. */
  hold(): void {
    this.#held++;
  }

  #drawLatency(): number {
    return this.#latency.at(this.#latencyRng.unit());
  }
}
