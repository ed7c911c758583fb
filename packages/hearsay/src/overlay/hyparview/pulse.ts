/**
 * Signs of life on the links of the active view, where a broken link may not show: a host that lost its power
 * resets nothing.
 * @module
 */
import { later, NEVER } from "../../kernel/index.ts";
import type { Instant, PeerId } from "../../kernel/index.ts";

/** Beats that a neighbour may miss. */
const MISSED_BEATS = 3;

export interface SavedPulse {
  readonly nextAt: Instant;
  readonly heardAt: ReadonlyMap<PeerId, Instant> | undefined;
}

export class Pulse {
  readonly #periodMs: number;
  #nextAt: Instant = NEVER;
  /** When each neighbour was last heard; nothing while there is no pulse. */
  #heardAt: Map<PeerId, Instant> | undefined;

  /** A period of 0 is no pulse at all. */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  get deadline(): Instant {
    return this.#nextAt;
  }

  start(now: Instant): void {
    if (this.#periodMs === 0) return;
    this.#nextAt = later(now, this.#periodMs);
    this.#heardAt = new Map();
  }

  save(): SavedPulse {
    return { nextAt: this.#nextAt, heardAt: this.#heardAt && new Map(this.#heardAt) };
  }

  restore({ nextAt, heardAt }: SavedPulse): void {
    this.#nextAt = nextAt;
    this.#heardAt = heardAt && new Map(heardAt);
  }

  isDue(now: Instant): boolean {
    return now >= this.#nextAt;
  }

  heard(peer: PeerId, now: Instant): void {
    this.#heardAt?.set(peer, now);
  }

  forget(peer: PeerId): void {
    this.#heardAt?.delete(peer);
  }

  /**
   * The neighbours that were silent for too long. Time that we ourselves have slept through is nobody's silence.
   */
  beat(neighbours: readonly PeerId[], now: Instant): readonly PeerId[] {
    const heardAt = this.#heardAt as Map<PeerId, Instant>;
    const lateness = now - this.#nextAt;
    this.#nextAt = later(now, this.#periodMs);
    const known = new Map<PeerId, Instant>();
    const silent: PeerId[] = [];
    for (const peer of neighbours) {
      const heard = later(heardAt.get(peer) ?? now, lateness);
      known.set(peer, heard);
      if (now - heard > MISSED_BEATS * this.#periodMs) silent.push(peer);
    }
    this.#heardAt = known;
    return silent;
  }
}
