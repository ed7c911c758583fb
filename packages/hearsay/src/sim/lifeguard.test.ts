/** What Lifeguard is for, in virtual time: slow, sleeping and badly connected nodes among healthy ones. */
import { describe, expect, test } from "vitest";
import { MEMBERSHIP_PRESETS, suspicionTimeout } from "../membership/index.ts";
import type { MembershipEvent, MembershipOptions } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";
import type { NetworkOptions } from "./network-options.ts";
import type { WorldEvent } from "./world-options.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);

/** Everything off that Lifeguard, and we, have added to SWIM. */
const PLAIN: MembershipOptions = {
  awarenessMaxMultiplier: 1,
  nacks: false,
  confirmations: false,
  buddy: false,
  lastCall: false,
  tcpPing: false,
  selfDistrust: false,
};

function clusterOf(
  count: number,
  seed: number,
  membership: MembershipOptions = {},
  network: NetworkOptions = {},
): Cluster {
  const options = { seed, network: { latencyMs: [1, 10] as const, ...network }, membership };
  const cluster = new Cluster({ ...options, wire: "objects" });
  cluster.form(names(count));
  expect(cluster.runUntilAgreed(60_000)).toBe(true);
  return cluster;
}

/** What is said against anybody but `except`: `n1 suspect n2`. */
function accusations(events: readonly WorldEvent[], except = ""): string[] {
  return events.flatMap(({ node, event }) => {
    const { type, member } = event as MembershipEvent;
    const isAccusation = (type === "suspect" || type === "fail") && member.name !== except;
    return isAccusation ? [`${node} ${type} ${member.name}`] : [];
  });
}

test("a node that was stopped for a minute accuses nobody, for 20 seeds", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = clusterOf(5, seed);
    const { world } = cluster;
    const since = world.events.length;
    world.run(seed * 100);
    world.pause("n3");
    world.run(60_000);
    world.resume("n3");
    world.run(30_000);
    expect(accusations(world.events.slice(since), "n3")).toEqual([]);
    expect(world.stats("n3").drops["lateWakeUp"]).toBe(1);
    expect(cluster.membership("n3").localHealth).toBe(0);
  }
});

test("nodes that are all stopped at once, as on a host that sleeps, accuse nobody", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = clusterOf(8, seed);
    const { world } = cluster;
    const since = world.events.length;
    for (const name of world.names) world.pause(name);
    world.run(60_000);
    for (const name of world.names) {
      world.resume(name);
      world.run(7);
    }
    world.run(30_000);
    expect(accusations(world.events.slice(since))).toEqual([]);
    expect(cluster.agreed).toBe(true);
  }
});

test("a node that is stopped for 1 to 5 s again and again costs nobody's life", () => {
  const cluster = clusterOf(16, 1);
  const { world } = cluster;
  const since = world.events.length;
  for (let i = 0; i < 30; i++) {
    world.pause("n5");
    world.run(1000 + ((i * 1300) % 4000));
    world.resume("n5");
    world.run(1000 + ((i * 700) % 3000));
  }
  const events = world.events.slice(since);
  expect(accusations(events).filter((line) => line.includes("fail"))).toEqual([]);
  expect(accusations(events).length).toBeGreaterThan(0);
});

test("an overloaded node is suspected, but nobody else is", () => {
  const cluster = clusterOf(8, 1);
  const { world } = cluster;
  const since = world.events.length;
  world.slow("n4", 130);
  world.run(120_000);
  expect(accusations(world.events.slice(since), "n4")).toEqual([]);
  expect(accusations(world.events.slice(since)).length).toBeGreaterThan(0);
});

describe("a node that is cut off for 1 to 5 s again and again, its timers running", () => {
  /** Deaths told of the fifteen that are well, in ten minutes. */
  const falseDeaths = (membership: MembershipOptions): number => {
    const cluster = clusterOf(16, 2, membership);
    const { world } = cluster;
    const since = world.events.length;
    const others = world.names.filter((name) => name !== "n5");
    for (let i = 0; i < 100; i++) {
      world.partition([["n5"], others]);
      world.run(1000 + ((i * 1300) % 4000));
      world.repair();
      world.run(1000 + ((i * 700) % 3000));
    }
    const said = accusations(world.events.slice(since), "n5");
    return said.filter((line) => line.includes("fail")).length;
  };

  test("has the others declared dead by plain SWIM, and hardly by Lifeguard", () => {
    const plain = falseDeaths(PLAIN);
    expect(plain).toBeGreaterThan(20);
    expect(falseDeaths({})).toBeLessThan(plain / 10);
  });
});

