/** What nodes that probe, relay and accuse for themselves can tell of a death afterwards. */
import { describe, expect, test } from "vitest";
import { invariant } from "../kernel/index.ts";
import type { Explanation, Reason } from "../membership/index.ts";
import { Cluster } from "./cluster.ts";

const WHO = ["a", "b", "c", "d", "e"];
const OTHERS = WHO.slice(0, 4);

function clusterOf(membership: object = {}): Cluster {
  const cluster = new Cluster({ seed: 11, network: { latencyMs: [1, 10] }, membership });
  cluster.form(WHO);
  expect(cluster.runUntilAgreed(60_000)).toBe(true);
  return cluster;
}

const explained = (cluster: Cluster, by: string, about: string): Explanation => {
  const explanation = cluster.membership(by).explain(about, cluster.world.now);
  expect(explanation).toBeDefined();
  return explanation as Explanation;
};

const reasons = <T extends Reason["type"]>(
  { history }: Explanation,
  type: T,
): Extract<Reason, { type: T }>[] => {
  return history.map(({ reason }) => reason).filter((reason) => reason.type === type) as never;
};

describe("of a member that has crashed", () => {
  const cluster = clusterOf();
  const { world } = cluster;
  const crashedAt = world.now;
  world.crash("e");
  invariant(cluster.runUntilAgreed(60_000), "the others do not agree on a crash");
  const tales = OTHERS.map((name) => explained(cluster, name, "e"));

  test("whoever probed it tells the number, what was tried, through whom, and how well it was itself", () => {
    const probes = tales.flatMap((tale) =>
      reasons(tale, "probeFailed").map((reason) => ({ reason, by: tale.observer })),
    );
    expect(probes.length).toBeGreaterThan(0);
    for (const { reason, by } of probes) {
      const { seq, startedAt, relays, nacksExpected, nacksReceived, tcp } = reason;
      expect(seq).toBeGreaterThan(0);
      expect(startedAt).toBeGreaterThanOrEqual(crashedAt);
      expect([...relays].toSorted()).toEqual(OTHERS.filter((name) => name !== by));
      expect([nacksExpected, nacksReceived]).toEqual([3, 3]);
      expect(tcp).not.toBe("notTried");
      expect(tcp).not.toBe("answered");
      expect(reason).toMatchObject({
        timeoutMs: 500,
        intervalMs: 1000,
        localHealth: 0,
        excusedMs: 0,
      });
    }
  });

  test("whoever declared it dead tells who had suspected and who had confirmed", () => {
    const verdicts = tales.flatMap((tale) => reasons(tale, "suspicionExpired"));
    expect(verdicts.length).toBeGreaterThan(0);
    for (const { by, confirmedBy, confirmationsNeeded, startedAt } of verdicts) {
      expect(OTHERS).toContain(by);
      expect(confirmedBy.length).toBeLessThanOrEqual(confirmationsNeeded);
      expect(confirmedBy).not.toContain(by);
      for (const name of confirmedBy) expect(OTHERS).toContain(name);
      expect(startedAt).toBeGreaterThan(crashedAt);
    }
  });

  test("all others tell who told them, and everybody when, in order", () => {
    for (const tale of tales) {
      const told = [...reasons(tale, "accused"), ...reasons(tale, "declaredDead")];
      for (const { by, from } of told) {
        expect(OTHERS).toContain(by);
        expect(OTHERS).toContain(from.name);
        expect(from.address).toBe(world.addressOf(from.name as string));
      }
      const types = tale.history.map(({ type }) => type);
      expect(types.slice(-2)).toEqual(["suspect", "fail"]);
      const times = tale.history.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(tale).toMatchObject({ member: { state: "dead" }, suspicion: undefined });
      expect(tale.lost?.address).toBe(world.addressOf("e"));
    }
  });
});

test("while a suspicion runs, it is told by whom, who confirms, and until when", () => {
  const cluster = clusterOf();
  const { world } = cluster;
  world.crash("e");
  const isSuspect = (): boolean => cluster.membership("a").member("e")?.state === "suspect";
  expect(world.runUntil(isSuspect, 60_000)).toBe(true);
  const { suspicion } = explained(cluster, "a", "e");
  expect(OTHERS).toContain(suspicion?.by);
  expect(suspicion?.deadline).toBeGreaterThan(world.now);
  expect(suspicion).toMatchObject({ confirmationsNeeded: 2, excusedMs: 0 });
});

test("the story of a member is bounded, and its last chapters stay", () => {
  const cluster = clusterOf({ historyEntries: 4 });
  for (let i = 0; i < 10; i++) {
    cluster.setTags("e", new Map([["i", String(i)]]));
    cluster.world.run(2000);
  }
  const { history } = explained(cluster, "a", "e");
  expect(history.map(({ type }) => type)).toEqual(["update", "update", "update", "update"]);
  expect(history.at(-1)?.incarnation).toBe(cluster.membership("e").local.incarnation);
});
