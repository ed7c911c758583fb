/** A node that starts beside the largest state that is legal takes it in, as Cassandra's issue 21132 has it. */
import { expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import { around } from "./place.ts";

/** As much as a member may say of itself: 512 bytes, the rest is their encoding. */
const TAGS = new Map([["blob", "x".repeat(480)]]);
const SIZE = 40;

test.each(["bytes", "objects"] as const)(
  "%s: a node joins forty with full metadata over a slow link, and nobody is declared dead",
  (wire) => {
    const cluster = new Cluster({ seed: 3, wire, network: { latencyMs: [5, 30], loss: 0.01 } });
    const { world } = cluster;
    const names = Array.from({ length: SIZE }, (_, i) => `n${i}`);
    for (const name of names) cluster.add(name, TAGS);
    for (const name of names.slice(1)) cluster.join(name, ["n0"]);
    world.run(60_000);
    expect(cluster.agreed).toBe(true);

    cluster.add("late", TAGS);
    world.links.setBandwidth(256_000, around("late"));
    const told = world.events.length;
    cluster.join("late", ["n7"]);
    world.run(60_000);
    expect(cluster.agreed).toBe(true);
    const types = new Set(world.events.slice(told).map(({ event }) => event.type));
    expect(types).not.toContain("fail");
    expect(types).toContain("joined");
    expect(world.counts.queued).toBeGreaterThan(100);
    expect(cluster.members("late")).toHaveLength(SIZE + 1);
  },
);
