/**
 * What Jelasity et al. say of averaging, and Kempe et al. of push-sum, looked for in our machines.
 *
 * The factor belongs to the selector: 1/e is that of random pairs, 1 / (2 √e) that of nodes that begin one exchange each, in
 * a fresh random order every cycle. Nodes that run free keep their order from cycle to cycle, and that is faster.
 * @module
 */
import type { PaperCase, PaperValue, Results } from "./paper-case.ts";

const N = 10_000;
const FEW = 1000;
type Variants = Readonly<Record<string, object>>;

/** The same on fewer nodes. */
function few(variants: Variants): Variants {
  return Object.fromEntries(
    Object.entries(variants).map(([name, options]) => [name, { ...options, n: FEW }]),
  );
}

function factor(
  variant: string,
  paper: string,
  expected: number,
  tolerance: number,
  bound?: "most",
): PaperValue {
  const ours = (results: Results) => results.mean("factor", variant);
  // Chance moves the variance of few nodes more.
  const quick = { expected, tolerance: tolerance + 0.02 };
  const limit = bound === undefined ? {} : { bound };
  return { what: `factor, ${variant}`, paper, expected, tolerance, ...limit, quick, ours };
}

const LINK_FAILURES = [0, 0.2, 0.4, 0.6, 0.8] as const;
const failureOf = (probability: number): string => `P = ${probability}`;

const A1: Variants = {
  pm: { n: N, selector: "pm" },
  rand: { n: N, selector: "rand" },
  each: { n: N },
  pmrand: { n: N, selector: "pmrand" },
};
const A2: Variants = { free: { n: N, hosting: "events", latencyMs: [0, 0] } };
const A3: Variants = { large: { n: 100_000 }, peak: { n: N, start: "peak" } };
const A4: Variants = { count: { n: N, cycles: 30 } };
const A5: Variants = Object.fromEntries(
  LINK_FAILURES.map((linkFailure) => [failureOf(linkFailure), { n: N, linkFailure }]),
);
const A6: Variants = { all: { n: N } };
const A7: Variants = { all: { n: N }, sum: { n: N, of: "sum" } };

export const AGGREGATION_CASES: readonly PaperCase[] = [
  {
    id: "A1",
    claim: "the variance falls by E(2^−φ) in a cycle, whatever the size: by selector",
    source: "Jelasity et al., section 3",
    experiment: "averaging",
    variants: A1,
    quickVariants: few(A1),
    runs: 20,
    quickRuns: 2,
    values: [
      factor("pm", "1/4", 0.25, 0.003),
      factor("rand", "1/e", 0.3679, 0.004),
      factor("each", "1/(2√e)", 0.3033, 0.003),
      factor("pmrand", "1/(2√e)", 0.3033, 0.003),
    ],
  },
  {
    id: "A2",
    claim: "nodes in phases of their own begin in the same order every cycle",
    source: "Jelasity et al., section 3",
    experiment: "averaging",
    variants: A2,
    quickVariants: few(A2),
    runs: 20,
    quickRuns: 2,
    values: [
      {
        ...factor("free", "1/(2√e)", 0.294, 0.003),
        why: "how often a node takes part is tied to its place in the order; by a fresh order in each cycle it is the paper's, see A1",
      },
    ],
  },
  {
    id: "A3",
    claim: "the factor is the same at ten times the size, and with all the mass at one node",
    source: "Jelasity et al., section 4",
    experiment: "averaging",
    variants: A3,
    quickVariants: few(A3),
    runs: 5,
    quickRuns: 2,
    values: [factor("large", "1/(2√e)", 0.3033, 0.003), factor("peak", "1/(2√e)", 0.3033, 0.015)],
  },
  {
    id: "A4",
    claim: "COUNT is exact when nothing is lost",
    source: "Jelasity et al., section 5",
    experiment: "averaging",
    variants: A4,
    quickVariants: few(A4),
    runs: 5,
    quickRuns: 2,
    values: [
      {
        what: "counted",
        unit: "nodes",
        paper: "n",
        expected: N,
        tolerance: 1e-4 * N,
        quick: { expected: FEW, tolerance: 1e-4 * FEW },
        ours: (results) => results.mean("count"),
      },
      {
        what: "the worst node is off by",
        paper: "0",
        expected: 1e-4,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.most("countOff"),
      },
    ],
  },
  {
    id: "A5",
    claim:
      "links that fail with probability P slow it down to e^(P−1) at most, and COUNT stays exact",
    source: "Jelasity et al., section 6",
    experiment: "averaging",
    variants: A5,
    quickVariants: few(A5),
    runs: 10,
    quickRuns: 2,
    values: [
      ...LINK_FAILURES.map((probability): PaperValue => {
        const bound = Math.exp(probability - 1);
        return factor(failureOf(probability), `≤ ${bound.toFixed(4)}`, bound, 0, "most");
      }),
      {
        what: "the mean has moved by, P = 0.8",
        paper: "0",
        expected: 1e-9,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.most("drift", failureOf(0.8)),
      },
    ],
  },
  {
    id: "A6",
    claim: "push-sum halves the variance in a round, and comes near in logarithmic time",
    source: "Kempe et al., section 2",
    experiment: "push-sum",
    variants: A6,
    quickVariants: few(A6),
    runs: 10,
    quickRuns: 2,
    values: [
      { ...factor("all", "1/2", 0.503, 0.015), what: "factor" },
      {
        what: "until all are within a thousandth",
        unit: "rounds",
        expected: 29,
        tolerance: 3,
        quick: { expected: 27, tolerance: 3 },
        ours: (results) => results.mean("thousandth"),
      },
    ],
  },
  {
    id: "A7",
    claim: "sums and weights over all nodes never change: conservation of mass",
    source: "Kempe et al., section 2",
    experiment: "push-sum",
    variants: A7,
    quickVariants: few(A7),
    runs: 10,
    quickRuns: 2,
    values: (["sumDrift", "weightDrift"] as const).flatMap((measure) =>
      ["all", "sum"].map((variant): PaperValue => ({
        what: `${measure === "sumDrift" ? "sum" : "weight"} has moved by, ${variant === "all" ? "mean" : "sum"}`,
        paper: "0",
        expected: 1e-9,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.most(measure, variant),
      })),
    ),
  },
];
