/**
 * What Demers et al. say of rumors and of mail, looked for in our machines in synchronous rounds.
 *
 * Table 1 holds for a site that judges its contacts by the state at the start of the cycle, sets its counter back
 * on a useful one, and counts one in vain for each cycle at most: the defaults. The equation
 * s = e^(−(k+1)(1−s)) holds for contacts that are judged and counted at once, without that reset.
 * @see Demers et al. 1987, Epidemic algorithms for replicated database maintenance
 * @module
 */
import type { Estimate, PaperCase, PaperValue, Results } from "./paper-case.ts";

const N = 1000;
const FEEDBACK = { n: N };
const BLIND = { n: N, response: "blind", interest: "coin" };
const PULL = { n: N, direction: "pull" };

const AVERAGE =
  "the paper has 11.0 to 12.8: by its own definition of the mean delay no reading of its rules gives more than 10.1 " +
  "here, and table 3, by the same definition, comes out; ours is what the rules give";
const OWN = "the paper gives no number; ours is measured";

interface Row {
  readonly k: number;
  readonly residue: readonly [printed: string, expected: number, tolerance: number];
  readonly traffic: readonly [printed: string, expected: number, tolerance: number];
  readonly last: readonly [printed: string, expected: number, tolerance: number];
}

function rowCase(
  table: number,
  options: object,
  row: Row,
  runs: readonly [full: number, quick: number],
  extra: readonly PaperValue[] = [],
): PaperCase {
  const { k, residue, traffic, last } = row;
  const value = (what: string, measure: string, cell: Row["last"], unit?: string): PaperValue => {
    const [paper, expected, tolerance] = cell;
    const ours = (results: Results): Estimate => results.mean(measure);
    // So few runs often agree by chance, and then seem surer than they are.
    const quick = { expected, tolerance: 3 * tolerance };
    return { what, paper, expected, tolerance, quick, ours, ...(unit !== undefined && { unit }) };
  };
  return {
    id: `D${table}.${k}`,
    claim: `${CLAIMS[table - 1]}, k = ${k}`,
    source: `table ${table}`,
    experiment: "spread",
    variants: { all: { ...options, k } },
    runs: runs[0],
    quickRuns: runs[1],
    values: [
      value("residue", "residue", residue),
      value("traffic", "traffic", traffic),
      value("last delay", "lastCycles", last, "cycles"),
      ...extra,
    ],
  };
}

const CLAIMS = ["push, feedback, counter", "push, blind, coin", "pull, feedback, counter"] as const;

function averageOf(expected: number, tolerance: number, paper: string, why?: string): PaperValue {
  return {
    what: "mean delay",
    unit: "cycles",
    paper,
    expected,
    tolerance,
    ...(why !== undefined && { why }),
    ours: (results) => results.mean("averageCycles"),
  };
}

const TABLE_1: readonly (readonly [Row, average: number, printed: string])[] = [
  [
    {
      k: 1,
      residue: ["0.18", 0.176, 0.01],
      traffic: ["1.7", 1.74, 0.06],
      last: ["16.8", 16.8, 0.35],
    },
    9.8,
    "11.0",
  ],
  [
    {
      k: 2,
      residue: ["0.037", 0.037, 0.0015],
      traffic: ["3.3", 3.3, 0.06],
      last: ["16.9", 16.9, 0.35],
    },
    9.95,
    "12.1",
  ],
  [
    {
      k: 3,
      residue: ["0.011", 0.011, 0.001],
      traffic: ["4.5", 4.5, 0.06],
      last: ["17.4", 17.4, 0.35],
    },
    10.02,
    "12.5",
  ],
  [
    {
      k: 4,
      residue: ["0.0036", 0.0036, 0.0005],
      traffic: ["5.6", 5.6, 0.06],
      last: ["17.5", 17.5, 0.35],
    },
    10.05,
    "12.7",
  ],
  [
    {
      k: 5,
      residue: ["0.0012", 0.0012, 0.0003],
      traffic: ["6.7", 6.7, 0.06],
      last: ["17.7", 17.7, 0.35],
    },
    10.06,
    "12.8",
  ],
];

