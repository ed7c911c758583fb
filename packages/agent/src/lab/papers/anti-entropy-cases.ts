/**
 * What Demers et al. say of death certificates, and what is known of reconciling two sets: Merkle trees and ranges.
 * @module
 */
import { STRATEGIES } from "hearsay/anti-entropy";
import type { PaperCase, PaperValue } from "./paper-case.ts";

const OWN = "the rule is the paper's; the number was measured with another program of this rule";

const SETS = { protocol: "reconcile", experiment: "reconcile" } as const;

/** Replicas of 100,000 keys, or fewer; so many of them are missing at one. */
function sets(differing: number, parameters: object, n = 100_000): object {
  return { n, differing, ...parameters };
}

const COUNTS = [1, 10, 100, 1000] as const;
const QUICK_KEYS = 10_000;
const countName = (count: number): string => `${count} differ`;
/** Where few differ, by chance some of them share their ranges. */
const TOLERANCES = [0, 0.15, 0.08, 0.05] as const;
const QUICK_TOLERANCES = [0, 0.2, 0.12, 0.08] as const;

/** Sums a difference, where 1, 10, 100 and 1000 differ: among 100,000 keys, and among 10,000. */
function each(values: readonly number[], quick: readonly number[], leeway = 1): PaperValue[] {
  return COUNTS.map((count, i) => {
    const [expected, ofQuick] = [values[i] as number, quick[i] as number];
    return {
      what: `sums a difference, ${countName(count)}`,
      expected,
      tolerance: leeway * expected * (TOLERANCES[i] as number),
      quick: { expected: ofQuick, tolerance: ofQuick * (QUICK_TOLERANCES[i] as number) },
      why: OWN,
      ours: (results) => results.mean("sumsEach", countName(count)),
    };
  });
}

function perDifference(
  id: string,
  claim: string,
  source: string,
  parameters: object,
  values: readonly PaperValue[],
): PaperCase {
  const variantsOf = (n: number): Record<string, object> =>
    Object.fromEntries(COUNTS.map((count) => [countName(count), sets(count, parameters, n)]));
  const [variants, quickVariants] = [variantsOf(100_000), variantsOf(QUICK_KEYS)];
  return { id, claim, source, ...SETS, variants, quickVariants, runs: 5, quickRuns: 1, values };
}

function certificates(
  id: string,
  claim: string,
  parameters: object,
  values: readonly (readonly [what: string, measure: string, expected: number])[],
): PaperCase {
  return {
    id,
    claim,
    source: "Demers et al. 1987, §2",
    protocol: "anti-entropy",
    experiment: "certificates",
    variants: { all: parameters },
    runs: 50,
    quickRuns: 5,
    values: values.map(([what, measure, expected]) => ({
      what: `nodes with ${what}, ${expected === 0 ? "most" : "least"}`,
      expected,
      tolerance: 0,
      ours: (results) => (expected === 0 ? results.most(measure) : results.least(measure)),
    })),
  };
}

const ALL_WAYS: Readonly<Record<string, object>> = Object.fromEntries(
  STRATEGIES.flatMap((strategy) =>
    (["push", "pull", "pushPull"] as const).map((direction) => [
      `${strategy}, ${direction}`,
      { n: 50, changes: 20, loss: 0.33, cycles: 500, strategy, direction },
    ]),
  ),
);

const SPREADS: readonly PaperCase[] = [
  {
    id: "AE1",
    claim:
      "every strategy brings every change to all, in any direction, a third of all messages lost",
    source: "Demers et al. 1987, §1.3",
    protocol: "anti-entropy",
    experiment: "spread",
    variants: ALL_WAYS,
    runs: 10,
    quickRuns: 1,
    values: [
      {
        what: "changes missing anywhere, worst of all strategies and directions",
        expected: 0,
        tolerance: 0,
        ours: (results) =>
          Object.keys(ALL_WAYS)
            .map((way) => results.most("residue", way))
            .reduce((worst, one) => Math.max(worst, one)),
      },
    ],
  },
];

