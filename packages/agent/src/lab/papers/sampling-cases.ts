/**
 * What the peer sampling paper's graphs look like, and Cyclon's as HyParView's paper has measured it.
 *
 * The paper's own figures are curves; the expected values are what a simulation by its rules gives: N = 10^4, c = 30, from
 * a random start, after 300 cycles. There a dead peer stays in a view until the rules of selection drop it
 * (`removesSilent: no`); what our default makes of that stands beside it.
 * @see Jelasity, Voulgaris, Guerraoui, Kermarrec, van Steen 2007, sections 4 and 5; Leitão et al. 2007, section 5, table 1
 * @module
 */
import type { PaperCase, PaperValue, Results } from "./paper-case.ts";

const PAPER = { n: 10_000, viewSize: 30, removesSilent: "no" };
const FULL = { settleCycles: 300, killShare: 0.5, healCycles: 50 };
/** In-degrees of healer and swapper have settled by then. */
const QUICK = { settleCycles: 60, killShare: 0.5, healCycles: 40 };
/** Without any rule they take longer. */
const BLIND_QUICK = { ...QUICK, settleCycles: 120, healCycles: 20 };

/** How healing goes does not hang on that. */
const REMOVED_QUICK = { ...QUICK, settleCycles: 20, removesSilent: "yes" };

const HEALER = { ...PAPER, preset: "healer" };
const SWAPPER = { ...PAPER, preset: "swapper" };
const BLIND = { ...PAPER, preset: "blind" };
const CYCLON = { ...PAPER, preset: "cyclon" };

const SETTLED = "N = 10,000, c = 30, push-pull, 300 cycles from a random start";
const FIGURES = "sections 4.2 to 4.4, whose figures have no numbers; by simulation of its rules";
const HEALING = "section 5.3, likewise";

export const SAMPLING_CASES: readonly PaperCase[] = [
  {
    id: "G1",
    claim: `swapper, rand: ${SETTLED}`,
    source: FIGURES,
    experiment: "views",
    variants: { all: { ...SWAPPER, ...FULL } },
    quickVariants: { all: { ...SWAPPER, ...QUICK } },
    runs: 1,
    quickRuns: 1,
    values: [
      mean("deviation", "standard deviation of the in-degree", 4, 0.2),
      mean("clustering", "clustering", 0.0066, 0.0005),
      mean("path", "path length", 2.7, 0.02),
    ],
  },
  {
    id: "G2",
    claim: `healer, rand: ${SETTLED}`,
    source: FIGURES,
    experiment: "views",
    variants: { all: { ...HEALER, ...FULL } },
    quickVariants: { all: { ...HEALER, ...QUICK } },
    runs: 1,
    quickRuns: 1,
    values: [
      mean("deviation", "standard deviation of the in-degree", 10.7, 0.6),
      mean("clustering", "clustering", 0.15, 0.01),
      mean("path", "path length", 2.84, 0.02),
    ],
  },
  {
    id: "G3",
    claim: `blind, rand: ${SETTLED}`,
    source: FIGURES,
    experiment: "views",
    variants: { all: { ...BLIND, ...FULL } },
    quickVariants: { all: { ...BLIND, ...BLIND_QUICK } },
    runs: 1,
    quickRuns: 1,
    values: [
      mean("deviation", "standard deviation of the in-degree", 23, 2),
      mean("clustering", "clustering", 0.026, 0.003),
    ],
  },
  {
    id: "G5",
    claim: "healer, rand, half of all nodes die: dead entries of a view",
    source: HEALING,
    experiment: "views",
    variants: {
      "by the rules": { ...HEALER, ...FULL },
      "silent ones removed": { ...HEALER, ...FULL, removesSilent: "yes" },
    },
    quickVariants: {
      "by the rules": { ...HEALER, ...QUICK },
      "silent ones removed": { ...HEALER, ...REMOVED_QUICK },
    },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "after 10 cycles, at most twice",
        expected: 0.14,
        tolerance: 0,
        bound: "most",
        ours: (results) => deadAfter(results, 10),
      },
      {
        what: "after 10 cycles, at least half",
        expected: 0.035,
        tolerance: 0,
        bound: "least",
        ours: (results) => deadAfter(results, 10),
      },
      {
        what: "after 25 cycles",
        expected: 0,
        tolerance: 0,
        ours: (results) => deadAfter(results, 25),
      },
      {
        // Twelve if a failed exchange is known at once; ours takes a cycle to be sure.
        what: "cycles until none is left, where silent peers are removed",
        expected: 14,
        tolerance: 3,
        ours: (results) => results.mean("cleanAt", "silent ones removed"),
      },
    ],
  },
  {
    id: "G6",
    claim: "swapper, rand, half of all nodes die: dead entries fall by half, and again by half",
    source: HEALING,
    experiment: "views",
    variants: {
      "by the rules": { ...SWAPPER, ...FULL },
      "silent ones removed": { ...SWAPPER, ...FULL, removesSilent: "yes" },
    },
    quickVariants: {
      "by the rules": { ...SWAPPER, ...QUICK },
      "silent ones removed": { ...SWAPPER, ...REMOVED_QUICK },
    },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "cycles until they are half as many",
        expected: 35,
        tolerance: 5,
        ours: (results) => results.mean("halfAt", "by the rules"),
      },
      {
        what: "the same where silent peers are removed",
        expected: 21,
        tolerance: 3,
        ours: (results) => results.mean("halfAt", "silent ones removed"),
      },
    ],
  },
  {
    id: "G7",
    claim: "dead entries 20 cycles after half have died, in shares of the next worse protocol's",
    source: HEALING,
    experiment: "views",
    variants: {
      healer: { ...HEALER, ...FULL },
      cyclon: { ...CYCLON, ...FULL },
      swapper: { ...SWAPPER, ...FULL },
      blind: { ...BLIND, ...FULL },
    },
    quickVariants: {
      healer: { ...HEALER, ...QUICK },
      cyclon: { ...CYCLON, ...QUICK },
      swapper: { ...SWAPPER, ...QUICK },
      blind: { ...BLIND, ...BLIND_QUICK },
    },
    runs: 1,
    quickRuns: 1,
    values: [
      less("healer", "cyclon", 0.1),
      less("cyclon", "swapper", 1),
      less("swapper", "blind", 1),
    ],
  },
  {
    id: "H4",
    claim: "Cyclon, view 35, shuffle length 14: N = 10,000, 50 cycles",
    source: "HyParView, table 1",
    experiment: "views",
    variants: { all: { n: 10_000, preset: "cyclon", viewSize: 35, settleCycles: 50 } },
    runs: 1,
    quickRuns: 1,
    values: [
      { ...mean("clustering", "clustering", 0.0068, 0.0003), paper: "0.006836" },
      { ...mean("path", "path length", 2.605, 0.02), paper: "2.60426" },
    ],
  },
];

function mean(measure: string, what: string, expected: number, tolerance: number): PaperValue {
  return { what, expected, tolerance, ours: (results) => results.mean(measure) };
}

function less(better: string, worse: string, expected: number): PaperValue {
  return {
    what: `${better} / ${worse}`,
    expected,
    tolerance: 0,
    bound: "most",
    ours: (results) => deadAfter(results, 20, better) / deadAfter(results, 20, worse),
  };
}

/** Of the first variant unless another is named. */
function deadAfter(results: Results, cycle: number, variant?: string): number {
  return results.values("dead", variant)[cycle] ?? NaN;
}
