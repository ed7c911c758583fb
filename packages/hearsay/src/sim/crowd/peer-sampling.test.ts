/** Peer sampling in crowds: what becomes of the graph of all views, whatever is done to it. */
import { describe, expect, test, vi } from "vitest";
import { NO_PEER, Sfc32 } from "../../kernel/index.ts";
import type { PeerId } from "../../kernel/index.ts";
import {
  clustering,
  components,
  deadLinks,
  inDegrees,
  PEER_SAMPLING,
  PeerSampling,
  resolvePeerSamplingConfig,
  ring,
  SAMPLING_PRESETS,
  spread,
  strongComponents,
} from "../../overlay/index.ts";
import type { Graph, PeerSamplingOptions, SamplingPreset } from "../../overlay/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdOptions } from "./crowd.ts";

// Crowds need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

const N = 240;
const VIEW = 12;
const CYCLE_MS = 1000;

class Sampled {
  readonly crowd: Crowd;
  readonly rng = new Sfc32(9);

  constructor(options: PeerSamplingOptions, crowd: Partial<CrowdOptions> = {}) {
    const config = resolvePeerSamplingConfig({
      viewSize: VIEW,
      intervalMs: CYCLE_MS,
      timeoutMs: CYCLE_MS,
      ...options,
    });
    this.crowd = new Crowd({
      seed: 1,
      size: N,
      tenants: ({ self, name, peers }) => {
        return [
          new PeerSampling({ self: { name, address: peers.addressOf(self) }, peers, config }),
        ];
      },
      ...crowd,
    });
  }

  /** Everybody knows the nearest of a ring. */
  static lattice(options: PeerSamplingOptions, crowd?: Partial<CrowdOptions>): Sampled {
    const sampled = new Sampled(options, crowd);
    for (const [node, nearest] of ring(N, VIEW / 2).entries()) {
      sampled.join(node as PeerId, nearest as PeerId[]);
    }
    return sampled;
  }

  join(node: PeerId, others: readonly PeerId[]): void {
    const { peers } = this.crowd;
    const contacts = others.map((peer) => {
      return { name: peers.nameOf(peer), address: peers.addressOf(peer) };
    });
    this.crowd.command(node, PEER_SAMPLING, { type: "join", contacts } as never);
  }

  cycles(count: number): void {
    for (let i = 0; i < count; i++) this.crowd.round(CYCLE_MS);
  }

  machine(node: PeerId): PeerSampling {
    return this.crowd.tenant(node, 0) as PeerSampling;
  }

  kill(count: number): void {
    for (let i = 0; i < count; i++) {
      const { live } = this.crowd;
      this.crowd.kill(live[this.rng.below(live.length)] as PeerId);
    }
  }

  get graph(): Graph {
    const places = new Map(this.crowd.live.map((node, place) => [node, place]));
    return this.crowd.live.map((node) => {
      return this.machine(node).members.map((peer) => places.get(peer) ?? -1);
    });
  }
}

describe.each(SAMPLING_PRESETS)("%s", (preset) => {
  test("makes one well-mixed graph of a ring: views are full, and hold nobody's own entry", () => {
    const sampled = Sampled.lattice({ preset });
    const before = clustering(sampled.graph);
    sampled.cycles(40);
    const { graph } = sampled;
    expect(strongComponents(graph)[0]).toBeGreaterThan(0.95 * N);
    expect(components(graph)).toEqual([N]);
    expect(clustering(graph)).toBeLessThan(before / 1.5);
    for (const [node, view] of graph.entries()) {
      expect(view).not.toContain(node);
      expect(new Set(view).size).toBe(VIEW);
    }
    expect(sampled.crowd.drops).toEqual({});
  });

  test("is rid of the dead half, and the living stay one", () => {
    const sampled = Sampled.lattice({ preset });
    sampled.cycles(20);
    sampled.kill(N / 2);
    expect(deadLinks(sampled.graph)).toBeCloseTo(VIEW / 2, 0);
    sampled.cycles(100);
    expect(deadLinks(sampled.graph)).toBe(0);
    expect(components(sampled.graph)).toEqual([N / 2]);
  });

  test("stays one at 30 % loss while a tenth of the nodes comes and goes each minute", () => {
    const sampled = Sampled.lattice({ preset }, { loss: 0.3 });
    sampled.cycles(20);
    for (let second = 0; second < 60; second++) {
      if (second % 5 < 2) {
        sampled.kill(1);
        const contact = sampled.crowd.live[sampled.rng.below(N / 2)] as PeerId;
        sampled.join(sampled.crowd.add(), [contact]);
      }
      sampled.cycles(1);
    }
    sampled.cycles(10);
    const { graph } = sampled;
    expect(graph.length).toBe(N);
    expect(components(graph)).toEqual([N]);
    expect(spread(graph.map((view) => view.length)).mean).toBeGreaterThan(0.7 * VIEW);
  });
});

