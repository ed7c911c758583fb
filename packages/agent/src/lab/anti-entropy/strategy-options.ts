/**
 * How two keyed stores are compared, as options of an experiment.
 * @module
 */
import { STRATEGIES } from "hearsay/anti-entropy";
import type { KeyedComparisonOptions } from "hearsay/anti-entropy";
import { whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

export const STRATEGY_OPTIONS = {
  strategy: word("ranges", STRATEGIES, "how differences are found"),
  direction: word("pushPull", ["push", "pull", "pushPull"], "which way they travel"),
  fanOut: whole(16, "merkle: children of a node, a power of two", { least: 2, most: 256 }),
  branching: whole(16, "ranges: parts into which one is split", { least: 2, most: 256 }),
  listed: whole(32, "ranges: entries of one that is listed", { least: 1, most: 4096 }),
  recentMs: whole(60_000, "recent: ms that count as such", { least: 1, most: 86_400_000 }),
} satisfies Record<keyof KeyedComparisonOptions, OptionSpec>;

export function strategyOf(
  parameters: ParametersOf<typeof STRATEGY_OPTIONS>,
): KeyedComparisonOptions {
  const { strategy, direction, fanOut, branching, listed, recentMs } = parameters;
  return { strategy, direction, fanOut, branching, listed, recentMs };
}
