/**
 * What happens to datagrams beside delay and loss: they come twice, come again much later, come damaged.
 *
 *     sent ──▶ corrupt? ──▶ duplicate? ──▶ under way
 *                 │
 *                 └▶ memory of old ones ── replay? ──▶ under way once more
 *
 * What is decided of a datagram hangs on its number alone.
 * @module
 */
import type { Packet } from "../composition/index.ts";
import { optionError } from "../kernel/index.ts";
import type { Address, Rng } from "../kernel/index.ts";
import { Lots } from "./lots.ts";
import type { FirstCounts } from "./network-counts.ts";

/** A datagram as it can be sent again. */
export interface OldDatagram {
  readonly index: number;
  readonly from: Address;
  readonly to: Address;
  readonly size: number;
  readonly content: Uint8Array | Packet;
}

export type MischiefKind = "duplicate" | "replay" | "corrupt";

/** Old datagrams that can be replayed; the next one takes the place of any. */
export const REPLAY_DATAGRAMS = 256;
/** One of so many is remembered once the memory is full, so that there are old ones in it. */
const REMEMBERED_OF = 4;
/** Bytes that are flipped in a damaged datagram at most. */
const MAX_FLIPS = 4;

/** Questions about one datagram. */
const HOW_MANY = 1;
const WHICH = 2;
const PLACE = 3;
const FLIPS = 3 + MAX_FLIPS;
const REMEMBER = 3 + 2 * MAX_FLIPS;

export class Mischief {
  readonly #counts: FirstCounts;
  readonly #lots: Readonly<Record<MischiefKind, Lots>>;
  readonly #shares: Record<MischiefKind, number> = { duplicate: 0, replay: 0, corrupt: 0 };
  readonly #old: OldDatagram[] = [];
  #isOn = false;

  constructor(rng: Rng, counts: FirstCounts) {
    this.#counts = counts;
    this.#lots = { duplicate: new Lots(rng), replay: new Lots(rng), corrupt: new Lots(rng) };
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** @throws HearsayError `ERR_OPTION` */
  set(kind: MischiefKind, share: number): void {
    if (!(share >= 0 && share <= 1)) throw optionError(kind, "a probability in 0..1", share);
    this.#shares[kind] = share;
    this.#isOn = Object.values(this.#shares).some((other) => other > 0);
    if (this.#shares.replay === 0) this.#old.length = 0;
  }

  /** Whether the datagram of this number is damaged. */
  corrupts(number: number): boolean {
    return this.#lots.corrupt.unit(number) < this.#shares.corrupt;
  }

  /** Flips some of its bytes. */
  flip(bytes: Uint8Array, number: number): void {
    if (bytes.length === 0) return;
    this.#counts.corrupted++;
    const lots = this.#lots.corrupt;
    for (let i = lots.below(MAX_FLIPS, number, HOW_MANY); i >= 0; i--) {
      const at = lots.below(bytes.length, number, PLACE + i);
      bytes[at] = (bytes[at] as number) ^ (1 + lots.below(255, number, FLIPS + i));
    }
  }

  /** Whether it arrives twice. */
  duplicates(number: number): boolean {
    return this.#lots.duplicate.unit(number) < this.#shares.duplicate;
  }

  /** An old one that is sent again beside the one of this number. */
  replays(number: number): OldDatagram | undefined {
    const lots = this.#lots.replay;
    if (this.#old.length === 0 || lots.unit(number) >= this.#shares.replay) return undefined;
    return this.#old[lots.below(this.#old.length, number, WHICH)];
  }

  /** Keeps the datagram of this number, perhaps, as one that can be replayed. */
  remember(number: number, datagram: () => OldDatagram): void {
    if (this.#shares.replay === 0) return;
    if (this.#old.length < REPLAY_DATAGRAMS) {
      this.#old.push(datagram());
      return;
    }
    const place = this.#lots.replay.below(REMEMBERED_OF * REPLAY_DATAGRAMS, number, REMEMBER);
    if (place < REPLAY_DATAGRAMS) this.#old[place] = datagram();
  }

  /** Counts one that has been sent on a second time. */
  struck(kind: "duplicate" | "replay"): void {
    if (kind === "duplicate") this.#counts.duplicated++;
    else this.#counts.replayed++;
  }
}
