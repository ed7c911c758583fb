/**
 * Fills packets: whoever sends a datagram, the packer puts news of all tenants into the rest of it.
 *
 *     ├─ the message sent ─┤├─ half for the guaranteed ─┤├─ a share each for the others ─┤
 *
 * Queues that compete share by deficit round robin (Shreedhar and Varghese 1995): what a queue could
 * not use because its next message was too large is added to its next share, so that no size of message
 * starves. Room that nobody's share can use goes to whoever has something that fits.
 * @module
 */
import { MAX_COMPOUND_PARTS } from "../codec/index.ts";
import { Outgoing, Packet, packetOverhead } from "./packet.ts";
import type { PacketDraft, TransmitQueue } from "./transmit-queue.ts";

export interface PackerLane {
  readonly queue: TransmitQueue;
  readonly share: "guaranteed" | "shared";
}

export interface SavedPacker {
  readonly deficits: readonly number[];
  readonly packets: number;
}

/** Compound length prefix of one part. */
const PART_OVERHEAD = packetOverhead(3) - packetOverhead(2);
/** Compound header without its length prefixes. */
const BASE_OVERHEAD = packetOverhead(2) - 2 * PART_OVERHEAD;

export class Packer {
  readonly #lanes: readonly PackerLane[];
  readonly #packetBytes: number;
  readonly #deficits: number[];
  #packets = 0;

  /** `packetBytes` is what the envelope leaves of a datagram. */
  constructor(lanes: readonly PackerLane[], packetBytes: number) {
    this.#lanes = lanes;
    this.#packetBytes = packetBytes;
    this.#deficits = lanes.map(() => 0);
  }

  /**
   * A packet that starts with `first`, if given, and carries as much news as fits. `readable[i]` says
   * whether the receiver understands lane `i`. `spent(i)` collects keys that lane `i` is done with.
   * `second` goes right behind `first`, or not at all if the two do not fit. `undefined` when there is
   * nothing to send.
   */
  fill(
    first: Outgoing | undefined,
    readable: (lane: number) => boolean,
    spent: (lane: number) => string[],
    second?: Outgoing,
  ): Packet | undefined {
    const parts: Outgoing[] = first === undefined ? [] : [first];
    const draft = {
      number: this.#packets++,
      parts,
      maxParts: MAX_COMPOUND_PARTS,
      perPart: PART_OVERHEAD,
    };
    let fixed = first === undefined ? BASE_OVERHEAD : BASE_OVERHEAD + PART_OVERHEAD + first.size;
    if (second !== undefined && fixed + PART_OVERHEAD + second.size <= this.#packetBytes) {
      parts.push(second);
      fixed += PART_OVERHEAD + second.size;
    }
    const active = this.#activeLanes(readable);
    let left = this.#packetBytes - fixed;
    if (active.length > 0 && left > 0) {
      const budget = left;
      for (const lane of active) {
        const credit = Math.min(
          (this.#deficits[lane] as number) + this.#share(lane, active, budget),
          budget,
        );
        const used = this.#takeFrom(lane, draft, Math.min(credit, left), spent);
        left -= used;
        const emptied = (this.#lanes[lane] as PackerLane).queue.length === 0;
        this.#deficits[lane] = emptied ? 0 : credit - used;
      }
      for (const lane of active) left -= this.#takeFrom(lane, draft, left, spent);
    }
    const [opening, ...others] = parts;
    return opening === undefined ? undefined : new Packet(opening, others);
  }

  save(): SavedPacker {
    return { deficits: [...this.#deficits], packets: this.#packets };
  }

  restore({ deficits, packets }: SavedPacker): void {
    this.#deficits.splice(0, Infinity, ...deficits);
    this.#packets = packets;
  }

  #takeFrom(
    lane: number,
    draft: PacketDraft,
    budget: number,
    spent: (lane: number) => string[],
  ): number {
    return (this.#lanes[lane] as PackerLane).queue.take(draft, budget, spent(lane));
  }

  /** Lanes with something to say to this receiver, the guaranteed ones first. */
  #activeLanes(readable: (lane: number) => boolean): number[] {
    const active: number[] = [];
    for (const share of ["guaranteed", "shared"] as const) {
      for (const [i, lane] of this.#lanes.entries()) {
        if (lane.share === share && lane.queue.length > 0 && readable(i)) active.push(i);
      }
    }
    return active;
  }

  #share(lane: number, active: readonly number[], budget: number): number {
    const own = (this.#lanes[lane] as PackerLane).share;
    const peers = active.filter((i) => (this.#lanes[i] as PackerLane).share === own).length;
    const alone = peers === active.length;
    return Math.floor((alone ? budget : budget / 2) / peers);
  }
}
