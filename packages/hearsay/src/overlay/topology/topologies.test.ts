import { describe, expect, test, vi } from "vitest";
import { NO_PEER, Sfc32 } from "../../kernel/index.ts";
import type { PeerId } from "../../kernel/index.ts";
import { asymmetry, clustering, components, inDegrees, paths, spread } from "../graph.ts";
import type { Graph } from "../graph.ts";
import {
  grid,
  line,
  NeighbourSampler,
  parseEdgeList,
  randomRegular,
  ring,
  sitesByHops,
  smallWorld,
  SpatialSampler,
  spatialWeights,
} from "./index.ts";

// Large graphs on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

function sorted(graph: Graph): number[][] {
  return graph.map((neighbours) => neighbours.toSorted((a, b) => a - b));
}

function expectSimple(graph: Graph): void {
  expect(asymmetry(graph)).toBe(0);
  for (const [node, neighbours] of graph.entries()) {
    expect(new Set(neighbours).size).toBe(neighbours.length);
    expect(neighbours).not.toContain(node);
  }
}

const NEARBY = Array.from({ length: 20 }, (_, i) => i * 50);

describe("topologies", () => {
  test("a line, a ring and a grid link whom they should", () => {
    expect(sorted(line(4))).toEqual([[1], [0, 2], [1, 3], [2]]);
    expect(sorted(line(1))).toEqual([[]]);
    expect(sorted(ring(5))).toEqual([
      [1, 4],
      [0, 2],
      [1, 3],
      [2, 4],
      [0, 3],
    ]);
    expect(sorted(ring(7, 2))[0]).toEqual([1, 2, 5, 6]);
    expect(sorted(grid(3, 2))).toEqual([
      [1, 3],
      [0, 2, 4],
      [1, 5],
      [0, 4],
      [1, 3, 5],
      [2, 4],
    ]);
    expect(new Set(inDegrees(grid(5, 4, true)))).toEqual(new Set([4]));
    // Two rows have no border that could be joined.
    expect(new Set(inDegrees(grid(5, 2, true)))).toEqual(new Set([3]));
    for (const graph of [line(50), ring(50, 5), grid(9, 7), grid(9, 7, true)]) expectSimple(graph);
  });

  test("a regular graph gives everybody as many neighbours, by chance, up to all the others", () => {
    for (const [n, degree] of [
      [1000, 5],
      [1000, 20],
      [10, 3],
      [10, 7],
      [8, 7],
      [6, 0],
      [4, 1],
      [100, 60],
    ] as const) {
      const graph = randomRegular(n, degree, new Sfc32(n + degree));
      expectSimple(graph);
      expect(spread(inDegrees(graph))).toMatchObject({ least: degree, most: degree });
    }
    const big = randomRegular(1000, 5, new Sfc32(1));
    expect(components(big)).toEqual([1000]);
    expect(clustering(big)).toBeLessThan(0.01);
    expect(big).not.toEqual(randomRegular(1000, 5, new Sfc32(2)));
  });

  test("no link of a regular graph is likelier than another", () => {
    const counts = new Uint32Array(64);
    for (let seed = 0; seed < 4000; seed++) {
      const graph = randomRegular(8, 3, new Sfc32(seed));
      for (const [a, others] of graph.entries()) {
        for (const b of others) counts[8 * a + b] = (counts[8 * a + b] as number) + 1;
      }
    }
    const links = [...counts].filter((_, i) => i % 8 > Math.floor(i / 8));
    const expected = (4000 * 12) / links.length;
    const chiSquare = links.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 27 degrees of freedom, and links of one graph hang together: they vary less.
    expect(chiSquare).toBeLessThan(63);
  });

  test("a small world is a ring with short cuts: still clustered, but short", () => {
    const [lattice, small, random] = [0, 0.1, 1].map((p) => smallWorld(1000, 5, p, new Sfc32(1)));
    for (const graph of [lattice, small, random] as Graph[]) {
      expectSimple(graph);
      expect(spread(inDegrees(graph)).mean).toBe(10);
    }
    expect(sorted(lattice as Graph)).toEqual(sorted(ring(1000, 5)));
    const measured = [lattice, small, random].map((graph) => {
      return { c: clustering(graph as Graph), path: paths(graph as Graph, NEARBY).mean };
    });
    const [l, s, r] = measured as [
      (typeof measured)[0],
      (typeof measured)[0],
      (typeof measured)[0],
    ];
    expect(l.c).toBeCloseTo(2 / 3, 12);
    expect(l.path).toBeGreaterThan(50);
    // Figure 2 of the paper: at p = 0.1 C is about (1 - p)^3 of the ring's, L nearly that of a random graph.
    expect(s.c / l.c).toBeCloseTo(0.73, 1);
    expect(s.path).toBeLessThan(5);
    expect(r.c).toBeLessThan(0.02);
    expect(r.path).toBeCloseTo(3.3, 0);
  });

  test("what cannot be built is refused by name", () => {
    const rng = new Sfc32(1);
    const refused = (option: string) => expect.objectContaining({ code: "ERR_OPTION", option });
    expect(() => line(0)).toThrow(refused("n"));
    expect(() => ring(2)).toThrow(refused("n"));
    expect(() => ring(10, 5)).toThrow(refused("reach"));
    expect(() => grid(3, -1)).toThrow(refused("height"));
    expect(() => randomRegular(5, 3, rng)).toThrow(refused("degree"));
    expect(() => randomRegular(5, 5, rng)).toThrow(refused("degree"));
    expect(() => smallWorld(10, 2, 1.5, rng)).toThrow(refused("rewiring"));
  });
});