const TABLE_2: readonly Row[] = [
  { k: 1, residue: ["0.96", 0.96, 0.006], traffic: ["0.04", 0.04, 0.005], last: ["38", 38, 5] },
  { k: 2, residue: ["0.20", 0.2, 0.01], traffic: ["1.6", 1.6, 0.03], last: ["33", 33, 1.2] },
  { k: 3, residue: ["0.060", 0.06, 0.006], traffic: ["2.8", 2.8, 0.05], last: ["32", 32, 1.5] },
  { k: 4, residue: ["0.021", 0.021, 0.0025], traffic: ["3.9", 3.9, 0.06], last: ["32", 32, 1.4] },
  { k: 5, residue: ["0.008", 0.008, 0.0018], traffic: ["4.9", 4.9, 0.1], last: ["32", 32, 1.6] },
];

const TABLE_3: readonly (readonly [Row, printed: string, runs: number])[] = [
  [
    {
      k: 1,
      residue: ["0.031", 0.0313, 0.0015],
      traffic: ["2.7", 2.7, 0.03],
      last: ["17.6", 17.6, 0.35],
    },
    "9.97",
    1000,
  ],
  [
    {
      k: 2,
      residue: ["0.00058", 0.00058, 0.00012],
      traffic: ["4.5", 4.5, 0.03],
      last: ["15.4", 15.4, 0.35],
    },
    "10.07",
    1000,
  ],
  [
    {
      k: 3,
      residue: ["4.0e-6", 4e-6, 2e-5],
      traffic: ["6.1", 6.1, 0.03],
      last: ["14.0", 14, 0.35],
    },
    "10.08",
    5000,
  ],
];

/** −ln s / m, of the means of all runs. */
function exponent(results: Results): Estimate {
  const residue = results.mean("residue");
  const traffic = results.mean("traffic").value;
  const value = -Math.log(residue.value) / traffic;
  // A single run has no spread: then that of sites that are left by chance.
  const error = Number.isNaN(residue.standardError)
    ? 1 / Math.sqrt(results.mean("missing").value)
    : residue.standardError / residue.value;
  return { value, standardError: error / traffic };
}

/** The share that s = e^(−(k+1)(1−s)) leaves out. */
function left(k: number): number {
  let s = 0.1;
  for (let i = 0; i < 200; i++) s = Math.exp(-(k + 1) * (1 - s));
  return s;
}

const AT_ONCE = { n: N, judged: "atOnce", resetOnNeed: false };

const EQUATION: readonly PaperCase[] = [1, 2, 3, 4, 5].flatMap((k) =>
  (["coin", "counter"] as const).map((interest) => ({
    id: `D4.${k}${interest === "coin" ? "c" : ""}`,
    claim: `push, feedback, ${interest}, judged at once and without a reset, k = ${k}: the equation's residue`,
    source: "§1.4, s = e^(−(k+1)(1−s))",
    experiment: "spread",
    variants: { all: { ...AT_ONCE, interest, k } },
    runs: 500,
    quickRuns: 5,
    values: [
      {
        what: "residue",
        ...(k <= 2 && { paper: k === 1 ? "20 %" : "6 %" }),
        expected: left(k),
        tolerance: 0.03 * left(k),
        ours: (results: Results) => results.mean("residue"),
      },
    ],
  })),
);

const EXPONENT: readonly PaperCase[] = (["blind", "feedback"] as const).flatMap((response) =>
  (["coin", "counter"] as const).flatMap((interest) =>
    [1, 2, 3, 4]
      // A coin with k = 1 and no feedback ends with the first contact, whoever it is: one chain and no epidemic.
      .filter((k) => response === "feedback" || k > 1)
      .map((k) => ({
        id: `D5.${response === "blind" ? "b" : "f"}${interest === "coin" ? "c" : "k"}${k}`,
        claim: `push, ${response}, ${interest}, k = ${k}: what is left is e^−m`,
        source: "§1.4",
        experiment: "spread",
        variants: { all: { n: 20_000, response, interest, k } },
        quickVariants: { all: { n: 5000, response, interest, k } },
        runs: 30,
        quickRuns: 1,
        values: [{ what: "−ln s / m", paper: "1", expected: 1, tolerance: 0.02, ours: exponent }],
      })),
  ),
);