describe("ten minutes of loss among 16", () => {
  const run = (loss: number, membership: MembershipOptions) => {
    const cluster = clusterOf(16, 3, membership);
    const { world } = cluster;
    const since = world.events.length;
    world.network.setLoss(loss);
    world.run(600_000);
    const lines = accusations(world.events.slice(since));
    const count = (type: string): number => lines.filter((line) => line.includes(type)).length;
    return { suspicions: count("suspect"), deaths: count("fail") };
  };

  test.each([0.1, 0.2, 0.3])("%d of all packets: nobody is declared dead", (loss) => {
    expect(run(loss, {}).deaths).toBe(0);
  });

  test("the ping over TCP spares most suspicions", () => {
    const without = run(0.1, { tcpPing: false }).suspicions;
    expect(without).toBeGreaterThan(500);
    expect(run(0.1, {}).suspicions).toBeLessThan(without / 4);
  });
});

test("a crash among 16 is noticed by all within the bounds, for 20 seeds", () => {
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult } = MEMBERSHIP_PRESETS.lan;
  const least = suspicionTimeout(suspicionMult, 16, probeIntervalMs);
  const times: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const cluster = clusterOf(16, seed);
    const { world } = cluster;
    const since = world.events.length;
    const began = world.now;
    world.crash("n7");
    const fails = () => world.events.slice(since).filter(({ event }) => event.type === "fail");
    expect(world.runUntil(() => fails().length === 15, 120_000)).toBe(true);
    const [first] = fails();
    times.push((first?.at ?? 0) - began);
    expect(accusations(world.events.slice(since), "n7")).toEqual([]);
  }
  // A probe in vain and the least suspicion at the earliest; at the latest the last prober's pass, unconfirmed.
  expect(Math.min(...times)).toBeGreaterThanOrEqual(least);
  const latest = (2 * 16 - 1) * probeIntervalMs + least * suspicionMaxTimeoutMult;
  expect(Math.max(...times)).toBeLessThan(latest);
  // As many probe it as there are nodes: confirmations come within seconds, and half are done by this.
  const median = times.toSorted((a, b) => a - b)[10] as number;
  expect(median).toBeLessThan(least + 3 * probeIntervalMs);
});

describe("basic SWIM, without suspicion, infection and indirect probes,", () => {
  const BASIC = { ...PLAIN, suspicion: false, piggyback: false, indirectChecks: 0 };

  test("finds its members, tells a crash, a leave and tags", () => {
    const cluster = clusterOf(8, 1, BASIC);
    const { world } = cluster;
    world.crash("n2");
    world.run(12_000);
    cluster.leave("n3");
    cluster.setTags("n4", new Map([["role", "db"]]));
    expect(cluster.runUntilAgreed(10_000)).toBe(true);
    expect(cluster.membership("n8").member("n4")?.tags.get("role")).toBe("db");
    const told = world.events.filter(({ event }) => event.type === "leaveDone");
    expect(told.map(({ event }) => (event as { complete?: boolean }).complete)).toEqual([true]);
  });

  test("takes lost packets for deaths, which suspicion does not", () => {
    const deaths = (membership: MembershipOptions): number => {
      const cluster = clusterOf(8, 1, membership);
      const { world } = cluster;
      const since = world.events.length;
      world.network.setLoss(0.1);
      world.run(60_000);
      return world.events.slice(since).filter(({ event }) => event.type === "fail").length;
    };
    const basic = deaths(BASIC);
    expect(basic).toBeGreaterThan(20);
    expect(deaths({ ...BASIC, piggyback: true })).toBeGreaterThan(20);
    expect(deaths({ ...PLAIN, indirectChecks: 0 })).toBeLessThan(basic / 5);
  });
});
