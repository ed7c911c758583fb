import { describe, expect, test } from "vitest";
import { suspicionTimeout } from "../membership/formulas.ts";
import { MEMBERSHIP_PRESETS } from "../membership/index.ts";
import type { MembershipEvent } from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import { Cluster } from "./cluster.ts";

const WHO = Array.from({ length: 12 }, (_, i) => `n${i + 1}`);
const LAN = MEMBERSHIP_PRESETS.lan;
const MESSAGES = 1000;

/** Twelve nodes with membership and messaging, agreed. */
function clusterOf(seed: number): Cluster {
  const cluster = new Cluster({
    seed,
    network: { latencyMs: [1, 10] },
    wire: "objects",
    tenants: ({ name, peers, epochSeconds }) => [
      new Messaging({ name, peers, epoch: epochSeconds }),
    ],
  });
  cluster.form(WHO);
  expect(cluster.runUntilAgreed(60_000)).toBe(true);
  return cluster;
}

/** A node tells a thousand messages of 300 bytes, which every node then has to pass on. */
function crowd(cluster: Cluster, name: string): void {
  for (let i = 0; i < MESSAGES; i++) {
    const command = { type: "broadcast", payload: new Uint8Array(300).fill(i) };
    cluster.world.command(name, "messaging", command);
  }
}

/** Least user messages waiting at a node. */
const waiting = (cluster: Cluster): number => {
  const lengths = cluster.live.map((name) => {
    return cluster.world.stats(name).queues["messaging"]?.messages ?? 0;
  });
  return Math.min(...lengths);
};

/** When each living node has declared `gone` dead, in ms after `since`. */
function failedWithin(cluster: Cluster, gone: string, since: number): number[] {
  return cluster.world.events.flatMap(({ at, event }) => {
    const { type, member } = event as MembershipEvent;
    return type === "fail" && member.name === gone && at >= since ? [at - since] : [];
  });
}

describe("while a thousand user messages wait at every node,", () => {
  test("a crash is known everywhere within the bound that holds without them", () => {
    const n = WHO.length;
    // Each is probed by somebody within an interval or two; all that is left is suspicion, at its longest.
    const longest = LAN.suspicionMaxTimeoutMult * suspicionTimeout(LAN.suspicionMult, n, 1000);
    const boundMs = 2 * n * LAN.probeIntervalMs + longest;
    for (const isCrowded of [false, true]) {
      for (let seed = 1; seed <= 3; seed++) {
        const cluster = clusterOf(seed);
        const { world } = cluster;
        if (isCrowded) {
          for (const name of WHO) crowd(cluster, name);
          world.run(1000);
          expect(waiting(cluster)).toBeGreaterThan(MESSAGES);
        }
        const since = world.now;
        world.crash("n12");
        expect(cluster.runUntilAgreed(boundMs)).toBe(true);
        if (isCrowded) expect(waiting(cluster)).toBeGreaterThan(MESSAGES);
        expect(failedWithin(cluster, "n12", since)).toHaveLength(n - 1);
      }
    }
  });

  test("joins, leaves and tags are told as fast as without them", () => {
    const times = [false, true].map((isCrowded) => {
      const cluster = clusterOf(5);
      const { world } = cluster;
      if (isCrowded) for (const name of WHO) crowd(cluster, name);
      const since = world.now;
      for (let i = 0; i < 5; i++) {
        cluster.add(`x${i}`);
        cluster.join(`x${i}`, [`n${i + 1}`]);
        cluster.setTags(`n${i + 6}`, new Map([["round", String(i)]]));
        if (i === 2) cluster.leave("n12");
        world.run(200);
      }
      expect(cluster.runUntilAgreed(LAN.pushPullIntervalMs)).toBe(true);
      return world.now - since;
    });
    expect(times[1]).toBeLessThanOrEqual((times[0] as number) + 1000);
  });

  test("and some of them get through all the time", () => {
    const cluster = clusterOf(1);
    const { world } = cluster;
    crowd(cluster, "n1");
    const heard = (): number => world.events.filter(({ event }) => event.type === "message").length;
    for (let second = 0; second < 5; second++) {
      const before = heard();
      cluster.setTags("n2", new Map([["second", String(second)]]));
      world.run(1000);
      expect(heard()).toBeGreaterThan(before);
    }
  });

  test("what a full queue cannot hold is dropped and counted, not kept", () => {
    const cluster = clusterOf(1);
    const { world } = cluster;
    for (let i = 0; i < 5; i++) crowd(cluster, "n1");
    const { messages, bytes, dropped } = world.stats("n1").queues["messaging"] as {
      messages: number;
      bytes: number;
      dropped: number;
    };
    expect(messages).toBeLessThanOrEqual(4096);
    expect(bytes).toBeLessThanOrEqual(1 << 20);
    expect(messages + dropped).toBe(5 * MESSAGES);
  });
});
