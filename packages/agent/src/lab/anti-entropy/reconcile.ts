/**
 * Two replicas of many keys, some of which differ: what is said until they are the same.
 * @see Meyer 2022, Range-based set reconciliation; DeCandia et al. 2007 (Dynamo), section 4.7
 * @module
 */
import { text } from "hearsay/codec";
import { converse, KeyedComparison, KeyedStore, turnOf } from "hearsay/anti-entropy";
import type { ConversationOptions } from "hearsay/anti-entropy";
import { Sfc32, shuffle } from "hearsay/kernel";
import { experiment } from "../experiment.ts";
import type { Experiment, Sample } from "../experiment.ts";
import { whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { STRATEGY_OPTIONS, strategyOf } from "./strategy-options.ts";

const OPTIONS = {
  n: whole(100_000, "keys", { least: 1, most: 4_000_000 }),
  differing: whole(100, "keys that differ", { least: 0, most: 4_000_000 }),
  difference: word(
    "missing",
    ["missing", "either", "changed"],
    "what differs: keys missing at the second, at either of the two, or written anew at either",
  ),
  age: word(
    "fresh",
    ["fresh", "old"],
    "when what differs was written: after all else, or before it",
  ),
  valueBytes: whole(8, "bytes of a value", { least: 1, most: 65_000 }),
  maxBytes: whole(262_144, "bytes of one message", { least: 1024, most: 16_000_000 }),
  rounds: whole(20, "conversations at most", { least: 1, most: 10_000 }),
  ...STRATEGY_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

const HOUR = 3_600_000;
/** Between two writes: enough that none of an hour ago is recent. */
const WRITE_EVERY_MS = 0.01;

class TwoReplicas {
  readonly #parameters: Parameters;
  readonly #rng: Sfc32;
  readonly #stores: readonly [KeyedStore<string>, KeyedStore<string>];
  readonly #comparisons: readonly [KeyedComparison<string>, KeyedComparison<string>];
  #wallMs = HOUR;

  constructor(parameters: Parameters, seed: number) {
    const store = (origin: string): KeyedStore<string> =>
      new KeyedStore<string>({ origin, value: text(65_536) });
    this.#parameters = parameters;
    this.#rng = new Sfc32(seed, 5);
    this.#stores = [store("a"), store("b")];
    const options = strategyOf(parameters);
    this.#comparisons = [
      new KeyedComparison(this.#stores[0], options),
      new KeyedComparison(this.#stores[1], options),
    ];
  }

  run(): Sample {
    this.#fill();
    const { rounds, differing } = this.#parameters;
    const of = { messages: 0, found: 0, bytes: 0, sums: 0, listed: 0, asked: 0, entries: 0 };
    let conversations = 0;
    do {
      conversations++;
      converse(this.#comparisons[0], this.#comparisons[1], {
        ...this.#options,
        onWords: (words) => {
          const { sums, listed, asked, entries } = this.#comparisons[0].look(words);
          of.messages++;
          of.bytes += words.length;
          of.sums += sums;
          of.listed += listed;
          of.asked += asked;
          of.entries += entries;
          if (sums + listed > 0) of.found = of.messages;
        },
      });
    } while (!this.#areSame() && conversations < rounds);
    const each = Math.max(1, differing);
    return {
      rounds: [conversations],
      same: [this.#areSame() ? 1 : 0],
      ...Object.fromEntries(Object.entries(of).map(([name, value]) => [name, [value]])),
      bytesEach: [of.bytes / each],
      sumsEach: [of.sums / each],
      listedEach: [of.listed / each],
    };
  }

  get #options(): ConversationOptions {
    const wallMs = this.#wallMs;
    return { rng: this.#rng, wallMs, maxBytes: this.#parameters.maxBytes };
  }

  /** What both have, and what they have not. */
  #fill(): void {
    const { n, differing, difference, age } = this.#parameters;
    const [first, second] = this.#stores;
    const keys = Array.from({ length: n }, (_, i) => `key-${i}`);
    shuffle(keys, this.#rng);
    const chosen = keys.slice(0, Math.min(n, differing));
    const share = (shared: readonly string[]): void => {
      for (const key of shared) second.take(this.#write(first, key), turnOf(this.#options));
    };
    const differ = (): void => {
      for (const [i, key] of chosen.entries()) {
        const isFirst = difference === "missing" || i % 2 === 0;
        this.#write(isFirst ? first : second, key);
      }
    };
    if (difference === "changed") share(chosen);
    if (age === "old") differ();
    share(keys.slice(chosen.length));
    if (age === "fresh") {
      // Up to here nothing is missing; after a gap the vector of whoever lacks something stays where it was.
      for (const [origin, time] of first.vector) second.raise(origin, time);
    }
    this.#wallMs += HOUR;
    if (age === "fresh") differ();
  }

  #write(store: KeyedStore<string>, key: string): ReturnType<KeyedStore<string>["set"]> {
    this.#wallMs += WRITE_EVERY_MS;
    return store.set(key, "v".repeat(this.#parameters.valueBytes), this.#wallMs);
  }

  #areSame(): boolean {
    const [a, b] = this.#stores.map(({ table }) => table.tree.total);
    return a?.high === b?.high && a?.low === b?.low && a?.count === b?.count;
  }
}

const SETS = experiment(OPTIONS, {
  name: "reconcile",
  story: "two replicas of many keys, some of which differ, talk until they are the same",
  measures: {
    rounds: "conversations until they are the same",
    same: "whether they are, in the end: 1 or 0",
    messages: "messages until the last",
    found: "messages until it is known what differs: the last with a sum or a list of versions",
    bytes: "bytes of all messages",
    bytesEach: "bytes, a key that differs",
    sums: "sums of ranges, or stamps of vectors",
    sumsEach: "the same, a key that differs",
    listed: "versions listed",
    listedEach: "the same, a key that differs",
    asked: "versions whose entries were asked for",
    entries: "entries sent",
  },
  check: (parameters) => new TwoReplicas({ ...parameters, n: 1, differing: 0 }, 1),
  run: (parameters, seed) => new TwoReplicas(parameters, seed).run(),
});

export const RECONCILE_EXPERIMENTS: readonly Experiment[] = [SETS] as never;
