/**
 * Who has been asked to become a neighbour and has not answered yet.
 *
 *     begin ──▶ linking ── link is up ──▶ asked ──▶ end: accepted, refused, link lost
 *                  └────────── too late ──────────┘
 *
 * Who has refused is set aside until the overlay forgives (HyParView: at the next shuffle), so that a view whose spares are
 * all full asks each of them once and then waits.
 * @module
 */
import { later, NEVER, NO_PEER } from "../kernel/index.ts";
import type { Instant, PeerId, Peers, Rng } from "../kernel/index.ts";

interface Petition {
  readonly peer: PeerId;
  readonly priority: number;
  readonly endsAt: Instant;
  asked: boolean;
}

export interface PetitionsConfig {
  /** How long a peer may take to become a neighbour before another is asked, ms. */
  readonly neighbourTimeoutMs: number;
}

/** More can wait only where walks of many newcomers end at once. */
const MAX_PETITIONS = 64;

export interface SavedPetitions {
  readonly waiting: readonly Petition[];
  readonly aside: readonly PeerId[];
}

export class Petitions {
  readonly #config: PetitionsConfig;
  readonly #peers: Peers;
  /** In the order in which they end: they all last equally long. */
  #waiting: Petition[] = [];
  #aside: PeerId[] = [];

  constructor(config: PetitionsConfig, peers: Peers) {
    this.#config = config;
    this.#peers = peers;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether this peer has been asked, or has refused of late. */
  has(peer: PeerId): boolean {
    return this.#aside.includes(peer) || this.#waiting.some((one) => one.peer === peer);
  }

  get deadline(): Instant {
    return this.#waiting[0]?.endsAt ?? NEVER;
  }

  /** False when there are too many. Who is asked already is not asked twice. */
  begin(peer: PeerId, priority: number, now: Instant): boolean {
    if (this.#waiting.some((petition) => petition.peer === peer)) return true;
    if (this.#waiting.length >= MAX_PETITIONS) return false;
    this.#peers.retain(peer);
    const endsAt = later(now, this.#config.neighbourTimeoutMs);
    this.#waiting.push({ peer, priority, endsAt, asked: false });
    return true;
  }

  /** The link is up: how much the peer is wanted, if it is to be asked now. */
  linked(peer: PeerId): number | undefined {
    const petition = this.#waiting.find((one) => one.peer === peer);
    if (petition === undefined || petition.asked) return undefined;
    petition.asked = true;
    return petition.priority;
  }

  /** The petition is over; false if there was none. */
  end(peer: PeerId): boolean {
    const index = this.#waiting.findIndex((petition) => petition.peer === peer);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    this.#peers.release(peer);
    return true;
  }

  /** Takes one whose time is over, or `NO_PEER`. */
  takeLate(now: Instant): PeerId {
    const [first] = this.#waiting;
    if (first === undefined || first.endsAt > now) return NO_PEER;
    this.end(first.peer);
    return first.peer;
  }

  save(): SavedPetitions {
    return { waiting: this.#waiting.map(copyOf), aside: [...this.#aside] };
  }

  restore({ waiting, aside }: SavedPetitions): void {
    this.#waiting = waiting.map(copyOf);
    this.#aside = [...aside];
  }

  setAside(peer: PeerId): void {
    this.#aside.push(peer);
  }

  forgive(): void {
    if (this.#aside.length > 0) this.#aside = [];
  }

  /** A spare that has not refused of late, or `NO_PEER`. */
  choose(spares: readonly PeerId[], rng: Rng): PeerId {
    const open =
      this.#aside.length === 0 ? spares : spares.filter((peer) => !this.#aside.includes(peer));
    return open.length === 0 ? NO_PEER : (open[rng.below(open.length)] as PeerId);
  }
}

function copyOf({ peer, priority, endsAt, asked }: Petition): Petition {
  return { peer, priority, endsAt, asked };
}
