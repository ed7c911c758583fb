/**
 * What Hayashibara et al. and Cassandra say of phi accrual, and van Renesse et al. of heartbeats that are gossiped.
 * @module
 */
import type { PaperCase, PaperValue } from "./paper-case.ts";

/** When φ has which value: heartbeats every 1000 ± 100 ms, spread normally. */
const NORMAL: readonly (readonly [phi: number, ms: number])[] = [
  [1, 1128.2],
  [2, 1232.6],
  [3, 1309],
  [5, 1426.5],
  [8, 1561.2],
  [10, 1636.1],
  [12, 1703.4],
];
/** The same after a silence, exponentially: multiples of the mean, φ · ln 10. */
const EXPONENTIAL: readonly (readonly [phi: number, paper: string])[] = [
  [5, "11.51"],
  [8, "18.42"],
  [12, "27.63"],
];
const SIZES = [32, 64, 128, 256] as const;
const LOSSES = [0.1, 0.2, 0.5] as const;
const sizeName = (n: number): string => `n = ${n}`;
const lossName = (loss: number): string => `${Math.round(100 * loss)} % lost`;

/** Rounds since a member's last newer heartbeat: chance moves the rare ones by one. */
function age(measure: "p99" | "p999", variant: string, expected: number, why?: string): PaperValue {
  const share = measure === "p99" ? "99" : "99.9";
  return {
    what: `${share} % of ages are no more, ${variant}`,
    unit: "rounds",
    expected,
    tolerance: 1,
    ...(why !== undefined && { why }),
    ours: (results) => results.mean(measure, variant),
  };
}

export const DETECTION_CASES: readonly PaperCase[] = [
  {
    id: "PH1",
    claim: "φ after a silence, intervals of 1000 ± 100 ms spread normally",
    source: "Hayashibara et al., section 3",
    protocol: "phi",
    experiment: "silence",
    variants: { normal: { model: "normal", meanMs: 1000, deviationMs: 100 } },
    runs: 1,
    quickRuns: 1,
    values: NORMAL.map(([phi, ms]) => ({
      what: `φ = ${phi} at`,
      unit: "ms",
      paper: String(ms),
      expected: ms,
      tolerance: 0.1,
      ours: (results) => results.at("phi", phi, "silenceMs"),
    })),
  },
  {
    id: "PH2",
    claim: "a threshold φ is a mistake in 10^−φ of all intervals",
    source: "Hayashibara et al., section 3",
    protocol: "phi",
    experiment: "arrivals",
    variants: Object.fromEntries(
      [1, 2, 3].map((threshold) => {
        const options = { model: "normal", threshold, leastDeviationMs: 1 };
        return [`φ = ${threshold}`, { ...options, heartbeats: 500_000, warmUp: 1000 }];
      }),
    ),
    runs: 4,
    quickRuns: 1,
    values: (
      [
        [1, 0.1, 0.1002],
        [2, 0.01, 0.01015],
        [3, 0.001, 0.00106],
      ] as const
    ).map(([threshold, paper, expected]) => ({
      what: `share of intervals with a mistake, φ = ${threshold}`,
      paper: String(paper),
      expected,
      // The window knows the last 1000 intervals, not the spread itself: its errors only add mistakes.
      tolerance: 0.05 * expected + 1e-4,
      ours: (results) => results.mean("mistakes", `φ = ${threshold}`),
    })),
  },
  {
    id: "PH3",
    claim: "Cassandra's φ: silence / mean · log10 e",
    source: "Cassandra, gms.FailureDetector",
    protocol: "phi",
    experiment: "silence",
    variants: { exponential: { model: "exponential", meanMs: 1 } },
    runs: 1,
    quickRuns: 1,
    values: EXPONENTIAL.map(([phi, paper]) => ({
      what: `φ = ${phi} after this many times the mean`,
      paper,
      expected: phi * Math.LN10,
      tolerance: 1e-6,
      ours: (results) => results.at("phi", phi, "silenceMs"),
    })),
  },
  {
    id: "HB1",
    claim:
      "n = 128, T_fail = 15 rounds, nothing lost, 200 rounds: one who lives is called dead once in three million",
    source: "van Renesse et al., section 4",
    protocol: "detection",
    experiment: "rounds",
    variants: { all: { detector: "heartbeat", n: 128, rounds: 200, failMs: 15_000 } },
    quickVariants: { all: { detector: "heartbeat", n: 128, rounds: 40, failMs: 15_000 } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "members called dead in 3,251,200 looks",
        expected: 1,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.sum(["mistakes"]),
      },
    ],
  },
  {
    id: "HB2",
    claim: "how long it takes grows with log n: rounds since a member's last newer heartbeat",
    source: "van Renesse et al., section 4",
    protocol: "detection",
    experiment: "rounds",
    variants: Object.fromEntries(
      SIZES.map((n) => [sizeName(n), { detector: "heartbeat", n, failMs: 60_000 }]),
    ),
    quickVariants: Object.fromEntries(
      SIZES.map((n) => [sizeName(n), { detector: "heartbeat", n, failMs: 60_000, rounds: 10 }]),
    ),
    runs: 2,
    quickRuns: 1,
    values: SIZES.flatMap((n, i) => [
      age("p99", sizeName(n), 6),
      age("p999", sizeName(n), [8, 8, 9, 9][i] as number),
    ]),
  },
  {
    id: "HB3",
    claim: "and with loss, n = 128",
    source: "van Renesse et al., section 4",
    protocol: "detection",
    experiment: "rounds",
    variants: Object.fromEntries(
      LOSSES.map((loss) => [lossName(loss), { detector: "heartbeat", loss, failMs: 60_000 }]),
    ),
    quickVariants: Object.fromEntries(
      LOSSES.map((loss) => [
        lossName(loss),
        { detector: "heartbeat", loss, failMs: 60_000, rounds: 10 },
      ]),
    ),
    runs: 2,
    quickRuns: 1,
    values: LOSSES.map((loss, i) => age("p999", lossName(loss), [10, 11, 19][i] as number)),
  },
];
