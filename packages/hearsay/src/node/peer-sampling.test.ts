/** Peer sampling beside membership, on real UDP. */
import { afterEach, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode } from "../index.ts";
import { PeerSampling } from "../overlay/index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

test("nodes on one host fill their views with each other, and exchange them", async () => {
  const names = ["a", "b", "c", "d"];
  const views = new Map<string, () => string>();
  for (const name of names) {
    const node = createNode({
      name,
      bind: "127.0.0.1:0",
      preset: "local",
      tenants: ({ address, peers }) => {
        const config = { viewSize: 8, intervalMs: 50 };
        const sampling = new PeerSampling({ self: { name, address }, peers, config });
        views.set(name, () => {
          const members = [...sampling.members];
          // Young: somebody has spoken lately, which membership does not tell a view that is full.
          const isFresh = members.every((peer) => sampling.ageOf(peer) < 60);
          const known = members.map((peer) => peers.nameOf(peer)).toSorted();
          return isFresh ? known.join("") : "";
        });
        return [sampling];
      },
    });
    nodes.push(node);
    await node.start();
    const [first] = nodes;
    if (first !== undefined && first !== node) await node.join(first.address);
  }
  for (const name of names) {
    const others = names.filter((other) => other !== name).join("");
    await expect.poll(() => views.get(name)?.(), { timeout: 5000 }).toBe(others);
  }
  // A second of exchanges: some 20 of its own for each, and as many that others begin.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const node of nodes) {
    expect(node.stats().drops).not.toHaveProperty("unclaimed");
    expect(views.get(node.name)?.()).toHaveLength(3);
  }
});
