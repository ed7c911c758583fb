/**
 * Measures of an overlay, seen from above: who links to whom, as a graph.
 *
 *     graph[i]    the nodes that node i has in its view; only numbers in 0..n-1 count, others are dead links
 *
 * All are exact but the path length, which can be taken from a sample of starting points.
 * @see Jelasity, Voulgaris, Guerraoui, Kermarrec, van Steen 2007, Gossip-based peer sampling, section 4
 * @module
 */
import { invariant } from "../kernel/index.ts";

/** Out-neighbours by node. */
export type Graph = readonly (readonly number[])[];

/** What a set of numbers looks like. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/** Links that point at each node. */
export function inDegrees(graph: Graph): Uint32Array {
  const degrees = new Uint32Array(graph.length);
  for (const view of graph) {
    for (const peer of view) if (peer in degrees) degrees[peer] = (degrees[peer] as number) + 1;
  }
  return degrees;
}

export function spread(values: ArrayLike<number>): Spread {
  invariant(values.length > 0, "the spread of nothing");
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = (values[i] as number) - mean;
    squares += distance * distance;
  }
  return { mean, deviation: Math.sqrt(squares / values.length), least, most };
}

/** Each link in both directions, once; dead links and loops left out. */
export function undirected(graph: Graph): number[][] {
  const both = graph.map(() => new Set<number>());
  for (const [node, view] of graph.entries()) {
    for (const peer of view) {
      if (peer === node || both[peer] === undefined) continue;
      both[node]?.add(peer);
      both[peer].add(node);
    }
  }
  return both.map((peers) => Array.from(peers));
}

/**
 * Mean clustering coefficient of the undirected graph: of all pairs of a node's neighbours, the share that are
 * neighbours of each other.
 */
export function clustering(graph: Graph): number {
  const both = undirected(graph);
  const isNeighbour = new Uint8Array(both.length);
  let sum = 0;
  for (const neighbours of both) {
    const count = neighbours.length;
    if (count < 2) continue;
    for (const peer of neighbours) isNeighbour[peer] = 1;
    let links = 0;
    for (const peer of neighbours) {
      for (const other of both[peer] as number[]) links += isNeighbour[other] as number;
    }
    for (const peer of neighbours) isNeighbour[peer] = 0;
    sum += links / (count * (count - 1));
  }
  return sum / both.length;
}

/** What paths from the given starting points look like. */
export interface Paths {
  /** Mean hops over all pairs that are connected. */
  readonly mean: number;
  /** Mean over the starting points of the hops to the farthest node. */
  readonly farthest: number;
  /** Hops to the farthest node from any of them. */
  readonly most: number;
  /** Share of pairs without a path. */
  readonly unreachable: number;
}

/** Shortest paths in hops along the links as they point; give `undirected(graph)` for both ways. */
export function paths(graph: Graph, starts: readonly number[]): Paths {
  let hops = 0;
  let pairs = 0;
  let most = 0;
  let farthest = 0;
  for (const start of starts) {
    const distances = distancesFrom(graph, start);
    let last = 0;
    for (const distance of distances) {
      if (distance < 1) continue;
      hops += distance;
      pairs++;
      if (distance > last) last = distance;
    }
    farthest += last;
    if (last > most) most = last;
  }
  const all = starts.length * (graph.length - 1);
  return {
    mean: hops / pairs,
    farthest: farthest / starts.length,
    most,
    unreachable: all === 0 ? 0 : 1 - pairs / all,
  };
}

/** Hops to each node; -1 where there is no path. */
export function distancesFrom(graph: Graph, start: number): Int32Array {
  const distances = new Int32Array(graph.length).fill(-1);
  const queue = [start];
  distances[start] = 0;
  for (let i = 0; i < queue.length; i++) {
    const node = queue[i] as number;
    for (const peer of graph[node] as readonly number[]) {
      if (distances[peer] !== -1) continue;
      distances[peer] = (distances[node] as number) + 1;
      queue.push(peer);
    }
  }
  return distances;
}

/** Nodes in each connected part of the undirected graph, the largest first. */
export function components(graph: Graph): number[] {
  const both = undirected(graph);
  const seen = new Uint8Array(both.length);
  const sizes: number[] = [];
  for (const start of both.keys()) {
    if (seen[start] === 1) continue;
    const queue = [start];
    seen[start] = 1;
    for (let i = 0; i < queue.length; i++) {
      for (const peer of both[queue[i] as number] as number[]) {
        if (seen[peer] === 1) continue;
        seen[peer] = 1;
        queue.push(peer);
      }
    }
    sizes.push(queue.length);
  }
  return sizes.toSorted((a, b) => b - a);
}

/**
 * Nodes in each strong part, the largest first: within one, everybody reaches everybody along the links as they
 * point. What is pushed along the links of a view reaches all only where this is one.
 * @see Tarjan 1972, Depth-first search and linear graph algorithms
 */
export function strongComponents(graph: Graph): number[] {
  const order = new Int32Array(graph.length).fill(-1);
  const lowest = new Int32Array(graph.length);
  const isOpen = new Uint8Array(graph.length);
  const open: number[] = [];
  const sizes: number[] = [];
  let visited = 0;
  for (const start of graph.keys()) {
    if (order[start] !== -1) continue;
    // A stack of our own: paths are longer than the engine's is deep.
    const path = [{ node: start, next: 0 }];
    while (path.length > 0) {
      const step = path[path.length - 1] as { node: number; next: number };
      const { node } = step;
      if (step.next === 0) {
        order[node] = visited;
        lowest[node] = visited++;
        isOpen[node] = 1;
        open.push(node);
      }
      const peer = graph[node]?.[step.next++];
      if (peer !== undefined) {
        if (order[peer] === -1) path.push({ node: peer, next: 0 });
        else if (isOpen[peer] === 1) lower(lowest, node, order[peer] as number);
        continue;
      }
      path.pop();
      const before = path[path.length - 1];
      if (before !== undefined) lower(lowest, before.node, lowest[node] as number);
      if (lowest[node] !== order[node]) continue;
      const first = open.lastIndexOf(node);
      for (const member of open.slice(first)) isOpen[member] = 0;
      sizes.push(open.length - first);
      open.length = first;
    }
  }
  return sizes.toSorted((a, b) => b - a);
}

function lower(values: Int32Array, place: number, value: number): void {
  if (value < (values[place] as number)) values[place] = value;
}

/** Share of links that are not returned. */
export function asymmetry(graph: Graph): number {
  let links = 0;
  let returned = 0;
  for (const [node, view] of graph.entries()) {
    links += view.length;
    for (const peer of view) if (graph[peer]?.includes(node) === true) returned++;
  }
  return links === 0 ? 0 : 1 - returned / links;
}

/** Mean number of links a node that point at nobody. */
export function deadLinks(graph: Graph): number {
  let dead = 0;
  for (const view of graph) for (const peer of view) if (!(peer in graph)) dead++;
  return dead / graph.length;
}
