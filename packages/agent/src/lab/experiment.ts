/**
 * An experiment: something that is run again and again with other seeds, and measures.
 *
 *     parameters + seed ──▶ run ──▶ Sample        { firstMs: [12100], fullMs: [12480] }
 *                       × runs, over threads
 *                       ──▶ merged ──▶ statistics, tables, plots, cases of the papers
 *
 * A run is a pure function. It builds its cluster of production machines and of nothing else: what it may choose is
 * what an application may choose.
 *
 * To add a protocol, write one file that says four things, and put it into `experiments.ts`:
 *
 *     export const RUMOR_SPREAD = experiment(
 *       { n: whole(1000, "nodes"), k: whole(2, "…"), ...NETWORK_OPTIONS },          its options, one table
 *       {
 *         name: "spread", story: "…",
 *         measures: { residue: "share of nodes that …", hop: "…", reached: "…" },    what is measured
 *         plots: [{ kind: "curve", title: "infection", x: "hop", y: "reached", theory }],
 *         run: (parameters, seed) => {
 *           const crowd = new Crowd({ seed, size: parameters.n, ...networkOf(parameters), tenants });   how tenants are made
 *           …                                                                        what a run does
 *           return { residue: [0.06], hop: [0, 1, 2], reached: [0.001, 0.4, 0.94] };
 *         },
 *       },
 *     );
 *
 * A curve is two measures that are read together, value by value. `flood/flood.ts` is a small complete example.
 * @module
 */
import { defaultsOf } from "./option-table.ts";
import type { OptionTable, ParametersOf } from "./option-table.ts";

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
  /** Every parameter with its kind, bounds and meaning; without it, the defaults stand for themselves. */
  readonly options?: OptionTable;
  /** What is worth a picture beside the distributions of the measures. */
  readonly plots?: readonly PlotSpec<P>[];
  /** Makes what a run begins with: throws a `HearsayError` if these parameters do not go together. */
  check?(parameters: P): object;
  run(parameters: P, seed: number): Sample;
}

export type PlotSpec<P extends object = object> = CurveSpec<P> | HistogramSpec;

/** The mean of one measure over another: values of the two belong together by their places. */
export interface CurveSpec<P extends object = object> {
  readonly kind: "curve";
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** What a formula says it should be, at these places. */
  readonly theory?: {
    readonly name: string;
    at(parameters: P, x: readonly number[]): readonly number[];
  };
}

/** How often a measure has which value. */
export interface HistogramSpec {
  readonly kind: "histogram";
  readonly title: string;
  readonly of: string;
}

/** An experiment whose parameters are a table of options. */
export function experiment<const T extends OptionTable>(
  options: T,
  rest: Omit<Experiment<ParametersOf<T>>, "options" | "defaults" | "choices">,
): Experiment<ParametersOf<T>> {
  return { ...rest, options, defaults: defaultsOf(options) };
}

/** Several samples as one: the values of all runs behind each other. */
export function merge(samples: readonly Sample[]): Sample {
  const merged: Record<string, number[]> = {};
  for (const sample of samples) {
    for (const [measure, values] of Object.entries(sample)) {
      const all = (merged[measure] ??= []);
      for (const value of values) all.push(value);
    }
  }
  return merged;
}

/** The values of a measure; none if no run had any. */
export function valuesOf(sample: Sample, measure: string): readonly number[] {
  return sample[measure] ?? [];
}

/** The mean of `y` at each `x`, in the order of `x`. */
export function curveOf(spec: CurveSpec, sample: Sample): { x: number[]; y: number[] } {
  const ys = valuesOf(sample, spec.y);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [index, at] of valuesOf(sample, spec.x).entries()) {
    const cell = sums.get(at) ?? { sum: 0, count: 0 };
    sums.set(at, { sum: cell.sum + (ys[index] as number), count: cell.count + 1 });
  }
  const x = [...sums.keys()].toSorted((a, b) => a - b);
  const y = x.map((at) => {
    const { sum, count } = sums.get(at) as { sum: number; count: number };
    return sum / count;
  });
  return { x, y };
}
