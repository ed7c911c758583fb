/**
 * An experiment: something that is run again and again with other seeds, and measures.
 *
 *     parameters + seed ──▶ run ──▶ Sample        { firstMs: [12100], fullMs: [12480] }
 *                       × runs, over threads
 *                       ──▶ merged ──▶ statistics, tables, cases of the papers
 *
 * A run is a pure function. It builds its cluster of production machines and of nothing else: what it may choose is
 * what an application may choose.
 * @module
 */

/** Values that a run has measured, by the name of the measure. */
export type Sample = Readonly<Record<string, readonly number[]>>;

export interface Experiment<P extends object = object> {
  readonly name: string;
  /** What happens in it, in a sentence. */
  readonly story: string;
  /** What each measure means, with its unit; shown in this order. */
  readonly measures: Readonly<Record<string, string>>;
  /** Every parameter with the value that it has if nothing is said. */
  readonly defaults: Readonly<P>;
  /** What a parameter that is a word may be. */
  readonly choices?: Readonly<Partial<Record<keyof P & string, readonly string[]>>>;
  run(parameters: P, seed: number): Sample;
}

/** Several samples as one: the values of all runs behind each other. */
export function merge(samples: readonly Sample[]): Sample {
  const merged: Record<string, number[]> = {};
  for (const sample of samples) {
    for (const [measure, values] of Object.entries(sample)) {
      (merged[measure] ??= []).push(...values);
    }
  }
  return merged;
}

/** The values of a measure; none if no run had any. */
export function valuesOf(sample: Sample, measure: string): readonly number[] {
  return sample[measure] ?? [];
}
