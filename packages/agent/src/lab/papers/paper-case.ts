/**
 * A case: one thing that a paper says, and how it is looked for in the production machines.
 *
 *     case ─ variants × runs ─▶ experiment ─▶ Results ─▶ value ─▶ within tolerance?      reproduced, or not
 *                                                              └▶ or: differs, and why   with a gate of our own
 *
 * A protocol's cases are a list of these. What they run are experiments that everybody can run
 * (`hearsay experiment`), with parameters that everybody can set.
 * @module
 */
import type { Sample } from "../experiment.ts";
import { valuesOf } from "../experiment.ts";
import { summary, sum } from "../statistics.ts";

export interface PaperCase {
  /** Stable, short: it is how a case is named on the command line. */
  readonly id: string;
  readonly claim: string;
  /** Where it is said. */
  readonly source: string;
  /** Whose experiment it is. @default the paper's own protocol */
  readonly protocol?: string;
  readonly experiment: string;
  /** Parameters to run with, by name; a case compares the results of one or of several. A list is a grid. */
  readonly variants: Readonly<Record<string, object | readonly object[]>>;
  /** What is run with `--quick` instead, if a grid is too long for that. */
  readonly quickVariants?: Readonly<Record<string, object | readonly object[]>>;
  /** Runs of each set of parameters, with seeds of their own; and with `--quick`. */
  readonly runs: number;
  readonly quickRuns: number;
  readonly values: readonly PaperValue[];
}

export interface PaperValue {
  readonly what: string;
  readonly unit?: string;
  /** What the paper says, as it is printed or read off its figure; nothing where the rule alone is the paper's. */
  readonly paper?: string;
  /** What it has to come to. */
  readonly expected: number;
  /** How far from that it may be: this, or four standard errors of what was measured, whichever is larger. */
  readonly tolerance: number;
  /** Whether being less than expected, or more, is as good. */
  readonly bound?: "most" | "least";
  /** What it has to come to where `quickVariants` are smaller. */
  readonly quick?: { readonly expected: number; readonly tolerance: number };
  /**
   * Why the paper's value is not what is expected here. Then `expected` is our own, which must not get worse
   * unnoticed.
   */
  readonly why?: string;
  readonly ours: (results: Results) => Estimate | number;
}

/** A value with what chance alone may have added to it. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** A median's standard error is this much of the mean's, if values are spread normally. */
const MEDIAN_ERROR = 1.2533;

/** What the variants of a case have measured. */
export class Results {
  readonly #samples: ReadonlyMap<string, Sample>;

  constructor(samples: ReadonlyMap<string, Sample>) {
    this.#samples = samples;
  }

  /** Without a variant's name, of the first. */
  values(measure: string, variant?: string): readonly number[] {
    const sample =
      variant === undefined ? [...this.#samples.values()][0] : this.#samples.get(variant);
    if (sample === undefined) throw new Error(`BUG: no variant ${variant}`);
    return valuesOf(sample, measure);
  }

  mean(measure: string, variant?: string): Estimate {
    const { mean, standardError } = summary(this.values(measure, variant));
    return { value: mean, standardError };
  }

  /** Of zeros and ones, with the error that chance leaves if `expected` is the true share. */
  share(measure: string, expected: number, variant?: string): Estimate {
    const values = this.values(measure, variant);
    const standardError = Math.sqrt((expected * (1 - expected)) / values.length);
    return { value: summary(values).mean, standardError };
  }

  median(measure: string, variant?: string): Estimate {
    const { p50, standardError } = summary(this.values(measure, variant));
    return { value: p50, standardError: MEDIAN_ERROR * standardError };
  }

  p99(measure: string, variant?: string): number {
    return summary(this.values(measure, variant)).p99;
  }

  most(measure: string, variant?: string): number {
    return summary(this.values(measure, variant)).max;
  }

  least(measure: string, variant?: string): number {
    return -Math.max(...this.values(measure, variant).map((value) => -value));
  }

  /** Of a curve: the values of `y` at one place of `x`. */
  at(x: string, place: number, y: string, variant?: string): Estimate {
    const ys = this.values(y, variant);
    const places = this.values(x, variant);
    const { mean, standardError } = summary(ys.filter((_, index) => places[index] === place));
    return { value: mean, standardError };
  }

  sum(measures: readonly string[], variant?: string): number {
    return sum(measures.flatMap((measure) => this.values(measure, variant)));
  }

  /** The sum of some measures in one variant, in per cent of the same in another. */
  percent(measures: readonly string[], variant: string, of: string): number {
    return (100 * this.sum(measures, variant)) / this.sum(measures, of);
  }
}

export interface Verdict {
  readonly value: PaperValue;
  readonly ours: number;
  /** How far from the expected value it was allowed to be. */
  readonly allowed: number;
  readonly passed: boolean;
}

/** @param quick whether the results are of the quick variants */
export function judge(given: PaperValue, results: Results, quick: boolean): Verdict {
  const value = quick && given.quick !== undefined ? { ...given, ...given.quick } : given;
  const found = value.ours(results);
  const { value: ours, standardError } =
    typeof found === "number" ? { value: found, standardError: 0 } : found;
  const chance = Number.isNaN(standardError) ? 0 : 4 * standardError;
  const allowed = Math.max(value.tolerance, chance);
  const away = ours - value.expected;
  // A millionth for what adding up in another order may change.
  const limit = allowed + 1e-6 * Math.abs(value.expected);
  const passed =
    value.bound === "most"
      ? away <= limit
      : value.bound === "least"
        ? away >= -limit
        : Math.abs(away) <= limit;
  return { value, ours, allowed, passed };
}
