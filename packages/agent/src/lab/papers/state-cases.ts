/**
 * What van Renesse et al. say of Scuttlebutt, and Cassandra of whom to gossip to.
 * @module
 */
import type { PaperCase } from "./paper-case.ts";

const LOAD = { n: 128, keys: 64, deltas: 100 };
/** Live members, dead ones and seeds. */
const TARGETS = { live: 20, dead: 5, seeds: 3 };

export const STATE_CASES: readonly PaperCase[] = [
  {
    id: "SB1",
    claim: "below capacity, what is written is everywhere within seconds, and told to each once",
    source: "van Renesse et al. 2008, section 5",
    protocol: "scuttlebutt",
    experiment: "load",
    variants: { "50 writes a second": { ...LOAD, updates: 50, seconds: 100, checked: 0 } },
    quickVariants: { "50 writes a second": { ...LOAD, updates: 50, seconds: 30, checked: 0 } },
    runs: 2,
    quickRuns: 1,
    values: [
      {
        what: "oldest key that somebody lacked",
        unit: "s",
        paper: "≤ 8",
        expected: 8,
        tolerance: 0,
        bound: "most",
        ours: (results) => results.most("maxStaleness"),
      },
      {
        what: "keys that came twice",
        paper: "0",
        expected: 0,
        tolerance: 0,
        ours: (results) => results.sum(["redundant"]),
      },
      {
        what: "keys told, a write",
        paper: "n − 1",
        expected: 126.3,
        tolerance: 1.263,
        ours: (results) => results.mean("perUpdate"),
      },
    ],
  },
  {
    id: "SB3",
    claim: "whatever is left out for want of room has a greater version than all that was told",
    source: "van Renesse et al. 2008, section 3: the invariant",
    protocol: "scuttlebutt",
    experiment: "load",
    variants: Object.fromEntries(
      (["fair", "breadth", "depth"] as const).map((order) => {
        const overload = { n: 32, keys: 16, deltas: 10, updates: 60, seconds: 60, checked: 1000 };
        return [order, { ...overload, order }];
      }),
    ),
    runs: 2,
    quickRuns: 1,
    values: (["fair", "breadth", "depth"] as const).map((order) => ({
      what: `violations under overload, ${order}`,
      paper: "0",
      expected: 0,
      tolerance: 0,
      ours: (results) => results.sum(["violations"], order),
    })),
  },
  {
    id: "CA1",
    claim: "a round has a dead member in it with probability dead / (live + 1)",
    source: "Cassandra, gms.Gossiper: maybeGossipToUnreachableMember",
    protocol: "scuttlebutt",
    experiment: "targets",
    variants: { all: { ...TARGETS, rounds: 200_000 } },
    runs: 2,
    quickRuns: 1,
    values: [
      {
        what: "share of rounds with a dead member",
        paper: "5 / 21",
        expected: TARGETS.dead / (TARGETS.live + 1),
        tolerance: 0.004,
        ours: (results) => results.mean("toDead"),
      },
    ],
  },
  {
    id: "CA2",
    claim: "and a seed with probability seeds / (live + dead), unless the first was one",
    source: "Cassandra, gms.Gossiper: maybeGossipToSeed",
    protocol: "scuttlebutt",
    experiment: "targets",
    variants: {
      "some live": { ...TARGETS, rounds: 200_000 },
      "few live": { live: 2, dead: 5, seeds: 2, rounds: 200_000 },
    },
    runs: 2,
    quickRuns: 1,
    values: [
      {
        what: "share of rounds with a seed, 20 live, 5 dead, 3 seeds",
        paper: "(1 − 3/20) · 3/25",
        expected: (1 - 3 / 20) * (3 / 25),
        tolerance: 0.003,
        ours: (results) => results.mean("toSeed", "some live"),
      },
      {
        what: "share of rounds with a seed where all live are seeds",
        paper: "0",
        expected: 0,
        tolerance: 0,
        ours: (results) => results.mean("toSeed", "few live"),
      },
    ],
  },
];
