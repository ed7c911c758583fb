/**
 * How two keyed stores are compared: one strategy to begin with, and an answer to any.
 *
 *     words   kind · …      01 ranges of positions    02 stretches of time    03 version vectors
 *
 * @module
 */
import { checkInteger, DecodeError, optionError } from "../kernel/index.ts";
import type { KeyedStore } from "./keyed-store.ts";
import { RangeComparison } from "./range-comparison.ts";
import type { RangeStrategy, WordCounts } from "./range-comparison.ts";
import { RANGE_WORDS } from "./range-words.ts";
import type { Comparison, Direction, StoreTurn } from "./store.ts";
import { TIME_WORDS, TimeComparison } from "./time-comparison.ts";
import type { TimeStrategy } from "./time-comparison.ts";
import { VECTOR_WORDS, VectorComparison } from "./vector-comparison.ts";

/** How differences are found: see docs/protocols/anti-entropy.md for which one you want. */
export type Strategy = RangeStrategy | TimeStrategy | "vectors";
export const STRATEGIES: readonly Strategy[] = [
  "full",
  "checksum",
  "recent",
  "merkle",
  "peelBack",
  "vectors",
  "ranges",
];

export interface KeyedComparisonOptions {
  /** @default "ranges" */
  readonly strategy?: Strategy;
  /** @default "pushPull" */
  readonly direction?: Direction;
  /** Of `merkle`: children of a node, 2, 4, 8 … 256. @default 16 */
  readonly fanOut?: number;
  /** Of `ranges`: parts into which a range is split, 2..256. @default 16 */
  readonly branching?: number;
  /** Of `ranges`: entries of a range that are listed, not split, 1..4096. @default 32 */
  readonly listed?: number;
  /** Of `recent`: what counts as such; more than news takes to be everywhere. @default 60,000 */
  readonly recentMs?: number;
}

export class KeyedComparison<V> implements Comparison {
  readonly #strategy: Strategy;
  readonly #gives: boolean;
  readonly #wants: boolean;
  readonly #ranges: RangeComparison<V>;
  readonly #times: TimeComparison<V>;
  readonly #vectors: VectorComparison<V>;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(store: KeyedStore<V>, options: KeyedComparisonOptions = {}) {
    const { strategy = "ranges", direction = "pushPull", fanOut = 16 } = options;
    const { branching = 16, listed = 32, recentMs = 60_000 } = options;
    if (!STRATEGIES.includes(strategy)) {
      throw optionError("strategy", STRATEGIES.join(", "), strategy);
    }
    if (direction !== "push" && direction !== "pull" && direction !== "pushPull") {
      throw optionError("direction", "push, pull or pushPull", direction);
    }
    const fanOutBits = 31 - Math.clz32(fanOut);
    if (fanOut !== 1 << fanOutBits || fanOutBits < 1 || fanOutBits > 8) {
      throw optionError("fanOut", "2, 4, 8 … 256", fanOut);
    }
    checkInteger("branching", branching, 2, 256);
    checkInteger("listed", listed, 1, 4096);
    checkInteger("recentMs", recentMs, 1, 86_400_000);
    this.#strategy = strategy;
    this.#gives = direction !== "pull";
    this.#wants = direction !== "push";
    const ranges = new RangeComparison(store, { fanOutBits, branching, listed });
    this.#ranges = ranges;
    this.#times = new TimeComparison(store, recentMs, ({ gives, wants }, turn) =>
      ranges.begin("full", gives, wants, turn),
    );
    this.#vectors = new VectorComparison(store, ({ gives, wants }, turn) =>
      ranges.begin("ranges", gives, wants, turn),
    );
  }

  begin(turn: StoreTurn): Uint8Array {
    const [gives, wants] = [this.#gives, this.#wants];
    switch (this.#strategy) {
      case "vectors":
        return this.#vectors.begin(gives, wants, turn);
      case "recent":
      case "peelBack":
        return this.#times.begin(this.#strategy, gives, wants, turn);
      default:
        return this.#ranges.begin(this.#strategy, gives, wants, turn);
    }
  }

  /** @throws DecodeError */
  answer(words: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    return this.#family(words).answer(words.subarray(1), turn);
  }

  /**
   * What words hold, counted: for experiments and tools.
   * @throws DecodeError
   */
  look(words: Uint8Array): WordCounts {
    return this.#family(words).look(words.subarray(1));
  }

  #family([tag]: Uint8Array): RangeComparison<V> | TimeComparison<V> | VectorComparison<V> {
    switch (tag) {
      case RANGE_WORDS:
        return this.#ranges;
      case TIME_WORDS:
        return this.#times;
      case VECTOR_WORDS:
        return this.#vectors;
      default:
        throw new DecodeError("unknownType", `words of kind ${tag}`);
    }
  }
}
