/**
 * Two keyed stores that talk to each other directly, every word counted.
 */
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant, NodeEvent } from "../../kernel/index.ts";
import { converse, KeyedComparison, KeyedStore } from "../index.ts";
import type { KeyedComparisonOptions, KeyedStoreOptions, StoreTurn } from "../index.ts";
import { text } from "../../codec/index.ts";

export interface Talked {
  readonly messages: number;
  readonly bytes: number;
  /** Bytes of each. */
  readonly sizes: readonly number[];
}

/** One store and how it compares. */
export class Side {
  readonly store: KeyedStore<string>;
  readonly comparison: KeyedComparison<string>;
  readonly events: NodeEvent[] = [];
  readonly drops: string[] = [];
  readonly spread: Uint8Array[] = [];

  constructor(
    origin: string,
    options: KeyedComparisonOptions = {},
    store: Partial<KeyedStoreOptions<string>> = {},
  ) {
    this.store = new KeyedStore<string>({ origin, value: text(65_536), ...store });
    this.comparison = new KeyedComparison(this.store, options);
  }

  turn(wallMs: number, rng: Sfc32, maxBytes = 1 << 18, packetBytes = 1200): StoreTurn {
    return {
      now: wallMs as Instant,
      wallMs,
      rng,
      maxBytes,
      packetBytes,
      notify: (event) => this.events.push(event),
      drop: (reason) => this.drops.push(reason),
      spread: (delta) => this.spread.push(delta),
    };
  }

  /** All that is compared, in one order. */
  get contents(): readonly unknown[] {
    const rows = [...this.store.table.entries()];
    return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }
}

export class TwoStores {
  readonly a: Side;
  readonly b: Side;
  readonly rng: Sfc32;
  readonly drops: string[] = [];
  wallMs = 1_000_000;
  maxBytes = 1 << 18;
  packetBytes = 1200;

  constructor(
    options: KeyedComparisonOptions = {},
    seed = 1,
    store: Partial<KeyedStoreOptions<string>> = {},
  ) {
    this.rng = new Sfc32(seed);
    this.a = new Side("a", options, store);
    this.b = new Side("b", options, store);
  }

  set(side: Side, key: string, value: string): void {
    side.store.set(key, value, this.wallMs);
  }

  delete(side: Side, key: string): void {
    side.store.delete(key, this.wallMs, this.rng);
  }

  /** One conversation, from its beginning to its end, or to `most` messages. */
  talk(from: Side = this.a, most = 10_000): Talked {
    const sizes: number[] = [];
    const to = from === this.a ? this.b : this.a;
    converse(from.comparison, to.comparison, {
      rng: this.rng,
      wallMs: this.wallMs,
      maxBytes: this.maxBytes,
      packetBytes: this.packetBytes,
      maxSteps: most,
      onWords: ({ length }) => sizes.push(length),
      drop: (reason) => this.drops.push(reason),
    });
    return { messages: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0), sizes };
  }

  get areEqual(): boolean {
    return JSON.stringify(this.a.contents) === JSON.stringify(this.b.contents);
  }
}
