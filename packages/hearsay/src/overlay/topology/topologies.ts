/**
 * Fixed topologies: who may talk to whom, as a graph that does not change.
 *
 *     line          0 ─ 1 ─ 2 ─ 3
 *     ring          0 ─ 1 ─ 2 ─ 3 ─ 0, with `reach` neighbours to either side
 *     grid          rows of a width, neighbours above, below and beside; as a torus without borders
 *     regular       everybody has as many neighbours, chance says whom
 *     small world   a ring, each link of it turned to anywhere with a probability
 *
 * Links go both ways, each neighbour stands once in a list, nobody is its own.
 * @see Watts, Strogatz 1998, Collective dynamics of small-world networks
 * @module
 */
import { optionError, shuffle } from "../../kernel/index.ts";
import type { Rng } from "../../kernel/index.ts";
import type { Graph } from "../graph.ts";

/** @param n nodes, 1 or more */
export function line(n: number): Graph {
  checkCount("n", n, 1);
  const links = new Links(n);
  for (let i = 1; i < n; i++) links.add(i - 1, i);
  return links.graph;
}

/** @param reach neighbours to either side, in `1..(n - 1) / 2` */
export function ring(n: number, reach = 1): Graph {
  checkCount("n", n, 3);
  if (!Number.isInteger(reach) || reach < 1 || 2 * reach >= n) {
    throw optionError("reach", "a whole number in 1..(n - 1) / 2", reach);
  }
  return ringLinks(n, reach).graph;
}

/** @param torus whether the borders are joined; a side of less than three has none to join */
export function grid(width: number, height: number, torus = false): Graph {
  checkCount("width", width, 1);
  checkCount("height", height, 1);
  const links = new Links(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = y * width + x;
      if (x + 1 < width) links.add(here, here + 1);
      else if (torus && width > 2) links.add(here, y * width);
      if (y + 1 < height) links.add(here, here + width);
      else if (torus && height > 2) links.add(here, x);
    }
  }
  return links.graph;
}

/**
 * Ends of links are paired at random; a pair that makes a loop or a second link is mended by swapping ends with a
 * link at random. No link is likelier than another.
 * @param degree neighbours of each, in `0..n - 1`; `n * degree` must be even
 */
export function randomRegular(n: number, degree: number, rng: Rng): Graph {
  checkCount("n", n, 1);
  if (!Number.isInteger(degree) || degree < 0 || degree >= n || (n * degree) % 2 === 1) {
    throw optionError("degree", "a whole number in 0..n - 1, n * degree even", degree);
  }
  // Who misses few of the others: those that are missed are the sparse graph.
  if (2 * degree > n) return complement(randomRegular(n, n - 1 - degree, rng));
  for (let attempt = 0; attempt < PAIRINGS; attempt++) {
    const links = pairEnds(n, degree, rng);
    if (links !== undefined) return links.graph;
  }
  throw optionError("degree", `one that ${n} nodes can have by chance`, degree);
}

/**
 * A ring of `reach` neighbours to either side whose links are rewired, each with probability `rewiring`: one end
 * stays, the other goes to anybody who is not a neighbour yet.
 * @param rewiring in `0..1`: 0 is the ring, 1 nearly a random graph
 */
export function smallWorld(n: number, reach: number, rewiring: number, rng: Rng): Graph {
  ring(n, reach);
  if (!(rewiring >= 0 && rewiring <= 1)) {
    throw optionError("rewiring", "a probability in 0..1", rewiring);
  }
  const links = ringLinks(n, reach);
  for (let distance = 1; distance <= reach; distance++) {
    for (let i = 0; i < n; i++) {
      if (rng.unit() >= rewiring || links.degreeOf(i) === n - 1) continue;
      let to = rng.below(n);
      while (to === i || links.has(i, to)) to = rng.below(n);
      links.delete(i, (i + distance) % n);
      links.add(i, to);
    }
  }
  return links.graph;
}

/** How often a random pairing may come to nothing; hardly any does. */
const PAIRINGS = 100;

function ringLinks(n: number, reach: number): Links {
  const links = new Links(n);
  for (let i = 0; i < n; i++) {
    for (let distance = 1; distance <= reach; distance++) links.add(i, (i + distance) % n);
  }
  return links;
}

function complement(graph: Graph): Graph {
  return graph.map((neighbours, node) => {
    const own = new Set([...neighbours, node]);
    return Array.from(graph.keys()).filter((other) => !own.has(other));
  });
}

/** Pairs the ends of all links; nothing if the last ones cannot be mended. */
function pairEnds(n: number, degree: number, rng: Rng): Links | undefined {
  const ends = Array.from({ length: n * degree }, (_, i) => Math.floor(i / degree));
  shuffle(ends, rng);
  const links = new Links(n);
  const pairs: [number, number][] = [];
  const bad: [number, number][] = [];
  for (let i = 0; i < ends.length; i += 2) {
    const pair: [number, number] = [ends[i] as number, ends[i + 1] as number];
    if (pair[0] === pair[1] || links.has(...pair)) bad.push(pair);
    else {
      links.add(...pair);
      pairs.push(pair);
    }
  }
  let tries = 100 * (bad.length + 1);
  while (bad.length > 0 && pairs.length > 0 && tries-- > 0) {
    const [a, b] = bad[bad.length - 1] as [number, number];
    const place = rng.below(pairs.length);
    const [c, d] = pairs[place] as [number, number];
    if (a === c || b === d || links.has(a, c) || links.has(b, d)) continue;
    links.delete(c, d);
    links.add(a, c);
    links.add(b, d);
    pairs[place] = [a, c];
    pairs.push([b, d]);
    bad.pop();
  }
  return bad.length === 0 ? links : undefined;
}

class Links {
  readonly #neighbours: Set<number>[];

  constructor(n: number) {
    this.#neighbours = Array.from({ length: n }, () => new Set());
  }

  get graph(): Graph {
    return this.#neighbours.map((neighbours) => [...neighbours]);
  }

  has(a: number, b: number): boolean {
    return this.#neighbours[a]?.has(b) ?? false;
  }

  degreeOf(node: number): number {
    return this.#neighbours[node]?.size ?? 0;
  }

  add(a: number, b: number): void {
    this.#neighbours[a]?.add(b);
    this.#neighbours[b]?.add(a);
  }

  delete(a: number, b: number): void {
    this.#neighbours[a]?.delete(b);
    this.#neighbours[b]?.delete(a);
  }
}

function checkCount(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > MAX_NODES) {
    throw optionError(option, `a whole number in ${least}..${MAX_NODES}`, value);
  }
}

/** As many as a crowd can hold. */
export const MAX_NODES: number = 1 << 24;