test("swapper and Cyclon know everybody evenly, healer and Newscast do not, blind least", () => {
  const deviation = (preset: SamplingPreset): number => {
    const sampled = Sampled.lattice({ preset });
    sampled.cycles(60);
    return spread(inDegrees(sampled.graph)).deviation;
  };
  const [blind, healer, swapper, newscast, cyclon] = SAMPLING_PRESETS.map(deviation) as number[];
  // A random graph's would be the root of 12.
  expect(swapper).toBeLessThan(3.3);
  expect(cyclon).toBeLessThan(3.3);
  expect(healer).toBeGreaterThan(4);
  expect(newscast).toBeGreaterThan(4);
  expect(blind).toBeGreaterThan(healer as number);
});

test("the oldest are asked for ever if they are dead and nobody removes them, with tail selection", () => {
  const left = (removesSilent: boolean): number => {
    const options = { preset: "swapper", peerSelection: "tail", removesSilent } as const;
    const sampled = Sampled.lattice(options);
    sampled.cycles(30);
    sampled.kill(N / 2);
    sampled.cycles(100);
    return deadLinks(sampled.graph);
  };
  expect(left(true)).toBe(0);
  expect(left(false)).toBeGreaterThan(VIEW / 4);
});

test("a network grows through one node, and is as well mixed as one that began at random", () => {
  const sampled = new Sampled({ preset: "swapper" }, { size: 1 });
  while (sampled.crowd.live.length < N) {
    for (let i = 0; i < 20 && sampled.crowd.live.length < N; i++) {
      sampled.join(sampled.crowd.add(), [0 as PeerId]);
    }
    sampled.cycles(1);
  }
  sampled.cycles(40);
  const { graph } = sampled;
  expect(components(graph)).toEqual([N]);
  const { least, most } = spread(inDegrees(graph));
  expect(least).toBeGreaterThan(0);
  expect(most).toBeLessThan(3 * VIEW);
});

test("by events and by rounds it is the same graph in measure", () => {
  const sampled = (host: "rounds" | "events"): Graph => {
    const one = Sampled.lattice({ preset: "swapper", timeoutMs: 200 }, { latencyMs: [1, 50] });
    if (host === "rounds") one.cycles(60);
    else one.crowd.run(60 * CYCLE_MS);
    return one.graph;
  };
  const [rounds, events] = [sampled("rounds"), sampled("events")];
  expect(clustering(events)).toBeCloseTo(clustering(rounds), 1);
  const deviations = [rounds, events].map((graph) => spread(inDegrees(graph)).deviation);
  expect(Math.abs((deviations[0] as number) - (deviations[1] as number))).toBeLessThan(0.6);
});

test("over the cycles everybody is drawn, and nobody much more often than others", () => {
  const n = 60;
  const sampled = new Sampled({ preset: "swapper" }, { size: n });
  for (const node of sampled.crowd.live) sampled.join(node, [((node + 1) % n) as PeerId]);
  sampled.cycles(20);
  const counts = new Uint32Array(n);
  for (let i = 0; i < 400; i++) {
    sampled.cycles(1);
    for (const peer of sampled.machine(0 as PeerId).sample(3, NO_PEER, sampled.rng)) {
      counts[peer] = (counts[peer] as number) + 1;
    }
  }
  const { least, most, mean } = spread(counts.subarray(1));
  expect(mean).toBeCloseTo(1200 / (n - 1), 9);
  expect(least).toBeGreaterThan(mean / 3);
  expect(most).toBeLessThan(2 * mean);
});

test("the same seed makes the same graph", () => {
  const [a, b, c] = [1, 1, 2].map((seed) => {
    const sampled = Sampled.lattice({}, { seed });
    sampled.cycles(10);
    return JSON.stringify(sampled.graph);
  });
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});
