import { describe, expect, test } from "vitest";
import { parseAddress, Sfc32, shuffle } from "../kernel/index.ts";
import { suspicionTimeout } from "../membership/formulas.ts";
import { MEMBERSHIP_PRESETS } from "../membership/index.ts";
import type { MembershipEvent } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterWorldOptions } from "./cluster.ts";
import { Safety } from "./test/safety.ts";

const FIVE = ["a", "b", "c", "d", "e"];
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);

/** A cluster that has formed. */
function clusterOf(who: readonly string[], options: Partial<ClusterWorldOptions> = {}): Cluster {
  const cluster = new Cluster({
    seed: 7,
    network: { latencyMs: [1, 10] },
    membership: { preset: "local" },
    ...options,
  });
  cluster.form(who);
  expect(cluster.runUntilAgreed(30_000)).toBe(true);
  return cluster;
}

/** What was told of a member since an event count: `b fail`. */
function told(cluster: Cluster, about: string, since = 0): string[] {
  return cluster.world.events.slice(since).flatMap(({ node, event }) => {
    const { type, member } = event as MembershipEvent;
    return member?.name === about ? [`${node} ${type}`] : [];
  });
}

function traceOf(options: Partial<ClusterWorldOptions>): string {
  const cluster = new Cluster({
    seed: 3,
    network: { latencyMs: [1, 20], loss: 0.1 },
    membership: { preset: "local" },
    ...options,
  });
  cluster.form(FIVE);
  const { world } = cluster;
  world.run(3000);
  cluster.setTags("b", new Map([["role", "db"]]));
  world.crash("e");
  world.run(3000);
  world.restart("e");
  cluster.join("e", ["b"]);
  world.partition([["a", "b"]]);
  world.run(500);
  world.repair();
  world.pause("c");
  world.run(2000);
  world.resume("c");
  cluster.leave("d");
  world.run(10_000);
  const lines = world.events.map(({ at, node, event }) => `${at} ${node} ${JSON.stringify(event)}`);
  return [...lines, JSON.stringify(world.counts)].join("\n");
}

describe("a run", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(traceOf({})).toBe(traceOf({}));
    expect(traceOf({ seed: 4 })).not.toBe(traceOf({}));
  });

  test("is the same with packets as bytes and as objects", () => {
    expect(traceOf({ wire: "objects" })).toBe(traceOf({ wire: "bytes" }));
  });

  test("is the same with one table of peers and with one each, but for the numbers of peers", () => {
    const withoutPeers = (trace: string): string => trace.replaceAll(/"peer":\d+/g, "");
    expect(withoutPeers(traceOf({ peers: "each" }))).toBe(
      withoutPeers(traceOf({ peers: "shared" })),
    );
  });
});

test("five nodes form a cluster by joins", () => {
  const cluster = clusterOf(FIVE);
  for (const name of FIVE) expect(cluster.members(name).map((member) => member.name)).toEqual(FIVE);
});

test("a crash is noticed by every node within the formula's bound, for 20 seeds", () => {
  const { probeIntervalMs, suspicionMult } = MEMBERSHIP_PRESETS.local;
  const n = FIVE.length;
  // Each node probes each other within 2n - 1 intervals, a probe takes one, then the suspicion runs.
  const suspectedWithin = 2 * n * probeIntervalMs;
  const failedWithin = suspectedWithin + suspicionTimeout(suspicionMult, n, probeIntervalMs) + 100;
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = clusterOf(FIVE, { seed });
    const since = cluster.world.events.length;
    cluster.world.crash("e");
    cluster.world.run(suspectedWithin);
    expect(told(cluster, "e", since)).toContainEqual(expect.stringMatching(/suspect/));
    cluster.world.run(failedWithin - suspectedWithin);
    const failedAt = told(cluster, "e", since).filter((line) => line.endsWith("fail"));
    expect(failedAt.toSorted()).toEqual(["a fail", "b fail", "c fail", "d fail"]);
    expect(cluster.agreed).toBe(true);
  }
});

test("a paused node is suspected, refutes when it goes on, and nobody declares it dead", () => {
  const cluster = clusterOf(FIVE);
  const { world } = cluster;
  const since = world.events.length;
  world.pause("c");
  expect(world.runUntil(() => told(cluster, "c", since).length === 4, 10_000)).toBe(true);
  const was = cluster.membership("c").local.incarnation;
  world.resume("c");
  expect(cluster.runUntilAgreed(3000)).toBe(true);
  expect(told(cluster, "c", since).toSorted()).toEqual([
    "a alive",
    "a suspect",
    "b alive",
    "b suspect",
    "c alive",
    "d alive",
    "d suspect",
    "e alive",
    "e suspect",
  ]);
  expect(cluster.membership("c").local.incarnation).toBeGreaterThan(was);
});

