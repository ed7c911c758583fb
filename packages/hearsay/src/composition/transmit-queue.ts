/**
 * What one tenant wants spread: each message rides on up to `transmits` packets.
 *
 *     sent 0 times   [900 B] [120 B, newer] [120 B, older] [40 B]
 *     sent 1 time    [300 B] [60 B]
 *     sent 2 times   …
 *
 * A packet takes the least-sent first; within a count the largest that still fits; among equals the
 * newest. A later message with the same key replaces an earlier one: the older news is wrong by now.
 * @see SWIM §4.1; docs/wire/memberlist.md, dissemination
 * @module
 */
import type { Message, MessageType, QueueLimits } from "../kernel/index.ts";
import { Outgoing } from "./packet.ts";

export type TransmitQueueLimits = QueueLimits;

/** A packet while it is being filled. */
export interface PacketDraft {
  readonly number: number;
  readonly parts: Outgoing[];
  readonly maxParts: number;
  /** Bytes that each message costs beside its own size. */
  readonly perPart: number;
}

class Entry extends Outgoing {
  readonly key: string;
  readonly transmits: number;
  readonly order: number;
  sent = 0;
  /** The last packet that it was put into. */
  packet = -1;

  constructor(wire: MessageType, message: Message, key: string, transmits: number, order: number) {
    super(wire, message);
    this.key = key;
    this.transmits = transmits;
    this.order = order;
  }
}

/** A message as it is saved, of a queue of the tenant's. */
export interface SavedNews {
  readonly message: Message;
  readonly key: string;
  readonly transmits: number;
  readonly order: number;
  readonly sent: number;
  readonly packet: number;
}

export interface SavedTransmitQueue {
  readonly news: readonly SavedNews[];
  readonly order: number;
  readonly dropped: number;
}

export class TransmitQueue {
  readonly #limits: TransmitQueueLimits;
  /** Index: how often sent. Each bucket is sorted, largest first, then newest first. */
  readonly #buckets: Entry[][] = [];
  readonly #byKey = new Map<string, Entry>();
  #length = 0;
  #bytes = 0;
  #order = 0;
  #dropped = 0;

  constructor(limits: TransmitQueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that were thrown out, or never let in, because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a message. A full queue makes room by dropping what has been sent most often: it has had the
   * best chance to be known already.
   */
  offer(wire: MessageType, message: Message, transmits: number, key: string): void {
    const replaced = key === "" ? undefined : this.#byKey.get(key);
    if (replaced !== undefined) this.#remove(replaced);
    const entry = new Entry(wire, message, key, transmits, this.#order++);
    if (transmits < 1) return;
    if (entry.size > this.#limits.maxBytes) {
      this.#dropped++;
      return;
    }
    this.#insert(entry);
    while (this.#length > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes) {
      this.#remove(this.#mostSent());
      this.#dropped++;
    }
  }

  /**
   * Takes messages into the packet with this number, none of them twice, spending at most `budget` bytes.
   * Returns the bytes spent. Keys of messages that have now been sent as often as they may go to
   * `spent`.
   */
  take(packet: PacketDraft, budget: number, spent: string[]): number {
    const taken: Entry[] = [];
    let left = budget;
    for (const bucket of this.#buckets) {
      let at = 0;
      // Most of what is taken stands side by side, and leaves its bucket in one go.
      let run = 0;
      while (packet.parts.length < packet.maxParts) {
        const next = firstFitting(bucket, at, left - packet.perPart);
        const entry = bucket[next];
        const isTaken = entry !== undefined && entry.packet !== packet.number;
        if (run > 0 && (next > at || !isTaken)) {
          bucket.splice(at - run, run);
          at -= run;
          run = 0;
          continue;
        }
        if (entry === undefined) break;
        at = next + 1;
        if (!isTaken) continue;
        run++;
        entry.packet = packet.number;
        packet.parts.push(entry);
        taken.push(entry);
        left -= entry.size + packet.perPart;
      }
      if (run > 0) bucket.splice(at - run, run);
    }
    this.#markSent(taken, spent);
    return budget - left;
  }

  save(): SavedTransmitQueue {
    const news = this.#buckets.flat().map((entry) => {
      const { message, key, transmits, order, sent, packet } = entry;
      return { message, key, transmits, order, sent, packet };
    });
    return { news, order: this.#order, dropped: this.#dropped };
  }

  /** Fills a queue that is empty; `typeOf` knows how the tenant writes a message. */
  restore(saved: SavedTransmitQueue, typeOf: (message: Message) => MessageType): void {
    for (const { message, key, transmits, order, sent, packet } of saved.news) {
      const entry = new Entry(typeOf(message), message, key, transmits, order);
      entry.sent = sent;
      entry.packet = packet;
      this.#insert(entry);
    }
    this.#order = saved.order;
    this.#dropped = saved.dropped;
  }

  /** What has left its bucket goes to the next, those of one bucket together, or is spent. */
  #markSent(taken: readonly Entry[], spent: string[]): void {
    let run: Entry[] = [];
    for (const entry of taken) {
      entry.sent++;
      if (entry.sent >= entry.transmits) {
        this.#forget(entry);
        if (entry.key !== "") spent.push(entry.key);
      } else {
        if (run.length > 0 && run[0]?.sent !== entry.sent) {
          this.#place(run);
          run = [];
        }
        run.push(entry);
      }
    }
    if (run.length > 0) this.#place(run);
  }

  /** Puts entries that are in the order of their bucket into it. */
  #place(run: readonly Entry[]): void {
    const first = run[0] as Entry;
    const last = run.at(-1) as Entry;
    const bucket = this.#bucket(first.sent);
    const at = position(bucket, first);
    if (position(bucket, last) === at) bucket.splice(at, 0, ...run);
    else for (const entry of run) bucket.splice(position(bucket, entry), 0, entry);
  }

  #bucket(sent: number): Entry[] {
    while (this.#buckets.length <= sent) this.#buckets.push([]);
    return this.#buckets[sent] as Entry[];
  }

  #insert(entry: Entry): void {
    this.#place([entry]);
    if (entry.key !== "") this.#byKey.set(entry.key, entry);
    this.#length++;
    this.#bytes += entry.size;
  }

  #remove(entry: Entry): void {
    const bucket = this.#bucket(entry.sent);
    bucket.splice(position(bucket, entry), 1);
    this.#forget(entry);
  }

  /** Strikes an entry off the books that is in no bucket any more. */
  #forget(entry: Entry): void {
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    this.#length--;
    this.#bytes -= entry.size;
  }

  /** The oldest of the smallest of the most often sent. */
  #mostSent(): Entry {
    for (let sent = this.#buckets.length - 1; ; sent--) {
      const last = this.#buckets[sent]?.at(-1);
      if (last !== undefined) return last;
    }
  }
}

/** Where `entry` stands, or would stand, in its bucket. */
function position(bucket: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = bucket.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = bucket[middle] as Entry;
    const ahead =
      other.size > entry.size || (other.size === entry.size && other.order > entry.order);
    if (ahead) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first entry at or after `from` of at most `size` bytes; the bucket's length if there is none. */
function firstFitting(bucket: readonly Entry[], from: number, size: number): number {
  let low = from;
  let high = bucket.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bucket[middle] as Entry).size > size) low = middle + 1;
    else high = middle;
  }
  return low;
}
