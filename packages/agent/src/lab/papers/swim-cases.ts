/**
 * What SWIM's paper says, looked for in our membership with all that is not SWIM's switched off.
 * @see Das, Gupta, Motivala 2002
 * @module
 */
import type { MembershipOptions } from "hearsay/membership";
import { CONFIGURATIONS } from "../configurations.ts";
import type { Estimate, PaperCase, Results } from "./paper-case.ts";

const SWIM = CONFIGURATIONS.swim.membership;
/** Loss is decided by the networks alone: SWIM's messages and nothing else. */
const PATIENT = { ...SWIM, suspicionMult: 64 };
/** News rides on pings and acks alone, and often enough for λ = 2: 8, 9 and 10 times for 2 ln n. */
const INFECTION = { ...SWIM, gossipNodes: 0 };
/** k = 1, T' = 2 s, a suspicion of 15 periods, news sent 14 times; no exchange of states and no healing. */
const FIGURE_4: MembershipOptions = {
  ...INFECTION,
  probeIntervalMs: 2000,
  indirectChecks: 1,
  retransmitMult: 7,
  suspicionMult: 12,
  pushPullIntervalMs: 86_400_000,
};
const NEAR = { latencyMs: [1, 1] };

const PHASES =
  "the paper counts synchronous periods; members that began at random times are rarely asleep together";
const OURS =
  "the paper gives a curve without numbers; ours is measured, and close to x(t) = n/(1 + (n − 1)e^−(2 − 1/n)t)";