const LIMITS = {
  push: { n: N, k: 3 },
  "push, limit 1": { n: N, k: 3, connectionLimit: 1 },
  "push, hunt 1": { n: N, k: 3, connectionLimit: 1, huntLimit: 1 },
  "push, hunt 4": { n: N, k: 3, connectionLimit: 1, huntLimit: 4 },
  "push, hunt 1000": { n: N, k: 3, connectionLimit: 1, huntLimit: 1000 },
  pull: { ...PULL, k: 3 },
  "pull, limit 1": { ...PULL, k: 3, connectionLimit: 1 },
  "pull, hunt 1": { ...PULL, k: 3, connectionLimit: 1, huntLimit: 1 },
  "pull, hunt 4": { ...PULL, k: 3, connectionLimit: 1, huntLimit: 4 },
  "pull, hunt 1000": { ...PULL, k: 3, connectionLimit: 1, huntLimit: 1000 },
};

function difference(
  results: Results,
  measure: string,
  one: keyof typeof LIMITS,
  other: keyof typeof LIMITS,
): Estimate {
  const [first, second] = [results.mean(measure, one), results.mean(measure, other)];
  const standardError = Math.hypot(first.standardError, second.standardError);
  return { value: first.value - second.value, standardError };
}

/** By how much the residue of one is above that of another. */
function above(one: keyof typeof LIMITS, other: keyof typeof LIMITS): PaperValue {
  return {
    what: `residue, ${one}, above ${other}`,
    expected: 0,
    tolerance: 0,
    bound: "least",
    ours: (results) => difference(results, "residue", one, other),
  };
}

function apart(measure: string, what: string, tolerance: number): PaperValue {
  return {
    what,
    paper: "0",
    expected: 0,
    tolerance,
    ours: (results) => difference(results, measure, "push, hunt 1000", "pull, hunt 1000"),
  };
}

const ENDLESS = { k: 0, untilAll: true };

function endless(
  id: string,
  direction: "push" | "pull" | "pushpull",
  values: readonly (readonly [
    what: string,
    measure: string,
    expected: number,
    tolerance: number,
  ])[],
): PaperCase {
  return {
    id,
    claim: `a rumor that is told without end, ${direction}: one update's way through anti-entropy`,
    source: "§1.3",
    experiment: "spread",
    variants: { all: { n: N, direction, ...ENDLESS } },
    runs: 300,
    quickRuns: 8,
    values: values.map(([what, measure, expected, tolerance]) => ({
      what,
      unit: "cycles",
      expected,
      tolerance,
      quick: { expected, tolerance: 4 * tolerance },
      why: OWN,
      ours: (results) => results.mean(measure),
    })),
  };
}

