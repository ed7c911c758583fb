/**
 * What peers say when stores are compared, and the deltas that they tell of.
 * @module
 */
import { text } from "hearsay/codec";
import { converse, KeyedComparison, KeyedStore, STRATEGIES, turnOf } from "hearsay/anti-entropy";
import { Sfc32 } from "hearsay/kernel";
import { promise, reasonOf } from "../target.ts";
import type { Target } from "../target.ts";

const KEYS = 40;
const MAX_BYTES = 4096;
const WALL_MS = 1_700_000_000_000;

/** A store of ours: some keys of it are others' too. */
function storeOf(origin: string): KeyedStore<string> {
  const limits = { maxEntries: 2 * KEYS, maxOrigins: 16, maxDepth: 8 };
  const store = new KeyedStore<string>({ origin, value: text(1000), limits });
  for (let i = 0; i < KEYS; i++) store.set(`key-${i}`, `${i}`, WALL_MS - 1000 * i);
  store.delete("key-7", WALL_MS, new Sfc32(1));
  return store;
}

function seeds(): Uint8Array[] {
  const said: Uint8Array[] = [];
  for (const strategy of STRATEGIES) {
    const [one, other] = [storeOf("ann"), storeOf("bob")].map((store) => {
      return new KeyedComparison(store, { strategy, fanOut: 4, branching: 4, listed: 4 });
    }) as [KeyedComparison<string>, KeyedComparison<string>];
    converse(one, other, {
      rng: new Sfc32(1),
      wallMs: WALL_MS,
      maxBytes: MAX_BYTES,
      onWords: (words) => said.push(words),
    });
  }
  // What differs in the shape of words is enough; conversations repeat themselves.
  return said.filter((_, i) => i % Math.ceil(said.length / 64) === 0);
}

const words: Target = {
  name: "reconciliation",
  reads: "words and deltas of stores that are compared",
  shape: "packet",
  seeds,
  run(input) {
    const store = storeOf("me");
    const comparison = new KeyedComparison(store);
    const options = { rng: new Sfc32(1), wallMs: WALL_MS, maxBytes: MAX_BYTES };
    const turn = turnOf(options);
    let answer: Uint8Array | undefined;
    reasonOf(() => void (answer = comparison.answer(input, turn)));
    promise((answer?.length ?? 0) <= MAX_BYTES, "an answer is no larger than it may be");
    reasonOf(() => void store.merge(input.subarray(1), turn));
    promise(store.table.size <= 2 * KEYS, "a store holds no more than it may");
    const { count } = store.table.tree.total;
    promise(count === store.table.size, "the tree holds what the store holds");
  },
};

export const ANTI_ENTROPY_TARGETS: readonly Target[] = [words];
