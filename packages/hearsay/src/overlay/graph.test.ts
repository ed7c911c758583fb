/** Measures on graphs whose values are known. */
import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import {
  asymmetry,
  clustering,
  components,
  deadLinks,
  distancesFrom,
  inDegrees,
  paths,
  spread,
  strongComponents,
  undirected,
} from "./graph.ts";
import type { Graph } from "./graph.ts";
import { grid, line, ring } from "./topology/index.ts";

const STAR: Graph = [[], [0], [0], [0], [0]];
const COMPLETE: Graph = Array.from({ length: 6 }, (_, i) =>
  [0, 1, 2, 3, 4, 5].filter((j) => j !== i),
);

function everybody(graph: Graph): number[] {
  return Array.from(graph.keys());
}

test("in-degrees count the links that point at a node, and no dead ones", () => {
  expect([...inDegrees(STAR)]).toEqual([4, 0, 0, 0, 0]);
  expect([...inDegrees([[1, 7, -1], [0]])]).toEqual([1, 1]);
  expect(spread(inDegrees(COMPLETE))).toEqual({ mean: 5, deviation: 0, least: 5, most: 5 });
});

test("a spread has its mean and the deviation of all", () => {
  expect(spread([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: 2, least: 2, most: 9 });
  expect(() => spread([])).toThrow(/BUG/);
});

test("clustering is 1 where all know all, 0 in a star, 3(k - 2) / 4(k - 1) in a ring of k", () => {
  expect(clustering(COMPLETE)).toBe(1);
  expect(clustering(STAR)).toBe(0);
  // Each has k neighbours: Watts and Strogatz.
  for (const k of [4, 6, 10]) {
    expect(clustering(ring(100, k / 2))).toBeCloseTo((3 * (k - 2)) / (4 * (k - 1)), 12);
  }
  // A triangle with a tail: 1, 1, 1/3, and the tail has no pair.
  expect(clustering([[1, 2], [2], [3], []])).toBeCloseTo(7 / 12, 12);
});

test("paths of a line, a ring and a grid have the lengths that can be counted", () => {
  // Mean distance on a line of n: (n + 1) / 3.
  expect(paths(line(20), everybody(line(20)))).toMatchObject({ mean: 7, most: 19, unreachable: 0 });
  // On a ring of 2m + 1: (m + 1) / 2.
  expect(paths(ring(21), everybody(ring(21)))).toMatchObject({ mean: 5.5, farthest: 10, most: 10 });
  expect([...distancesFrom(grid(3, 3), 0)]).toEqual([0, 1, 2, 1, 2, 3, 2, 3, 4]);
  const torus = grid(5, 5, true);
  expect(paths(torus, everybody(torus))).toMatchObject({ mean: 60 / 24, most: 4 });
});

test("links count as they point: a star is entered, and left by nobody", () => {
  const { mean, unreachable } = paths(STAR, everybody(STAR));
  expect(mean).toBe(1);
  expect(unreachable).toBeCloseTo(16 / 20, 12);
  expect(paths(undirected(STAR), everybody(STAR)).unreachable).toBe(0);
});

test("parts are connected by links of any direction, strong ones by paths in both", () => {
  expect(components(STAR)).toEqual([5]);
  expect(strongComponents(STAR)).toEqual([1, 1, 1, 1, 1]);
  // Two circles, joined one way, and somebody alone with a dead link.
  const graph: Graph = [[1], [2], [0, 3], [4], [3], [-1, 99]];
  expect(components(graph)).toEqual([5, 1]);
  expect(strongComponents(graph)).toEqual([3, 2, 1]);
  expect(strongComponents(ring(1000))).toEqual([1000]);
  expect(strongComponents(line(50_000))).toEqual([50_000]);
});

test("strong parts are those whose members reach each other, in random graphs", () => {
  const rng = new Sfc32(3);
  for (let i = 0; i < 100; i++) {
    const n = 2 + rng.below(12);
    const graph = Array.from({ length: n }, () => {
      return Array.from({ length: rng.below(3) }, () => rng.below(n));
    });
    const reach = graph.map((_, node) => distancesFrom(graph, node));
    const sizes = graph.map((_, a) => {
      return graph.filter((__, b) => reach[a]?.[b] !== -1 && reach[b]?.[a] !== -1).length;
    });
    // A part of k has k members, each of which finds k.
    const expected = strongComponents(graph).flatMap((size) =>
      Array.from({ length: size }, () => size),
    );
    expect(sizes.toSorted((a, b) => b - a)).toEqual(expected);
  }
});

test("links that are not returned, and those that point at nobody, are counted", () => {
  expect(asymmetry(COMPLETE)).toBe(0);
  expect(asymmetry(STAR)).toBe(1);
  expect(asymmetry([[1], [0, 2], []])).toBeCloseTo(1 / 3, 12);
  expect(deadLinks([[1, -1], [0, 5, 6], []])).toBe(1);
  expect(deadLinks(COMPLETE)).toBe(0);
});
