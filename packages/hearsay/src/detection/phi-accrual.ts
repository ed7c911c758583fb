/**
 * Phi accrual: not whether somebody is dead, but how much speaks for it, learnt from when it was heard so far.
 *
 *     φ(silence) = −log10 P(the next heartbeat comes later than that)
 *
 *     φ   1          2          3            8
 *         one in 10  in 100     in 1000      in 100,000,000 silences as long as this is an error
 *
 *     normal        silences are spread around their mean: the paper's model, for heartbeats sent at even times
 *     exponential   φ = silence / mean · log10 e: Cassandra's, for what comes by chance, such as gossip
 *
 * The promise holds as far as intervals are spread as the model says: the normal tail is far too thin for heartbeats that
 * come through gossip, where the longest silence in an hour is ten times the mean.
 * @see Hayashibara, Défago, Yared, Katayama 2004, section 3; Cassandra's gms.FailureDetector
 * @module
 */
import type { Instant, Saved } from "../kernel/index.ts";
import { checkInteger, optionError } from "../kernel/index.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import type { SavedWindow } from "./arrival-window.ts";
import { normalTail } from "./normal-tail.ts";
import type { SilenceDetector } from "./silence-detector.ts";

export type PhiModel = "normal" | "exponential";

export interface PhiConfig {
  /** How intervals are taken to be spread. @default "exponential" */
  readonly model: PhiModel;
  /** φ above which silence is taken for death: errors are 10^-threshold of all intervals. Range 0.1..1000. @default 8 */
  readonly threshold: number;
  /** Intervals that are remembered of each peer, 8 bytes each. Range 2..100,000. @default 1000 */
  readonly windowSize: number;
  /**
   * What intervals are taken for before any is known: one a quarter less and one a quarter more stand in the window at
   * first. Range 1..3,600,000 ms. @default 1000
   */
  readonly initialIntervalMs: number;
  /**
   * Normal model: the deviation is never taken for less, or the first heartbeat that is late after a thousand even ones
   * would be death. Range 0.001..3,600,000 ms. @default 100
   */
  readonly leastDeviationMs: number;
}

export const PHI_DEFAULTS: PhiConfig = {
  model: "exponential",
  threshold: 8,
  windowSize: 1000,
  initialIntervalMs: 1000,
  leastDeviationMs: 100,
};

/** @throws HearsayError `ERR_OPTION` */
export function resolvePhiConfig(partial: Partial<PhiConfig> = {}): PhiConfig {
  const config: PhiConfig = { ...PHI_DEFAULTS, ...partial };
  const { model, threshold, leastDeviationMs } = config;
  if (model !== "normal" && model !== "exponential") {
    throw optionError("model", "normal or exponential", model);
  }
  if (!(threshold >= 0.1 && threshold <= 1000)) {
    throw optionError("threshold", "a number in 0.1..1000", threshold);
  }
  checkInteger("windowSize", config.windowSize, 2, 100_000);
  checkInteger("initialIntervalMs", config.initialIntervalMs, 1, 3_600_000);
  if (!(leastDeviationMs >= 0.001 && leastDeviationMs <= 3_600_000)) {
    throw optionError("leastDeviationMs", "a number in 0.001..3,600,000", leastDeviationMs);
  }
  return config;
}

/** φ after a silence, in the normal model: the deviation is not 0. */
export function normalPhi(silenceMs: number, meanMs: number, deviationMs: number): number {
  return normalTail((silenceMs - meanMs) / deviationMs);
}

/** The silence after which φ has a value, in the normal model. */
export function normalSilence(phi: number, meanMs: number, deviationMs: number): number {
  let [low, high] = [LEAST_DEVIATIONS, MOST_DEVIATIONS];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (normalTail(middle) < phi) low = middle;
    else high = middle;
  }
  return meanMs + high * deviationMs;
}

/** The same in the exponential model. */
export function exponentialSilence(phi: number, meanMs: number): number {
  return phi * Math.LN10 * meanMs;
}

/** φ after a silence, in the exponential model. */
export function exponentialPhi(silenceMs: number, meanMs: number): number {
  return silenceMs / meanMs / Math.LN10;
}

