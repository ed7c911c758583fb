/**
 * What HyParView's paper says, looked for in our HyParView, with flooding over it.
 * @see Leitão, Pereira, Rodrigues 2007, HyParView, section 5
 * @module
 */
import type { Estimate, PaperCase, PaperValue, Results } from "./paper-case.ts";

/** Its settings: 10,000 nodes, all through one contact, views of 5 and 30, 50 cycles. */
const PAPER = { n: 10_000, settleCycles: 50 };
const QUICK = { n: 1000, settleCycles: 10 };
/** Messages right behind each other, before any cycle; links to the dead break at once, and then come the messages. */
const CLOSE = { senders: "any", pauseMs: 20, spreadMs: 20, restCycles: 0 };
/** Links break after the broadcast, and membership has its cycle. */
const CYCLES = { senders: "any", broadcasts: 4, brokenAfterMs: 2000 };

const CLUSTERING =
  "fewer triangles than in the paper, and no more than in a random graph of this degree (0.0004 at n = 10,000): it hangs " +
  "on how the walks of joins end. Below 0.005 it makes no difference to a broadcast";

/** More messages where few are left to send them. */
function failures(quick: boolean): Record<string, object> {
  const base = quick ? QUICK : PAPER;
  const shares: readonly [number, number][] = [
    [50, 100],
    [80, 200],
    [90, 1000],
    [95, 1000],
  ];
  return Object.fromEntries(
    shares.map(([share, messages]) => {
      const broadcasts = quick ? messages / 5 : messages;
      return [`${share} %`, { ...base, ...CLOSE, broadcasts, killShare: share / 100 }];
    }),
  );
}

function healing(quick: boolean): Record<string, object> {
  const base = quick ? QUICK : PAPER;
  return Object.fromEntries(
    [50, 70, 80].map((share) => [`${share} %`, { ...base, ...CYCLES, killShare: share / 100 }]),
  );
}

function single(measure: string): (results: Results) => Estimate {
  return (results) => results.mean(measure);
}

function reliability(share: number, rest: Pick<PaperValue, "paper" | "expected">): PaperValue {
  return {
    what: `mean reliability, ${share} % dead`,
    tolerance: 0,
    bound: "least",
    ...rest,
    ours: (results) => results.mean("reliability", `${share} %`).value,
  };
}

export const HYPARVIEW_CASES: readonly PaperCase[] = [
  {
    id: "H1",
    claim: "the overlay of 10,000 nodes after 50 cycles",
    source: "§5.4, table of graph properties",
    experiment: "views",
    variants: { all: PAPER },
    quickVariants: { all: { ...QUICK, pathStarts: 0 } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "mean path, hops",
        paper: "6.38542",
        expected: 6.39,
        tolerance: 0.05,
        quick: { expected: 4.69, tolerance: 0.06 },
        ours: single("path"),
      },
      {
        what: "hops to the farthest node",
        paper: "9.0",
        expected: 9,
        tolerance: 1,
        quick: { expected: 7, tolerance: 1 },
        ours: single("maxHops"),
      },
      {
        what: "clustering coefficient",
        paper: "0.00092",
        expected: 0.005,
        tolerance: 0,
        bound: "most",
        quick: { expected: 0.01, tolerance: 0 },
        why: CLUSTERING,
        ours: single("clustering"),
      },
      {
        what: "share of active views that are full",
        expected: 0.995,
        tolerance: 0,
        bound: "least",
        quick: { expected: 0.99, tolerance: 0 },
        ours: single("full"),
      },
      {
        what: "share of links that only one side has",
        paper: "0",
        expected: 0,
        tolerance: 0,
        ours: single("asymmetric"),
      },
      {
        what: "passive views that a node is in",
        expected: 30,
        tolerance: 0.2,
        ours: single("passiveDegree"),
      },
    ],
  },
  {
    id: "H2",
    claim: "a part of all dies at once; messages follow each other before any cycle",
    source: "§5.3, figure of reliability after failures",
    protocol: "flood",
    experiment: "spread",
    variants: failures(false),
    quickVariants: failures(true),
    runs: 1,
    quickRuns: 1,
    values: [
      reliability(50, { paper: "1", expected: 0.999 }),
      {
        ...reliability(80, { paper: "1", expected: 0.999 }),
        quick: { expected: 0.99, tolerance: 0 },
      },
      {
        ...reliability(90, { paper: "no visible impact", expected: 0.99 }),
        quick: { expected: 0.9, tolerance: 0 },
      },
      {
        what: "mean reliability, 95 % dead",
        paper: "0.9",
        expected: 0.9,
        tolerance: 0.05,
        quick: { expected: 0.8, tolerance: 0.2 },
        ours: (results) => results.mean("reliability", "95 %").value,
      },
    ],
  },
  {
    id: "H3",
    claim: "the same where links break only after the broadcast: two cycles later all is as before",
    source: "§5.3, healing time: 1 to 2 cycles below 80 %",
    protocol: "flood",
    experiment: "spread",
    variants: healing(false),
    quickVariants: healing(true),
    runs: 1,
    quickRuns: 1,
    values: [50, 70, 80].map((share) => ({
      what: `reliability in the second cycle after, ${share} % dead`,
      paper: "1",
      expected: 0.999,
      tolerance: 0,
      bound: "least" as const,
      ours: (results: Results) => results.at("broadcast", 2, "reached", `${share} %`),
    })),
  },
];