const DEATH_CASES: readonly PaperCase[] = [
  certificates("D12.i", "a young certificate cancels old copies", { awayCycles: 15 }, [
    ["it before the deletion", "had", 30],
    ["it while the old copy is away, which is one", "hidden", 1],
    ["it in the end", "back", 0],
  ]),
  certificates(
    "D12.ii",
    "forgotten by all but its retention sites, it is awakened by an old copy and removes it everywhere",
    { awayCycles: 50 },
    [
      ["it in the end", "back", 0],
      ["a young certificate once more", "active", 30],
    ],
  ),
  certificates(
    "D12.iii",
    "awakened, it does not remove what was written after the deletion",
    { awayCycles: 50, reinstate: true },
    [
      ["the old copy in the end", "back", 0],
      ["what was written later", "reinstated", 30],
    ],
  ),
  certificates(
    "D12.iv",
    "forgotten by its sites as well, what was deleted comes back",
    {
      awayCycles: 110,
    },
    [
      ["a certificate asleep", "dormant", 0],
      ["it in the end", "back", 30],
    ],
  ),
  certificates(
    "D12.v",
    "without retention sites it comes back as soon as all have forgotten",
    {
      awayCycles: 50,
      retentionSites: 0,
    },
    [["it in the end", "back", 30]],
  ),
];

const SET_CASES: readonly PaperCase[] = [
  perDifference(
    "R4",
    "ranges split into 16, listed from 32 on, among 100,000",
    "Meyer 2022",
    { strategy: "ranges", branching: 16, listed: 32 },
    each([49, 30, 15.8, 4.3], [49, 29.9, 16, 3.95]),
  ),
  {
    id: "R4.m",
    claim: "the same, messages until it is known what differs",
    source: "Meyer 2022",
    ...SETS,
    variants: { all: sets(100, { strategy: "ranges", branching: 16, listed: 32 }) },
    runs: 5,
    quickRuns: 1,
    values: [
      {
        what: "messages",
        expected: 5,
        tolerance: 0,
        ours: (results) => results.mean("found"),
      },
    ],
  },
  perDifference(
    "R4.2",
    "ranges halved, single entries listed: more messages, fewer sums",
    "Meyer 2022",
    { strategy: "ranges", branching: 2, listed: 1 },
    // What is missing here is missing at one side, which lists what is left a little sooner.
    each([33, 26.5, 20, 13.3], [29, 21, 14.2, 7.39], 2),
  ),
  perDifference(
    "R5",
    "a binary Merkle tree over 100,000: two sums a level and the root, 2·15 + 1 where one differs",
    "DeCandia et al. 2007 (Dynamo), §4.7",
    { strategy: "merkle", fanOut: 2 },
    each([31, 23.6, 16.9, 10.4], [25, 17.6, 11, 4.74]),
  ),
  perDifference(
    "R5.16",
    "the same with 16 children a node: fewer messages, more sums",
    "DeCandia et al. 2007 (Dynamo), §4.7",
    { strategy: "merkle", fanOut: 16 },
    each([57, 38, 24, 11.4], [49, 29.9, 15.9, 4.27]),
  ),
  {
    id: "R7",
    claim: "where nothing differs, one sum in one message says so",
    source: "Meyer 2022",
    ...SETS,
    variants: {
      ranges: sets(0, { strategy: "ranges" }),
      merkle: sets(0, { strategy: "merkle" }),
    },
    runs: 1,
    quickRuns: 1,
    values: (["ranges", "merkle"] as const).flatMap((variant) =>
      (["messages", "sums"] as const).map((measure) => ({
        what: `${variant}: ${measure}`,
        expected: 1,
        tolerance: 0,
        ours: (results) => results.mean(measure, variant),
      })),
    ),
  },
];

export const ANTI_ENTROPY_CASES: readonly PaperCase[] = [...SPREADS, ...DEATH_CASES, ...SET_CASES];