describe("a topology from a file", () => {
  test("has its nodes in the order of their names, comments and repeated links left out", () => {
    const text = "# backbone\nberlin oslo\r\noslo,lyon # slow\n\nlyon\toslo\nrome\n";
    const { names, graph } = parseEdgeList(text);
    expect(names).toEqual(["berlin", "oslo", "lyon", "rome"]);
    expect(graph).toEqual([[1], [0, 2], [1], []]);
  });

  test.each([
    ["a b\nc d 7\n", 'line 2: expected one node, or two that are linked, got "c d 7"'],
    ["a b\n\nc c", 'line 3: expected a link between two different nodes, got "c c"'],
    ["# nothing\n", 'line 1: expected a node, or two that are linked, got "nothing"'],
  ])("tells the line and what was expected of %j", (text, message) => {
    const error = expect.objectContaining({ code: "ERR_OPTION", message });
    expect(() => parseEdgeList(text)).toThrow(error);
  });
});

describe("samplers of fixed worlds", () => {
  test("neighbours are drawn dead or alive, unless it is known who lives", () => {
    const peers = [4, 5, 6] as PeerId[];
    const rng = new Sfc32(1);
    expect(new NeighbourSampler(peers).sample(9, NO_PEER, rng).toSorted()).toEqual(peers);
    const living = new NeighbourSampler(peers, (peer) => peer !== 5);
    expect(living.size).toBe(2);
    expect(living.sample(9, NO_PEER, rng).toSorted()).toEqual([4, 6]);
  });

  test("weights fall with the place in the list, and are shared by those equally far", () => {
    const at = (...distances: number[]) => {
      return distances.map((distance, i) => ({ peer: i as PeerId, distance }));
    };
    expect(spatialWeights(at(1, 2, 3, 9), 2)).toEqual(
      [1, 1 / 4, 1 / 9, 1 / 16].map((weight) => expect.closeTo(weight, 12)),
    );
    // On a line each distance is there twice.
    expect(spatialWeights(at(1, 1, 2, 2), 1)).toEqual(
      [3 / 4, 3 / 4, 7 / 24, 7 / 24].map((weight) => expect.closeTo(weight, 12)),
    );
    expect(spatialWeights(at(1, 2, 3), 0)).toEqual([1, 1, 1]);
    expect(spatialWeights([], 2)).toEqual([]);
  });

  test("on a line with a = 2 hardly anything crosses the middle, with a = 0 half of it does", () => {
    const rng = new Sfc32(1);
    const n = 200;
    const graph = line(n);
    const crossing = [0, 1, 2].map((exponent) => {
      let crossed = 0;
      for (let self = 0; self < n; self++) {
        const sampler = new SpatialSampler(sitesByHops(graph, self as PeerId), exponent);
        for (let i = 0; i < 20; i++) {
          const [peer = self] = sampler.sample(1, NO_PEER, rng);
          if (peer < n / 2 !== self < n / 2) crossed++;
        }
      }
      return crossed / 20;
    });
    // n / 2 messages a round, n / log n, log n: the table of section 3.
    expect(crossing[0]).toBeCloseTo(100, -1);
    expect(crossing[1]).toBeLessThan(45);
    expect(crossing[2]).toBeLessThan(8);
  });

  test("hops in a graph are distances; who cannot be reached is no site", () => {
    const { graph } = parseEdgeList("a b\nb c\nc d\nelsewhere");
    expect(sitesByHops(graph, 1 as PeerId)).toEqual([
      { peer: 0, distance: 1 },
      { peer: 2, distance: 1 },
      { peer: 3, distance: 2 },
    ]);
  });

  test("a steep choice still draws everybody, each once", () => {
    const sites = Array.from({ length: 300 }, (_, i) => ({ peer: i as PeerId, distance: i }));
    const sampler = new SpatialSampler(sites, 4);
    const all = sampler.sample(1000, NO_PEER, new Sfc32(1));
    expect(new Set(all).size).toBe(300);
    expect(() => new SpatialSampler([...sites, ...sites], 1)).toThrow(/BUG/);
  });
});
