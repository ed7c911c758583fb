/**
 * Laws of gossip that are no one paper's alone, looked for in rumor mongering where they are about spreading.
 *
 * Infect and die: whoever hears it tells f others, once. Blind, a counter, k = 1, and f peers in a cycle.
 * @see Kermarrec, Massoulié, Ganesh 2003, Probabilistic reliable dissemination in large-scale systems
 * @module
 */
import type { PaperCase } from "./paper-case.ts";

const N = 1000;
const DIE = { n: N, response: "blind", interest: "counter", k: 1 };
/** The law is a limit for many nodes; what a thousand give, where that is measured. */
const ALL: readonly (readonly [fanout: number, measured: number])[] = [
  [6, 0.076],
  [7, 0.412],
  [8, 0.711],
  [9, 0.884],
  [10, 0.955],
];
const LIMIT =
  "the law holds for n without end; with a thousand nodes that choose f different others a little else comes out";

export const LAWS_CASES: readonly PaperCase[] = [
  ...ALL.map(([fanout, measured]): PaperCase => {
    const law = Math.exp(-N * Math.exp(-fanout));
    return {
      id: `R8.${fanout}`,
      claim: `infect and die with fanout ${fanout}: all are reached with probability e^(−n·e^−f), n = 1000`,
      source: "§3, a fixed fanout",
      experiment: "spread",
      variants: { all: { ...DIE, fanout } },
      runs: 1000,
      quickRuns: 20,
      values: [
        {
          what: "share of runs that reach all",
          paper: law.toFixed(3),
          expected: measured,
          tolerance: 0.01,
          why: LIMIT,
          ours: (results) => results.share("complete", measured),
        },
      ],
    };
  }),
  ...[2, 3, 4].map((fanout): PaperCase => {
    let reached = 0.5;
    for (let i = 0; i < 200; i++) reached = 1 - Math.exp(-fanout * reached);
    return {
      id: `R8.g${fanout}`,
      claim: `the same with fanout ${fanout} reaches the giant component: r = 1 − e^(−f·r)`,
      source: "§3",
      experiment: "spread",
      variants: { all: { ...DIE, n: 10_000, fanout } },
      runs: 30,
      quickRuns: 1,
      values: [
        {
          what: "share reached",
          paper: reached.toFixed(3),
          expected: reached,
          tolerance: 0.004,
          quick: { expected: reached, tolerance: 0.02 },
          ours: (results) => {
            const { value, standardError } = results.mean("residue");
            return { value: 1 - value, standardError };
          },
        },
      ],
    };
  }),
];