export const SWIM_CASES: readonly PaperCase[] = [
  {
    id: "S1",
    claim: "periods until some member probes a given one, n = 100 (ours goes round robin)",
    source: "§3.1, e/(e − 1); 1.577 at n = 100",
    experiment: "order",
    variants: { all: { n: 100, membership: SWIM, ...NEAR, rounds: 200, instants: 40 } },
    runs: 4,
    quickRuns: 1,
    values: [
      {
        what: "first probe, counted in whole periods",
        paper: "1.577",
        expected: 1.577,
        tolerance: 0.06,
        ours: (results) => results.mean("firstPeriods"),
      },
    ],
  },
  {
    id: "S2",
    claim: "the same in continuous time, members in random phases",
    source: "§3.1",
    experiment: "crash",
    variants: { all: { n: 100, membership: SWIM, ...NEAR, crashes: 50, until: "suspected" } },
    runs: 8,
    quickRuns: 2,
    values: [
      {
        what: "crash to the first probe, T'",
        paper: "1.582",
        expected: 1,
        tolerance: 0.06,
        why: PHASES,
        ours: (results) => inPeriods(results.mean("firstPingMs")),
      },
      {
        what: "crash to the first suspicion, T'",
        expected: 2,
        tolerance: 0.06,
        ours: (results) => inPeriods(results.mean("suspectMs")),
      },
    ],
  },
  {
    id: "S3",
    claim: "round robin: a member's turn comes within 2n − 1 rounds, n = 56",
    source: "§4.3",
    experiment: "order",
    variants: { all: { n: 56, membership: SWIM, ...NEAR, rounds: 400, instants: 40 } },
    runs: 4,
    quickRuns: 1,
    values: [
      {
        what: "longest gap of one prober, rounds",
        paper: "≤ 111",
        expected: 111,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.most("gap"),
      },
      {
        what: "first probe, counted in whole periods",
        paper: "1.574 (e/(e − 1) at n = 56)",
        expected: 1.556,
        tolerance: 0.05,
        ours: (results) => results.mean("firstPeriods"),
      },
    ],
  },
  {
    id: "S4",
    claim: "message load without failures, flat in n",
    source: "§5.1, figure 2",
    experiment: "rest",
    variants: {
      "n = 16": { n: 16, membership: SWIM, seconds: 120 },
      "n = 56": { n: 56, membership: SWIM, seconds: 120 },
      "n = 128": { n: 128, membership: SWIM, seconds: 60 },
    },
    runs: 2,
    quickRuns: 1,
    values: ["n = 16", "n = 56", "n = 128"].flatMap((variant) => [
      {
        what: `sent by a member in a period, ${variant}`,
        paper: "2.0",
        expected: 2,
        tolerance: 0.02,
        ours: (results: Results) => results.mean("sentPerPeriod", variant),
      },
      {
        what: `received, ${variant}`,
        paper: "2.0",
        expected: 2,
        tolerance: 0.02,
        ours: (results: Results) => results.mean("receivedPerPeriod", variant),
      },
    ]),
  },
  {
    id: "S5",
    claim: "verdicts against a healthy member in a round, packets arrive with probability q",
    source:
      "§3.1, (1 − q²)(1 − q⁴)^k; the paper's formula has one factor 1.58 more: it is per detection time",
    experiment: "verdicts",
    variants: Object.fromEntries(
      verdictSettings().map(({ loss, k }) => [
        verdictName(loss, k),
        { n: 32, loss, membership: { ...PATIENT, indirectChecks: k }, rounds: 200 },
      ]),
    ),
    runs: 4,
    quickRuns: 1,
    values: verdictSettings().map(({ loss, k }) => {
      const q = 1 - loss;
      const expected = (1 - q ** 2) * (1 - q ** 4) ** k;
      return {
        what: verdictName(loss, k),
        paper: expected.toPrecision(3),
        expected,
        tolerance: 0,
        ours: (results) => results.share("failed", expected, verdictName(loss, k)),
      };
    }),
  },
  {
    id: "S6",
    claim: "news on pings and acks alone reaches everybody in O(log n) periods",
    source: "§4.1, §5.2",
    experiment: "news",
    variants: {
      "n = 16": { n: 16, membership: INFECTION, news: 20 },
      "n = 56": { n: 56, membership: INFECTION, news: 20 },
      "n = 100": { n: 100, membership: INFECTION, news: 20 },
    },
    runs: 4,
    quickRuns: 1,
    values: [
      ...[
        ["n = 16", 2.5],
        ["n = 56", 3.9],
        ["n = 100", 4.3],
      ].map(([variant, expected]) => ({
        what: `periods until all have it, ${variant}`,
        expected: expected as number,
        tolerance: 0.4,
        why: OURS,
        ours: (results: Results) => results.mean("allPeriods", variant as string),
      })),
      {
        what: "share of news that reaches all, n = 100",
        paper: "1 − n^−(2λ − 2)",
        expected: 1,
        tolerance: 0.01,
        ours: (results) => results.mean("reachedAll", "n = 100"),
      },
    ],
  },
  {
    id: "S7",
    claim: "17 processes join one by one, 10 % loss: suspicion keeps the group together",
    source: "§5.3, figure 4 (one run)",
    experiment: "group",
    variants: {
      "SWIM + Inf + Susp": { membership: FIGURE_4 },
      "SWIM + Inf": { membership: { ...FIGURE_4, suspicion: false } },
      SWIM: { membership: { ...FIGURE_4, suspicion: false, piggyback: false } },
    },
    runs: 16,
    quickRuns: 4,
    values: [
      {
        what: "group size, SWIM + Inf + Susp",
        paper: "12",
        expected: 17,
        tolerance: 1,
        why: "nobody of ours is gone for good: who is declared dead in error hears of it and refutes",
        ours: (results) => results.mean("size", "SWIM + Inf + Susp"),
      },
      {
        what: "SWIM + Inf, less than that by",
        paper: "8",
        expected: 0.5,
        tolerance: 0,
        bound: "least",
        why: "the ordering is the paper's, the distance is not: refutations again",
        ours: (results) => less(results, "SWIM + Inf + Susp", "SWIM + Inf"),
      },
      {
        what: "SWIM, less again by",
        paper: "2",
        expected: 0.5,
        tolerance: 0,
        bound: "least",
        why: "the same",
        ours: (results) => less(results, "SWIM + Inf", "SWIM"),
      },
    ],
  },
];

function less(results: Results, larger: string, smaller: string): number {
  return results.mean("size", larger).value - results.mean("size", smaller).value;
}

function inPeriods({ value, standardError }: Estimate): Estimate {
  return { value: value / 1000, standardError: standardError / 1000 };
}

function verdictSettings(): readonly { loss: number; k: number }[] {
  const losses = [0.02, 0.1, 0.2];
  return losses.flatMap((loss) => [0, 1, 3].map((k) => ({ loss, k })));
}

function verdictName(loss: number, k: number): string {
  return `loss ${100 * loss} %, k = ${k}`;
}