interface Peer {
  readonly intervals: ArrivalWindow;
  heardAt: Instant;
}

/** What has been learnt of a peer. */
export interface PhiStatistics {
  readonly intervals: number;
  readonly meanMs: number;
  readonly deviationMs: number;
}

interface SavedPeer {
  readonly heardAt: Instant;
  readonly window: SavedWindow;
}

/** Silences of a lesser φ are chance, whatever the threshold: to cut them off would make what is learnt too short. */
const LEARNT_PHI = 8;
/** Deviations from the mean at which φ is less than any threshold, and more. */
const LEAST_DEVIATIONS = -10;
const MOST_DEVIATIONS = 100;
/** Until no double lies between two bounds. */
const HALVINGS = 64;
/** Part of the initial interval by which the first two intervals differ from it. */
const INITIAL_SPREAD = 0.25;

/** Phi accrual over any arrivals; its level is φ. */
export class PhiDetector implements SilenceDetector {
  readonly #config: PhiConfig;
  readonly #peers = new Map<string, Peer>();
  /** φ of the longest silence that is learnt whole, and in the normal model by how many deviations it exceeds the mean. */
  readonly #learntPhi: number;
  readonly #deviations: number;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(config?: Partial<PhiConfig>) {
    this.#config = resolvePhiConfig(config);
    this.#learntPhi = Math.max(this.limit, LEARNT_PHI);
    this.#deviations = normalSilence(this.#learntPhi, 0, 1);
  }

  get limit(): number {
    return this.#config.threshold;
  }

  watch(name: string, now: Instant): void {
    const { windowSize, initialIntervalMs } = this.#config;
    const intervals = new ArrivalWindow(windowSize);
    intervals.add((1 - INITIAL_SPREAD) * initialIntervalMs);
    intervals.add((1 + INITIAL_SPREAD) * initialIntervalMs);
    this.#peers.set(name, { intervals, heardAt: now });
  }

  heard(name: string, now: Instant): void {
    const peer = this.#peers.get(name);
    if (peer === undefined) return;
    const silenceMs = now - peer.heardAt;
    // What comes at one instant came as one: an interval of nothing tells nothing. And death is no interval: who comes
    // back after an hour is not to be missed only after another. No more is learnt than could have been chance.
    if (silenceMs > 0) peer.intervals.add(Math.min(silenceMs, this.#longestMs(peer)));
    peer.heardAt = now;
  }

  forget(name: string): void {
    this.#peers.delete(name);
  }

  /** φ: how much speaks for its death. */
  level(name: string, now: Instant): number {
    const peer = this.#peers.get(name);
    if (peer === undefined) return 0;
    const silenceMs = Math.max(0, now - peer.heardAt);
    const { mean, deviation } = peer.intervals;
    return this.#config.model === "exponential"
      ? exponentialPhi(silenceMs, mean)
      : normalPhi(silenceMs, mean, this.#atLeast(deviation));
  }

  statistics(name: string): PhiStatistics | undefined {
    const peer = this.#peers.get(name);
    if (peer === undefined) return undefined;
    const { count, mean, deviation } = peer.intervals;
    return { intervals: count, meanMs: mean, deviationMs: deviation };
  }

  save(): ReadonlyMap<string, SavedPeer> {
    const peers = [...this.#peers].map(([name, { heardAt, intervals }]) => {
      return [name, { heardAt, window: intervals.save() }] as const;
    });
    return new Map(peers);
  }

  restore(saved: Saved): void {
    for (const [name, { heardAt, window }] of saved as ReadonlyMap<string, SavedPeer>) {
      const intervals = new ArrivalWindow(this.#config.windowSize);
      intervals.restore(window);
      this.#peers.set(name, { intervals, heardAt });
    }
  }

  /** As much of a silence as is learnt. */
  #longestMs({ intervals: { mean, deviation } }: Peer): number {
    return this.#config.model === "exponential"
      ? exponentialSilence(this.#learntPhi, mean)
      : mean + this.#deviations * this.#atLeast(deviation);
  }

  #atLeast(deviation: number): number {
    return Math.max(deviation, this.#config.leastDeviationMs);
  }
}
