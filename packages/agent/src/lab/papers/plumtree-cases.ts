/**
 * What Plumtree's paper says, looked for in our Plumtree over our HyParView.
 *
 * The paper's cycle: some nodes fail, one broadcast runs to its end, then membership has its turn and notices who has failed.
 * Latency is 1 ms, so that ms are hops.
 * @see Leitão, Pereira, Rodrigues 2007, Epidemic Broadcast Trees, section 4
 * @module
 */
import type { Estimate, PaperCase, Results } from "./paper-case.ts";

/** Its settings: 10,000 nodes, views of 5 and 30, 50 cycles before anything is looked at. */
const PAPER = { n: 10_000, settleCycles: 50, graftAfterMs: 20, graftAgainMs: 3 };
const QUICK = { n: 1000, settleCycles: 10, graftAfterMs: 20, graftAgainMs: 3 };
/** Plain Plumtree: its tree is not optimised. */
const PLAIN = { optimizeHops: 0 };
/** The first broadcast floods, the second trims what is left. */
const STEADY = { unmeasured: 2, broadcasts: 30 };
/** Links to the dead break when the broadcast is over. */
const LATE = { brokenAfterMs: 2000 };
const MASSIVE = { ...PLAIN, ...LATE, unmeasured: 3, broadcasts: 3 };

const SHARES = [10, 30, 50, 60, 70, 80] as const;

const OWN_LEAST =
  "the paper gives a curve without numbers: about 0 above 70 %, and no effect up to about 50 %; ours is measured";
const NOT_AUTOMATIC =
  "the paper has fewer hops than without optimisation, for 9000 control messages more. Here, by the rule as it is printed, a " +
  "link goes back and forth with the sender: one's shorter way is another's detour. At 2,000 nodes the last hop is 12 without, " +
  "and 14 to 15 with thresholds 1, 3, 7 and 10";

function massive(quick: boolean): Record<string, object> {
  const base = quick ? QUICK : PAPER;
  return Object.fromEntries(
    SHARES.map((share) => [`${share} %`, { ...base, ...MASSIVE, killShare: share / 100 }]),
  );
}

function reliability(broadcast: number, share: number): (results: Results) => Estimate {
  return (results) => results.at("broadcast", broadcast, "reached", `${share} %`);
}

