/** HyParView and what spreads over it, in crowds: the papers' shapes on a small scale. */
import { expect, test } from "vitest";
import { Flood, Plumtree } from "../../broadcast/index.ts";
import type { Delivered, PlumtreeConfig } from "../../broadcast/index.ts";
import type { PeerId, Tenant } from "../../kernel/index.ts";
import {
  asymmetry,
  clustering,
  components,
  HyParView,
  inDegrees,
  paths,
  spread,
} from "../../overlay/index.ts";
import type { Graph } from "../../overlay/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdContext, CrowdOptions } from "./crowd.ts";

const N = 400;
const CYCLE_MS = 10_000;

/** A crowd with HyParView and a broadcaster, joined one by one through the first node. */
class Overlay {
  readonly crowd: Crowd;
  readonly sent = new Map<string, number>();
  #reached = 0;
  #hops = 0;

  constructor(
    options: Partial<CrowdOptions>,
    broadcaster: (context: CrowdContext) => Tenant = ({ name }) => new Flood({ name, epoch: 1 }),
  ) {
    this.crowd = new Crowd({
      seed: 1,
      size: 1,
      tenants: (context) => {
        const { name, self, peers } = context;
        const config = { shuffleIntervalMs: CYCLE_MS };
        const address = peers.addressOf(self);
        return [new HyParView({ self: { name, address }, peers, config }), broadcaster(context)];
      },
      onEvent: (_, event) => {
        if (event.type !== "delivered") return;
        this.#reached++;
        this.#hops = Math.max(this.#hops, (event as Delivered).hops);
      },
      onMessage: (_from, _to, { type }) => this.sent.set(type, (this.sent.get(type) ?? 0) + 1),
      ...options,
    });
    const first = 0 as PeerId;
    const { peers } = this.crowd;
    const contacts = [{ name: peers.nameOf(first), address: peers.addressOf(first) }];
    for (let i = 1; i < N; i++) {
      this.crowd.command(this.crowd.add(), "hyparview", { type: "join", contacts } as never);
      this.crowd.run(20);
    }
    this.cycles(20);
  }

  cycles(count: number): void {
    for (let i = 0; i < count; i++) this.crowd.run(CYCLE_MS);
  }

  /** The active views of the live, their members renumbered as they stand in the list. */
  get graph(): Graph {
    const { crowd } = this;
    const places = new Map(crowd.live.map((node, place) => [node, place]));
    return crowd.live.map((node) => {
      const { members } = (crowd.tenant(node, 0) as HyParView).active;
      return members.map((peer) => places.get(peer) ?? -1);
    });
  }

  kill(share: number): void {
    const count = Math.round(share * N);
    for (let i = 0; i < count; i++) {
      const { live } = this.crowd;
      this.crowd.kill(live[(i * 7919) % live.length] as PeerId);
    }
  }

  /** Publishes at one of the live; the share of the live that it reaches, and the farthest in hops. */
  publish(tenant: string, from: number): { reached: number; hops: number } {
    this.#reached = 0;
    this.#hops = 0;
    this.sent.clear();
    const node = this.crowd.live[from % this.crowd.live.length] as PeerId;
    const payload = new Uint8Array(8);
    this.crowd.command(node, tenant, { type: "publish", topic: "t", payload } as never);
    this.crowd.run(1000);
    return { reached: this.#reached / this.crowd.live.length, hops: this.#hops };
  }
}

test("HyParView's links are symmetric, nearly all views full, the graph is one and its clustering low", () => {
  const { graph } = new Overlay({});
  const degrees = spread(inDegrees(graph));
  expect(asymmetry(graph)).toBe(0);
  expect(degrees.most).toBe(5);
  expect(graph.filter((view) => view.length === 5).length / N).toBeGreaterThan(0.99);
  expect(components(graph)).toEqual([N]);
  expect(clustering(graph)).toBeLessThan(0.01);
  const starts = Array.from({ length: 50 }, (_, i) => 8 * i);
  expect(paths(graph, starts).mean).toBeCloseTo(4.1, 0);
});

test("after four of five nodes have died at once, the next messages but one reach all that are left", () => {
  const overlay = new Overlay({});
  overlay.kill(0.8);
  overlay.publish("flood", 0);
  for (let i = 1; i <= 10; i++) expect(overlay.publish("flood", 17 * i).reached).toBe(1);
});

test("the same seed makes the same overlay", () => {
  const [a, b, c] = [1, 1, 2].map((seed) => JSON.stringify(new Overlay({ seed }).graph));
  expect(a).toBe(b);
  expect(a).not.toBe(c);
});

function plumtree(config: Partial<PlumtreeConfig>): (context: CrowdContext) => Tenant {
  return ({ name }) => new Plumtree({ name, epoch: 1, config });
}

test("Plumtree's first message floods, and from the third on there is one payload for each node", () => {
  const config = { graftAfterMs: 20, graftAgainMs: 3, optimizeHops: 0 };
  const overlay = new Overlay({}, plumtree(config));
  expect(overlay.publish("plumtree", 3).reached).toBe(1);
  const links = overlay.graph.reduce((sum, view) => sum + view.length, 0);
  // Each node sends to all its neighbours but the one it has it from.
  expect(overlay.sent.get("gossip")).toBe(links - (N - 1));
  overlay.publish("plumtree", 3);
  for (let i = 0; i < 5; i++) {
    const { reached, hops } = overlay.publish("plumtree", 3);
    expect(reached).toBe(1);
    expect(hops).toBeLessThanOrEqual(8);
    expect(overlay.sent.get("gossip")).toBe(N - 1);
    expect(overlay.sent.get("announce")).toBe(links - 2 * (N - 1));
  }
});

test("Plumtree reaches everybody while nodes die in every cycle and nobody is told of it", () => {
  const config = { graftAfterMs: 20, graftAgainMs: 3 };
  const overlay = new Overlay({ brokenLinks: "whenUsed" }, plumtree(config));
  for (let i = 0; i < 20; i++) {
    overlay.kill(0.005);
    expect(overlay.publish("plumtree", 31 * i).reached).toBe(1);
    overlay.cycles(1);
  }
});