export const DEMERS_CASES: readonly PaperCase[] = [
  ...TABLE_1.map(([row, average, printed]) => {
    return rowCase(1, FEEDBACK, row, [500, 8], [averageOf(average, 0.08, printed, AVERAGE)]);
  }),
  ...TABLE_2.map((row) => rowCase(2, BLIND, row, [500, 8])),
  ...TABLE_3.map(([row, printed, runs]) => {
    return rowCase(3, PULL, row, [runs, 20], [averageOf(10.07, 0.25, printed)]);
  }),
  ...EQUATION,
  ...EXPONENT,
  {
    id: "D6",
    claim: "one connection a cycle makes push better and pull worse; hunting mends it",
    source: "§1.4",
    experiment: "spread",
    variants: LIMITS,
    runs: 300,
    quickRuns: 4,
    values: [
      above("push", "push, limit 1"),
      above("pull, limit 1", "pull"),
      above("push, limit 1", "push, hunt 1"),
      above("push, hunt 1", "push, hunt 4"),
      above("pull, limit 1", "pull, hunt 1"),
      above("pull, hunt 1", "pull, hunt 4"),
      apart("traffic", "traffic, push and pull with endless hunting, apart", 0.05),
      apart("lastCycles", "last delay, the same, apart", 0.4),
      apart("residue", "residue, the same, apart", 0.0004),
    ],
  },
  endless("D7.push", "push", [
    ["last delay", "lastCycles", 17.96, 0.3],
    ["mean delay", "averageCycles", 10.06, 0.1],
  ]),
  endless("D7.pull", "pull", [
    ["last delay", "lastCycles", 13.76, 0.35],
    ["mean delay", "averageCycles", 10.04, 0.3],
  ]),
  endless("D7.both", "pushpull", [
    ["last delay", "lastCycles", 9.16, 0.15],
    ["mean delay", "averageCycles", 6.41, 0.1],
  ]),
  {
    id: "D8",
    claim: "push reaches all in log2 n + ln n + O(1) cycles",
    source: "§1.3, after Pittel",
    experiment: "spread",
    variants: { thousand: { n: 1000, ...ENDLESS }, more: { n: 10_000, ...ENDLESS } },
    runs: 100,
    quickRuns: 4,
    values: (
      [
        ["thousand", 1000],
        ["more", 10_000],
      ] as const
    ).map(([variant, n]) => ({
      what: `n = ${n}: last delay beyond that`,
      unit: "cycles",
      expected: 1.1,
      tolerance: 0.4,
      why: OWN,
      ours: (results) => {
        const { value, standardError } = results.mean("lastCycles", variant);
        return { value: value - Math.log2(n) - Math.log(n), standardError };
      },
    })),
  },
  {
    id: "D9",
    claim: "when few lack it: push p → p·e^−(1−p), pull p → p², n = 100,000",
    source: "§1.3",
    experiment: "spread",
    variants: {
      push: { n: 100_000, direction: "push", ...ENDLESS },
      pull: { n: 100_000, direction: "pull", ...ENDLESS },
      both: { n: 100_000, direction: "pushpull", ...ENDLESS },
    },
    quickVariants: {
      push: { n: 10_000, direction: "push", ...ENDLESS },
      pull: { n: 10_000, direction: "pull", ...ENDLESS },
      both: { n: 10_000, direction: "pushpull", ...ENDLESS },
    },
    runs: 10,
    quickRuns: 1,
    values: (["push", "pull", "both"] as const).map((variant) => ({
      what: `${variant}: the last tenth a cycle later, over that`,
      paper: "1",
      expected: 1,
      tolerance: 0.05,
      ours: (results) => {
        const law = results.sum(["tailLaw"], variant);
        // Each of the few is left by chance.
        return { value: results.sum(["tail"], variant) / law, standardError: 1 / Math.sqrt(law) };
      },
    })),
  },
  ...[0.01, 0.05, 0.2].map((loss): PaperCase => ({
    id: `D11.${100 * loss}`,
    claim: `direct mail misses what is lost, ${100 * loss} % of all mail, n = 1000`,
    source: "§1.2",
    protocol: "mail",
    experiment: "spread",
    variants: { all: { n: N, loss } },
    runs: 200,
    quickRuns: 20,
    values: [
      {
        what: "sites without it",
        expected: 999 * loss,
        tolerance: 0.01,
        ours: (results) => results.mean("missing"),
      },
    ],
  })),
  {
    id: "D13",
    claim: "behind rumors that stop early (k = 1), rare anti-entropy brings it to all, always",
    source: "§1.5",
    experiment: "spread",
    variants: { all: { n: N, k: 1, repairMs: 1000 } },
    runs: 100,
    quickRuns: 2,
    values: [
      {
        what: "residue",
        paper: "0",
        expected: 0,
        tolerance: 0,
        ours: (results) => results.most("residue"),
      },
    ],
  },
];