export const PLUMTREE_CASES: readonly PaperCase[] = [
  {
    id: "P1",
    claim: "eager push alone, n = 10,000: every link but the sender's own carries the payload",
    source: "§4.2, table 1",
    protocol: "flood",
    experiment: "spread",
    variants: { all: { n: 10_000, settleCycles: 50, broadcasts: 5 } },
    quickVariants: { all: { n: 1000, settleCycles: 10, broadcasts: 3 } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "relative message redundancy",
        paper: "3",
        expected: 3,
        tolerance: 0.01,
        ours: (results) => results.mean("rmr"),
      },
      {
        what: "payload messages",
        paper: "39984",
        expected: 39_984,
        tolerance: 100,
        quick: { expected: 3999, tolerance: 25 },
        ours: (results) => results.mean("payloads"),
      },
    ],
  },
  {
    id: "P2",
    claim: "one sender, from the third broadcast on: a tree",
    source: "table 1, Plumtree s-s",
    experiment: "spread",
    variants: { "s-s": { ...PAPER, ...PLAIN, ...STEADY } },
    quickVariants: { "s-s": { ...QUICK, ...PLAIN, ...STEADY } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "payload messages, median",
        paper: "9999",
        expected: 9999,
        tolerance: 0,
        quick: { expected: 999, tolerance: 0 },
        ours: (results) => results.median("payloads").value,
      },
      {
        what: "control messages",
        paper: "29987.33",
        expected: 29_987,
        tolerance: 30,
        quick: { expected: 2999, tolerance: 15 },
        ours: (results) => results.mean("control"),
      },
      {
        what: "relative message redundancy",
        paper: "0",
        expected: 0,
        tolerance: 0.001,
        ours: (results) => results.mean("rmr").value,
      },
      {
        what: "reliability, least",
        paper: "1",
        expected: 1,
        tolerance: 0,
        ours: (results) => results.least("reliability"),
      },
    ],
  },
  {
    id: "P3",
    claim: "any node sends: still a tree, but not each sender's",
    source: "table 1, Plumtree m-s; figure of the last delivery hop",
    experiment: "spread",
    variants: { "m-s": { ...PAPER, ...PLAIN, ...STEADY, senders: "any" } },
    quickVariants: { "m-s": { ...QUICK, ...PLAIN, ...STEADY, senders: "any" } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "payload messages",
        paper: "9999",
        expected: 9999,
        tolerance: 5,
        quick: { expected: 999, tolerance: 5 },
        ours: (results) => results.mean("payloads"),
      },
      {
        what: "control messages",
        paper: "29990",
        expected: 29_990,
        tolerance: 30,
        quick: { expected: 2999, tolerance: 15 },
        ours: (results) => results.mean("control"),
      },
      {
        what: "last delivery hop",
        expected: 15.5,
        tolerance: 2,
        quick: { expected: 11, tolerance: 2.5 },
        ours: (results) => results.mean("lastHops"),
      },
    ],
  },
  {
    id: "P4",
    claim: "one sender: the tree is hardly deeper than the overlay is wide",
    source: "figure of the last delivery hop: overlay diameter 8 to 9",
    experiment: "spread",
    variants: { "s-s": { ...PAPER, ...PLAIN, ...STEADY } },
    quickVariants: { "s-s": { ...QUICK, ...PLAIN, ...STEADY } },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "last delivery hop",
        paper: "8 – 9",
        expected: 9,
        tolerance: 1,
        quick: { expected: 6.5, tolerance: 1 },
        ours: (results) => results.mean("lastHops"),
      },
    ],
  },
  {
    id: "P5",
    claim: "50 of 10,000 die in each of 100 cycles, noticed after the cycle's broadcast",
    source: "§4.3",
    experiment: "spread",
    variants: {
      all: { ...PAPER, ...PLAIN, ...LATE, unmeasured: 3, broadcasts: 100, killEach: 50 },
    },
    quickVariants: {
      all: { ...QUICK, ...PLAIN, ...LATE, unmeasured: 3, broadcasts: 25, killEach: 5 },
    },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "reliability, least",
        paper: "1",
        expected: 1,
        tolerance: 0,
        ours: (results) => results.least("reliability"),
      },
      {
        what: "relative message redundancy: slightly above 0",
        paper: "> 0",
        expected: 0.1,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.mean("rmr"),
      },
    ],
  },
  {
    id: "P6",
    claim: "a part of all dies at once, nobody is told: the first broadcast after",
    source: "§4.4, figure of massive failures",
    experiment: "spread",
    variants: massive(false),
    quickVariants: massive(true),
    runs: 1,
    quickRuns: 1,
    values: (
      [
        [10, 1, 0.003],
        [30, 0.997, 0.01],
        [50, 0.956, 0.04],
        [60, 0.83, 0.12],
        [70, 0.4, 0.35],
        [80, 0.005, 0.03],
      ] as const
    ).map(([share, expected, tolerance]) => ({
      what: `reliability at ${share} %`,
      expected,
      tolerance,
      quick: { expected, tolerance: 3 * tolerance + 0.02 },
      why: OWN_LEAST,
      ours: reliability(0, share),
    })),
  },
  {
    id: "P7",
    claim: "the same, one step of membership later",
    source: "§4.4: regained in a couple of cycles",
    experiment: "spread",
    variants: massive(false),
    quickVariants: massive(true),
    runs: 1,
    quickRuns: 1,
    values: SHARES.map((share) => ({
      what: `reliability at ${share} %`,
      paper: "1",
      expected: 0.999,
      tolerance: 0,
      bound: "least" as const,
      ours: reliability(1, share),
    })),
  },
  {
    id: "P8",
    claim: "the optimised tree: a nearer announcer takes the parent's place",
    source: "table 1, opt s-s (threshold 3) and opt m-s (threshold 7)",
    experiment: "spread",
    variants: {
      "s-s": { ...PAPER, ...STEADY, optimizeHops: 3 },
      "m-s": { ...PAPER, ...STEADY, unmeasured: 10, optimizeHops: 7, senders: "any" },
    },
    quickVariants: {
      "s-s": { ...QUICK, ...STEADY, optimizeHops: 3 },
      "m-s": { ...QUICK, ...STEADY, unmeasured: 10, optimizeHops: 7, senders: "any" },
    },
    runs: 1,
    quickRuns: 1,
    values: [
      {
        what: "s-s, payload messages",
        paper: "9999",
        expected: 9999,
        tolerance: 5,
        quick: { expected: 999, tolerance: 5 },
        ours: (results) => results.mean("payloads", "s-s"),
      },
      {
        what: "s-s, control messages",
        paper: "29989.33",
        expected: 29_989,
        tolerance: 30,
        quick: { expected: 2999, tolerance: 15 },
        ours: (results) => results.mean("control", "s-s"),
      },
      {
        what: "m-s, payload messages",
        paper: "9999",
        expected: 9999,
        tolerance: 20,
        quick: { expected: 999, tolerance: 20 },
        ours: (results) => results.mean("payloads", "m-s"),
      },
      {
        what: "m-s, control messages",
        paper: "38976",
        expected: 30_700,
        tolerance: 600,
        quick: { expected: 3030, tolerance: 120 },
        why: NOT_AUTOMATIC,
        ours: (results) => results.mean("control", "m-s"),
      },
      {
        what: "m-s, last delivery hop",
        paper: "between s-s and m-s",
        expected: 18,
        tolerance: 3,
        quick: { expected: 12.5, tolerance: 3 },
        why: NOT_AUTOMATIC,
        ours: (results) => results.mean("lastHops", "m-s"),
      },
    ],
  },
];
