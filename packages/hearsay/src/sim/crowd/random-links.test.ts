/** Plumtree on random links, in crowds that know everybody. */
import { expect, test } from "vitest";
import { Plumtree } from "../../broadcast/index.ts";
import type { PeerId } from "../../kernel/index.ts";
import { components, RANDOM_LINKS, RandomLinks } from "../../overlay/index.ts";
import { Crowd } from "./crowd.ts";

const N = 200;

/** A crowd that is awake. */
class Linked {
  readonly sent = new Map<string, number>();
  readonly crowd: Crowd;
  #reached = 0;

  constructor({ renewMs = 0, woken = N } = {}) {
    this.crowd = new Crowd({
      seed: 7,
      size: N,
      tenants: ({ name, peers, oracle }) => [
        new RandomLinks({ peers, sampler: oracle, config: { renewMs } }),
        new Plumtree({ name, epoch: 1, overlay: RANDOM_LINKS }),
      ],
      onEvent: (_, event) => void (this.#reached += event.type === "delivered" ? 1 : 0),
      onMessage: (_from, _to, { type }) => this.sent.set(type, (this.sent.get(type) ?? 0) + 1),
    });
    for (let node = 0; node < woken; node++) {
      this.crowd.command(node as PeerId, RANDOM_LINKS, { type: "wake" });
    }
    this.crowd.run(5000);
  }

  links(node: PeerId): readonly PeerId[] {
    return (this.crowd.tenant(node, 0) as RandomLinks).neighbours.members;
  }

  /** Nodes that a publication of `from` reaches. */
  publish(from: PeerId): number {
    this.#reached = 0;
    const command = { type: "publish", topic: "t", payload: new Uint8Array(8) };
    this.crowd.command(from, "plumtree", command);
    this.crowd.run(8000);
    return this.#reached;
  }
}

test("one node that wakes wakes those whom it links to, and they others, nearly to the last", () => {
  const linked = new Linked({ woken: 1 });
  const asleep = linked.crowd.live.filter((node) => linked.links(node).length === 0);
  expect(asleep.length).toBeLessThan(N / 100);
  expect(linked.publish(0 as PeerId)).toBe(N - asleep.length);
});

test("links are mutual, as many as looked for and at most twice as many", () => {
  const linked = new Linked();
  const { live } = linked.crowd;
  const degrees = live.map((node) => linked.links(node).length);
  // ceil(ln 200) + 1
  expect(Math.min(...degrees)).toBeGreaterThanOrEqual(7);
  expect(Math.max(...degrees)).toBeLessThanOrEqual(14);
  for (const node of live) {
    for (const other of linked.links(node)) expect(linked.links(other)).toContain(node);
  }
  expect(components(live.toSorted((a, b) => a - b).map((node) => linked.links(node)))).toEqual([N]);
});

test("a publication reaches everybody at one copy each once the tree stands", () => {
  const linked = new Linked();
  for (let i = 0; i < 3; i++) expect(linked.publish(5 as PeerId)).toBe(N);
  linked.sent.clear();
  expect(linked.publish(5 as PeerId)).toBe(N);
  expect(linked.sent.get("gossip")).toBe(N - 1);
});

test("when a third of them is gone the rest finds new links and is reached, all of it", () => {
  const linked = new Linked();
  linked.publish(0 as PeerId);
  for (let node = 1; node < N; node += 3) linked.crowd.kill(node as PeerId);
  linked.crowd.run(5000);
  const { length } = linked.crowd.live;
  expect(length).toBe(N - 67);
  expect(linked.publish(0 as PeerId)).toBe(length);
});

test("renewal gives back what the first have too much of, and cuts nobody off", () => {
  const linked = new Linked({ renewMs: 10_000 });
  const total = () => linked.crowd.live.reduce((sum, node) => sum + linked.links(node).length, 0);
  const before = total();
  linked.crowd.run(120_000);
  expect(total()).toBeLessThan(before);
  expect(Math.min(...linked.crowd.live.map((node) => linked.links(node).length))).toBeGreaterThan(
    5,
  );
  expect(linked.publish(3 as PeerId)).toBe(N);
});