test("a process that was paused for a minute blames nobody", () => {
  const cluster = clusterOf(FIVE);
  const { world } = cluster;
  world.pause("c");
  world.run(60_000);
  const since = world.events.length;
  world.resume("c");
  world.run(1000);
  const blamed = world.events.slice(since).filter(({ node, event }) => {
    return node === "c" && ["suspect", "fail"].includes(event.type);
  });
  expect(blamed).toEqual([]);
});

test("a graceful leave reads left everywhere, and nobody suspects, for 20 seeds", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = clusterOf(FIVE, { seed, membership: { preset: "lan" } });
    const since = cluster.world.events.length;
    cluster.leave("d");
    cluster.world.run(2000);
    cluster.world.crash("d");
    cluster.world.run(20_000);
    const everybody = FIVE.map((name) => `${name} leave`);
    expect(told(cluster, "d", since).toSorted()).toEqual(everybody);
    expect(cluster.agreed).toBe(true);
  }
});

/** Cuts five nodes into two and three for a time; whether all agree after, and what they said meanwhile. */
function partitioned(seed: number, ms: number): { agreed: boolean; types: string[] } {
  const cluster = clusterOf(FIVE, { seed, membership: { preset: "lan" } });
  const { world } = cluster;
  const since = world.events.length;
  world.partition([
    ["a", "b"],
    ["c", "d", "e"],
  ]);
  world.run(ms);
  world.repair();
  const agreed = cluster.runUntilAgreed(30_000);
  return { agreed, types: world.events.slice(since).map(({ event }) => event.type) };
}

/**
 * Nobody is suspected within an interval of the cut, a suspicion lasts for its formula at least, and shortly before
 * its end the suspect is told, again and again. So all is well if the cut is over by then, and not every call or
 * answer is lost: a cut that is shorter than the formula, less a round trip.
 */
describe("a partition shorter than the suspicion timeout, for 20 seeds,", () => {
  const runs = Array.from({ length: 20 }, (_, i) => partitioned(i + 1, 3900));

  test("is noticed, and heals", () => {
    const types = runs.flatMap((run) => run.types);
    expect(types.filter((type) => type === "suspect").length).toBeGreaterThan(100);
    expect(runs.every(({ agreed }) => agreed)).toBe(true);
  });

  test("causes no false death", () => {
    expect(runs.flatMap((run) => run.types)).not.toContain("fail");
  });
});

test("a cut of one way between two nodes is bridged by the others", () => {
  const cluster = clusterOf(FIVE, { membership: { preset: "lan" } });
  const { world } = cluster;
  const since = world.events.length;
  world.cut("a", "b");
  world.run(60_000);
  expect(world.counts.cut).toBeGreaterThan(20);
  expect(world.events.slice(since)).toEqual([]);
});

test("an update of tags reaches all", () => {
  const cluster = clusterOf(FIVE);
  cluster.setTags("b", new Map([["role", "db"]]));
  expect(cluster.runUntilAgreed(5000)).toBe(true);
  cluster.world.run(1000);
  for (const name of FIVE) {
    expect(cluster.membership(name).member("b")?.tags.get("role")).toBe("db");
  }
});

test("a restarted node comes back under its name with a higher incarnation", () => {
  const cluster = clusterOf(FIVE);
  const { world } = cluster;
  const was = cluster.membership("e").local.incarnation;
  world.crash("e");
  world.run(30_000);
  world.restart("e");
  cluster.join("e", ["c"]);
  expect(cluster.runUntilAgreed(5000)).toBe(true);
  expect(cluster.membership("a").member("e")?.incarnation).toBeGreaterThan(was);
});

test("a node that restarts before anybody misses it is taken over as it is now", () => {
  const cluster = clusterOf(FIVE);
  const { world } = cluster;
  world.run(1500);
  world.crash("e");
  world.restart("e");
  cluster.join("e", ["a"]);
  expect(cluster.runUntilAgreed(5000)).toBe(true);
});

