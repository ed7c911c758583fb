import { describe, expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import type { MembershipEvent, MembershipOptions } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Every news of a member under an incarnation that the same run of the same node has buried. */
function ghosts({ world }: Cluster): string[] {
  const buried = new Map<string, number>();
  return world.events.flatMap(({ at, node, event }) => {
    const { type, member, reason } = event as MembershipEvent;
    if (member === undefined) return [];
    if (reason?.type === "started") {
      for (const key of buried.keys()) if (key.startsWith(`${node} `)) buried.delete(key);
    }
    const key = `${node} ${member.name}`;
    const isBurial = type === "fail" || type === "leave";
    const last = buried.get(key) ?? 0;
    if (isBurial) buried.set(key, Math.max(last, member.incarnation));
    else if (member.incarnation <= last) return [`${at} ${key} ${type} ${member.incarnation}`];
    return [];
  });
}

describe("ghosts", () => {
  /** Nodes are born, leave, die, fall asleep over the news and wake up; the dead stay dead. */
  function churn(hours: number, membership: MembershipOptions): [Cluster, string[]] {
    const sightings: string[] = [];
    const rng = new Sfc32(24);
    const network = { latencyMs: [1, 20], loss: 0.02 } as const;
    const cluster = new Cluster({ seed: 7, network, wire: "objects", membership });
    cluster.form(["n1", "n2", "n3", "n4"]);
    expect(cluster.runUntilAgreed(2 * MINUTE_MS)).toBe(true);
    const { world } = cluster;
    const pick = (from: readonly string[]): string => from[rng.below(from.length)] as string;
    const diedAt = new Map<string, number>();
    let born = 0;
    let wokeAt = 0;
    while (world.now < hours * HOUR_MS) {
      const asleep = cluster.unclear;
      const dice = rng.below(6);
      if (dice < 2 && cluster.live.length < 7) {
        const name = `x${++born}`;
        cluster.add(name);
        cluster.join(name, [pick(cluster.live.filter((other) => other !== name))]);
      } else if (dice < 4 && cluster.live.length > 3) {
        const victim = pick(cluster.live);
        if (dice === 2) cluster.leave(victim);
        world.run(2 * SECOND_MS);
        world.crash(victim);
        diedAt.set(victim, world.now);
      } else if (dice === 4 && asleep.length < 2 && cluster.live.length > 3) {
        world.pause(pick(cluster.live));
      } else if (asleep.length > 0) {
        world.resume(pick(asleep));
        wokeAt = world.now;
      }
      world.run(rng.below(3 * MINUTE_MS));
      for (const node of cluster.live) {
        for (const { name, state } of cluster.members(node)) {
          const diedMs = diedAt.get(name);
          // Who has slept believes for a while what it knew before, and may tell it.
          const quietMs = world.now - Math.max(diedMs ?? world.now, wokeAt);
          if (state !== "alive" || quietMs < 2 * MINUTE_MS) continue;
          sightings.push(`${world.now} ${node} sees ${name}, dead since ${diedMs}`);
        }
      }
    }
    expect(Math.min(born, diedAt.size)).toBeGreaterThan(hours);
    for (const name of cluster.unclear) world.resume(name);
    return [cluster, sightings];
  }

  test("none in 24 hours of churn", () => {
    const [cluster, sightings] = churn(24, { preset: "lan" });
    expect(cluster.runUntilAgreed(5 * MINUTE_MS)).toBe(true);
    expect([...sightings, ...ghosts(cluster)]).toEqual([]);
  }, 60_000);

  test("without a memory of the forgotten there would be some", () => {
    const [cluster] = churn(6, { preset: "lan", maxForgotten: 0 });
    expect(ghosts(cluster).length).toBeGreaterThan(0);
  }, 60_000);
});
