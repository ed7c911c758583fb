/**
 * A view whose entries have ages: what peer sampling keeps, sends parts of, and merges with what comes.
 *
 *     arrange   in random order, the H oldest behind        ▒▒▒▒▒▒▒▒▒▒▒▒▒▒ ░░░░░░░░
 *     send      from the front                              └─ sent ─┘       oldest
 *     merge     what came is added; of those too many go    H oldest · S of those sent · any
 *
 * There is one entry for an address, the youngest: whoever invents names for an address of its own has one place.
 * @see Jelasity et al. 2007, section 2.2
 * @module
 */
import type { Address, PeerId, Peers, PeerSampler, Rng } from "../../kernel/index.ts";
import { sampleOf } from "../view.ts";
import type { PeerEntry } from "../peer-entry.ts";
import { OLDEST } from "./wire.ts";
import type { AgedEntry } from "./wire.ts";

/** How a view gets rid of entries that are too many. */
export interface ViewSelection {
  readonly viewSize: number;
  /** H. */
  readonly healing: number;
  /** S. */
  readonly swapping: number;
}

export interface SavedAgedView {
  readonly members: readonly PeerId[];
  readonly ages: readonly number[];
}

export class AgedView implements PeerSampler {
  readonly #selection: ViewSelection;
  readonly #peers: Peers;
  readonly #members: PeerId[] = [];
  /** Index: as in `#members`. */
  readonly #ages: number[] = [];

  constructor(selection: ViewSelection, peers: Peers) {
    this.#selection = selection;
    this.#peers = peers;
  }

  get size(): number {
    return this.#members.length;
  }

  get isFull(): boolean {
    return this.#members.length >= this.#selection.viewSize;
  }

  get members(): readonly PeerId[] {
    return this.#members;
  }

  /** In exchanges; only of a member. */
  ageOf(peer: PeerId): number {
    return this.#ages[this.#members.indexOf(peer)] as number;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    return sampleOf(this.#members, count, except, rng);
  }

  /** Any member; there must be one. */
  any(rng: Rng): PeerId {
    return this.#members[rng.below(this.#members.length)] as PeerId;
  }

  /** The member of the greatest age; there must be one. */
  oldest(): PeerId {
    return this.#members[this.#oldestBefore(this.#members.length)] as PeerId;
  }

  /** An exchange more. */
  grow(): void {
    const ages = this.#ages;
    for (let i = 0; i < ages.length; i++) {
      if ((ages[i] as number) < OLDEST) ages[i] = (ages[i] as number) + 1;
    }
  }

  /** Adds a peer whose address is not in it; there must be room. */
  add(peer: PeerId, age: number): void {
    this.#peers.retain(peer);
    this.#members.push(peer);
    this.#ages.push(age);
  }

  delete(peer: PeerId): void {
    const place = this.#members.indexOf(peer);
    if (place >= 0) this.#deleteAt(place);
  }

  hasAddress(address: Address): boolean {
    return this.#placeOf(address) >= 0;
  }

  /** Puts the members into random order, the H oldest behind the others: what is sent is taken from the front. */
  arrange(rng: Rng): void {
    const members = this.#members;
    for (let i = members.length - 1; i > 0; i--) this.#swap(i, rng.below(i + 1));
    const front = Math.max(members.length - this.#selection.healing, 0);
    for (let end = members.length; end > front; end--) this.#swap(this.#oldestBefore(end), end - 1);
  }

  /** The first `count`, or all, as they travel. */
  entries(count: number): AgedEntry[] {
    const entries: AgedEntry[] = [];
    for (let i = 0; i < Math.min(count, this.size); i++) {
      const peer = this.#members[i] as PeerId;
      const name = this.#peers.nameOf(peer);
      const address = this.#peers.addressOf(peer);
      entries.push({ name, address, age: this.#ages[i] as number });
    }
    return entries;
  }

  /**
   * Takes in what came for what was `sent`; entries of our own name or address are passed over.
   * @returns entries of an address that another of the same message has
   */
  merge(entries: readonly AgedEntry[], self: PeerEntry, sent: readonly PeerId[], rng: Rng): number {
    const known = this.size;
    let repeated = 0;
    let givenAway = sent;
    for (const { name, address, age } of entries) {
      if (name === self.name || address === self.address) continue;
      const place = this.#placeOf(address);
      if (place < 0) {
        this.#members.push(this.#peers.intern(name, address));
        this.#ages.push(age);
      } else if (place >= known) repeated++;
      else if (age < (this.#ages[place] as number)) {
        const fresh = this.#peers.intern(name, address);
        const stale = this.#members[place] as PeerId;
        this.#members[place] = fresh;
        this.#ages[place] = age;
        this.#peers.release(stale);
        givenAway = givenAway.filter((peer) => peer !== stale);
      }
    }
    this.#select(givenAway, rng);
    return repeated;
  }

  save(): SavedAgedView {
    return { members: [...this.#members], ages: [...this.#ages] };
  }

  /** Of an empty view. The peers are held already: their table was saved with our holds. */
  restore({ members, ages }: SavedAgedView): void {
    this.#members.push(...members);
    this.#ages.push(...ages);
  }

  /** Lets those go that are too many: the oldest, those that were sent, any. */
  #select(sent: readonly PeerId[], rng: Rng): void {
    const { viewSize, healing, swapping } = this.#selection;
    let excess = this.size - viewSize;
    for (let left = Math.min(healing, excess); left > 0; left--, excess--) {
      this.#deleteAt(this.#oldestBefore(this.size));
    }
    let left = Math.min(swapping, excess);
    for (let i = 0; i < sent.length && left > 0; i++) {
      const place = this.#members.indexOf(sent[i] as PeerId);
      if (place < 0) continue;
      this.#deleteAt(place);
      left--;
      excess--;
    }
    for (; excess > 0; excess--) this.#deleteAt(rng.below(this.size));
  }

  /** Place of the oldest among the first `end`; of several, the first. */
  #oldestBefore(end: number): number {
    const ages = this.#ages;
    let oldest = 0;
    for (let i = 1; i < end; i++) {
      if ((ages[i] as number) > (ages[oldest] as number)) oldest = i;
    }
    return oldest;
  }

  #placeOf(address: Address): number {
    const members = this.#members;
    for (let i = 0; i < members.length; i++) {
      if (this.#peers.addressOf(members[i] as PeerId) === address) return i;
    }
    return -1;
  }

  #swap(i: number, j: number): void {
    const peer = this.#members[i] as PeerId;
    const age = this.#ages[i] as number;
    this.#members[i] = this.#members[j] as PeerId;
    this.#ages[i] = this.#ages[j] as number;
    this.#members[j] = peer;
    this.#ages[j] = age;
  }

  #deleteAt(place: number): void {
    const last = this.size - 1;
    if (place !== last) this.#swap(place, last);
    const peer = this.#members.pop() as PeerId;
    this.#ages.pop();
    this.#peers.release(peer);
  }
}
