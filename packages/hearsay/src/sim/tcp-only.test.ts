/** Clusters without UDP, whole nodes in virtual time: those that speak TCP alone, and those that find out. */
import { describe, expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import type { Instant, NodeEvent } from "../kernel/index.ts";
import { RANDOM_LINKS } from "../overlay/index.ts";
import { Promises } from "./checkers/index.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterWorldOptions } from "./cluster.ts";
import { around, between, way } from "./place.ts";
import { topicTenants } from "./topic-tenants.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

interface Told {
  readonly at: Instant;
  readonly node: string;
  readonly type: string;
  readonly about: string | undefined;
}

/** A cluster that carries topics, and what its nodes have told. `tcpOnly` are the nodes without UDP. */
function clusterOf(names: readonly string[], tcpOnly: readonly string[], seed = 1) {
  const told: Told[] = [];
  const promises = new Promises();
  const options: ClusterWorldOptions = {
    seed,
    network: { latencyMs: [1, 20] },
    membership: { preset: "local" },
    composition: (node) => ({ streamsOnly: tcpOnly.includes(node) }),
    tenants: (context, membership) => topicTenants(RANDOM_LINKS, context, membership),
    onStart: (node) => promises.started(node),
    onEvent: (event) => {
      promises.event(event);
      const { type, member } = event.event as NodeEvent & { readonly member?: { name: string } };
      told.push({ at: event.at, node: event.node, type, about: member?.name });
    },
  };
  const cluster = new Cluster(options);
  cluster.form(names);
  const tells = (type: string, since = 0): Told[] => {
    return told.filter((line) => line.type === type && line.at >= since);
  };
  return { cluster, world: cluster.world, promises, tells };
}

/** Nothing of UDP gets anywhere, from the start. */
function withoutUdp(tcpOnly: readonly string[], seed?: number) {
  const play = clusterOf(NAMES, tcpOnly, seed);
  for (const name of NAMES) play.world.links.block("udp", around(name));
  return play;
}

describe("a cluster that speaks TCP alone", () => {
  test("joins, and agrees on who is there", () => {
    const { cluster, world, tells } = withoutUdp(NAMES);
    expect(cluster.runUntilAgreed(5000)).toBe(true);
    world.run(60_000);
    expect(cluster.agreed).toBe(true);
    expect(tells("suspect")).toEqual([]);
    // Not one datagram was tried, so nobody finds them lost.
    expect(world.counts.datagrams).toBe(0);
    expect(tells("udpBlocked")).toEqual([]);
  });

  test("finds out a crash as fast as one with UDP, and everybody hears of it", () => {
    const failedAfter = (tcpOnly: readonly string[], seed: number): number => {
      const { cluster, world, tells } = clusterOf(NAMES, tcpOnly, seed);
      world.run(20_000);
      world.crash("c");
      expect(cluster.runUntilAgreed(30_000)).toBe(true);
      const failed = tells("fail");
      expect(failed.map(({ about }) => about)).toEqual(Array<string>(5).fill("c"));
      return Math.max(...failed.map(({ at }) => at)) - 20_000;
    };
    // When the one that has crashed is asked is chance: three stories say more than one.
    const over = (tcpOnly: readonly string[]): number => {
      return [1, 2, 3].reduce((sum, seed) => sum + failedAfter(tcpOnly, seed), 0);
    };
    expect(over(NAMES)).toBeLessThan(1.5 * over([]));
  });

  test("a leave is told, and so are tags", () => {
    const { cluster, world, tells } = withoutUdp(NAMES);
    world.run(10_000);
    cluster.setTags("b", new Map([["role", "web"]]));
    world.run(2000);
    expect(tells("update").filter(({ about }) => about === "b")).toHaveLength(6);
    cluster.leave("d");
    world.run(2000);
    expect(tells("leave").filter(({ about }) => about === "d")).toHaveLength(6);
    expect(tells("leaveDone")).toHaveLength(1);
    expect(cluster.agreed).toBe(true);
  });

  test("topics bring everything to everybody", () => {
    const { cluster, world, promises } = withoutUdp(NAMES);
    world.run(10_000);
    for (let n = 0; n < 20; n++) {
      cluster.publish(NAMES[n % NAMES.length] as string);
      world.run(200);
    }
    world.run(5000);
    expect(promises.missing((node) => world.isAlive(node))).toEqual([]);
    expect(promises.looks).toBe(20 * NAMES.length);
  });

  test("a partition for longer than the suspicion heals by itself", () => {
    const { cluster, world } = withoutUdp(NAMES);
    world.run(10_000);
    world.links.cut(between(["a", "b", "c"], ["d", "e", "f"]));
    world.run(30_000);
    expect(cluster.agreed).toBe(false);
    world.links.repair();
    for (const name of NAMES) world.links.block("udp", around(name));
    expect(cluster.runUntilAgreed(60_000)).toBe(true);
  });

  test("a node that is started anew under another address is found by its name", () => {
    const { cluster, world, tells } = withoutUdp(NAMES);
    world.run(10_000);
    world.crash("f");
    world.run(500);
    world.restart("f", parseAddress("10.0.0.99:7946"));
    world.links.block("udp", around("f"));
    cluster.join("f", ["a"]);
    expect(cluster.runUntilAgreed(30_000)).toBe(true);
    expect(tells("conflict")).toEqual([]);
  });
});

describe("nodes with UDP and nodes without", () => {
  test("are one cluster: those with it reach the others on links", () => {
    const { cluster, world, tells } = clusterOf(NAMES, ["a", "c"]);
    for (const name of ["a", "c"]) world.links.block("udp", around(name));
    expect(cluster.runUntilAgreed(5000)).toBe(true);
    world.run(60_000);
    world.crash("a");
    expect(cluster.runUntilAgreed(30_000)).toBe(true);
    expect(tells("suspect").filter(({ about }) => about !== "a")).toEqual([]);
    expect(tells("udpBlocked")).toEqual([]);
  });
});

describe("nodes that find UDP blocked", () => {
  test("say so once, go on over TCP with no further rescue, and say when it is over", () => {
    const { cluster, world, tells } = clusterOf(["a", "b"], []);
    world.run(10_000);
    world.links.block("udp", around("b"));
    world.run(30_000);
    const blocked = tells("udpBlocked").map(({ node, about }) => `${node} ${about}`);
    expect(blocked.toSorted()).toEqual(["a b", "b a"]);
    expect(world.machine("a").stats().drops["udpBlocked"]).toBe(1);
    cluster.setTags("a", new Map([["role", "web"]]));
    world.run(1000);
    expect(tells("update").map(({ node }) => node)).toContain("b");
    expect(tells("udpRestored")).toEqual([]);
    const openedAt = world.now;
    world.links.unblock("udp", around("b"));
    world.run(5000);
    const restored = tells("udpRestored", openedAt).map(({ node, about }) => `${node} ${about}`);
    expect(restored.toSorted()).toEqual(["a b", "b a"]);
    world.run(65_000);
    expect(world.machine("a").stats().links).toBe(1);
    expect(tells("suspect")).toEqual([]);
  });

  test("one way is enough, and who answers need not know of it", () => {
    const { world, tells } = clusterOf(["a", "b"], []);
    world.run(10_000);
    world.links.block("udp", way(["a"], ["b"]));
    world.run(30_000);
    expect(tells("udpBlocked").map(({ node }) => node)).toContain("a");
    expect(tells("suspect")).toEqual([]);
  });
});