test("32 nodes converge, though one packet in a hundred is lost", () => {
  const cluster = clusterOf(names(32), { network: { latencyMs: [1, 20], loss: 0.01 } });
  expect(cluster.live).toHaveLength(32);
});

test("a node that hears random bytes stays what it was", () => {
  const cluster = clusterOf(FIVE);
  const { world } = cluster;
  const rng = new Sfc32(99);
  const since = world.events.length;
  for (let i = 0; i < 5000; i++) {
    const bytes = Uint8Array.from({ length: rng.below(64) }, () => rng.below(256));
    // Half of them pretend to be one of memberlist's messages.
    if (bytes.length > 1 && rng.below(2) === 0) {
      bytes[0] = rng.below(14);
      bytes[1] = 0x80 + rng.below(8);
    }
    const from = rng.below(2) === 0 ? world.addressOf("b") : parseAddress("192.0.2.1:7");
    world.inject(from, "a", bytes);
    if (i % 10 === 0) world.run(10);
  }
  world.run(5000);
  expect(cluster.agreed).toBe(true);
  expect(world.events.slice(since)).toEqual([]);
  const { drops, envelopeDrops } = world.stats("a");
  expect(Object.values(drops).reduce((sum, count) => sum + count) + envelopeDrops).toBeGreaterThan(
    2000,
  );
});

describe("safety under random kills, pauses and joins", () => {
  test.each(Array.from({ length: 10 }, (_, i) => [i + 1]))("seed %i", (seed) => {
    const rng = new Sfc32(seed, 1);
    const cluster = clusterOf(names(8), { seed });
    const { world } = cluster;
    const safety = new Safety(cluster);
    const pick = (from: readonly string[]): string => from[rng.below(from.length)] as string;
    const run = (ms: number): void => {
      world.runUntil(() => {
        safety.check();
        return false;
      }, ms);
    };
    const paused = (): string[] => world.names.filter((name) => world.isPaused(name));
    const dead = (): string[] => world.names.filter((name) => !world.isAlive(name));
    const join = (name: string): void => {
      const others = cluster.live.filter((other) => other !== name);
      shuffle(others as string[], rng);
      cluster.join(name, others.slice(0, 3));
    };
    for (let round = 0; round < 60; round++) {
      for (const name of [...paused(), ...dead()]) safety.excuse(name);
      const dice = rng.below(6);
      if (dice === 0 && cluster.live.length > 4) safety.crash(pick(cluster.live));
      else if (dice === 1 && dead().length > 0) {
        const name = pick(dead());
        safety.restart(name);
        join(name);
      } else if (dice === 2 && cluster.live.length > 4) safety.pause(pick(cluster.live));
      else if (dice === 3 && paused().length > 0) safety.resume(pick(paused()));
      else if (dice === 4 && world.names.length < 16) {
        const name = `x${round}`;
        cluster.add(name);
        join(name);
      }
      run(rng.below(3000));
    }
    for (const name of paused()) safety.resume(name);
    for (const name of dead()) safety.restart(name);
    for (const name of cluster.live) join(name);
    run(30_000);
    expect(safety.checked).toBeGreaterThan(100);
    const types = new Set(world.events.map(({ event }) => event.type));
    for (const type of ["join", "suspect", "alive", "fail"]) expect(types).toContain(type);
    expect(cluster.disagreements()).toEqual([]);
    expect(cluster.agreed).toBe(true);
  });
});

describe("each safety check can fail", () => {
  const eventOf = (type: string, name: string, incarnation: number) => {
    return { at: 5 as never, node: "a", event: { type, member: { name, incarnation } } as never };
  };

  test("a reachable node declared dead", () => {
    const safety = new Safety(clusterOf(FIVE));
    expect(() => safety.checkEvent(eventOf("fail", "b", 2_000_000_000))).toThrow(
      "it lives and can be reached",
    );
  });

  test("an incarnation that decreases", () => {
    const safety = new Safety(clusterOf(FIVE));
    safety.checkEvent(eventOf("alive", "b", 9));
    expect(() => safety.checkEvent(eventOf("alive", "b", 8))).toThrow("has known 9");
  });

  test("a node that holds itself for dead", () => {
    const cluster = clusterOf(["a", "b"]);
    const broken = new Proxy(cluster, {
      get(target, key) {
        if (key === "membership") return () => ({ local: { state: "dead" } });
        return Reflect.get(target, key, target) as unknown;
      },
    });
    expect(() => new Safety(broken).check()).toThrow("a holds itself for dead");
  });
});
