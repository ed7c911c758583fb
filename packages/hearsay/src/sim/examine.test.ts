/** Each fault that the simulator has, and what a diagnosis says of it. */
import { describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import type { ClusterWorldOptions } from "./cluster.ts";
import { diagnoseCluster } from "./examine.ts";
import { around, between, way } from "./place.ts";
import { Secrets } from "./secrets.ts";
import { topicTenants } from "./topic-tenants.ts";

const NAMES = ["a", "b", "c"];

/** Three nodes that know each other. */
function formed(options: Partial<ClusterWorldOptions> = {}): Cluster {
  const cluster = new Cluster({
    seed: 3,
    membership: { preset: "local" },
    tenants: (context, membership) => topicTenants("randomLinks", context, membership),
    ...options,
  });
  cluster.form(NAMES);
  cluster.world.run(5000);
  return cluster;
}

/** What is found, as `code about…`. */
function found(cluster: Cluster, asked: readonly string[] = NAMES): string[] {
  return diagnoseCluster(cluster, asked)
    .map(({ code, about }) => `${code} ${about.toSorted().join(" ")}`)
    .toSorted();
}

describe("a diagnosis in virtual time", () => {
  test("finds nothing where all is well, be it with one packet in ten lost", () => {
    expect(found(formed())).toEqual([]);
    expect(found(formed({ network: { loss: 0.1 } }))).toEqual([]);
    expect(found(formed({ composition: () => ({ streamsOnly: true }) }))).toEqual([]);
  });

  test("UDP blocked", () => {
    const cluster = formed();
    cluster.world.links.block("udp", around("c"));
    expect(found(cluster)).toEqual(["udp-blocked a c", "udp-blocked b c"]);
    // One of them is enough to ask.
    expect(found(cluster, ["a"])).toEqual(["udp-blocked a c"]);
  });

  test("UDP blocked one way: it says which, whoever is asked", () => {
    const cluster = formed();
    cluster.world.links.block("udp", way(["a"], ["b"]));
    const [finding, ...more] = diagnoseCluster(cluster, ["a"]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: "udp-one-way", about: ["b", "a"] });
    expect(finding?.sentence).toMatch(/^UDP packets of b reach a, but those of a do not reach b/);
    expect(diagnoseCluster(cluster, ["a", "b"])).toMatchObject([
      { code: "udp-one-way", about: ["b", "a"] },
    ]);
  });

  test("TCP blocked", () => {
    const cluster = formed();
    cluster.world.links.block("tcp", between(["a"], ["b"]));
    expect(found(cluster)).toEqual(["tcp-blocked a b"]);
  });

  test("packets cut by the MTU of a way: what is small gets through, and there is no loss", () => {
    const cluster = formed();
    cluster.world.links.setMtu(1200, between(["a"], ["b"]));
    expect(found(cluster)).toEqual(["packets-cut a b"]);
    const [finding] = diagnoseCluster(cluster, ["a"]);
    expect(finding?.cure).toMatch(/MTU/u);
    expect(cluster.world.counts.oversized).toBeGreaterThan(0);
    // Within what the path takes, nobody notices.
    cluster.world.links.setMtu(1400, between(["a"], ["b"]));
    expect(found(cluster)).toEqual([]);
  });

  test("a loop that blocks again and again, by whoever has it", () => {
    const cluster = formed();
    for (let times = 0; times < 4; times++) {
      cluster.world.pause("b", 1500);
      cluster.world.run(2500);
    }
    expect(found(cluster, ["b"])).toEqual(["loop-blocked b"]);
    cluster.world.run(11 * 60_000);
    expect(found(cluster, ["b"])).toEqual([]);
  });

  test("one way cut", () => {
    const cluster = formed();
    cluster.world.links.cut(way(["a"], ["b"]));
    const findings = diagnoseCluster(cluster, ["a"]);
    expect(findings).toMatchObject([{ code: "one-way", about: ["a", "b"] }]);
    expect(findings[0]?.sentence).toBe(
      "What b sends reaches a, but nothing that a sends reaches b.",
    );
  });

  test("nobody there, a process that is stopped, and the one that was", () => {
    const cluster = formed();
    cluster.world.crash("b");
    cluster.world.pause("c");
    const findings = found(cluster, ["a"]);
    expect(findings).toEqual(["process-stuck c", "unreachable b"]);
    cluster.world.resume("c");
    expect(found(cluster, ["a", "c"])).toContain("loop-blocked c");
  });

  test("two nodes of one name", () => {
    const cluster = formed();
    cluster.add("second", undefined, undefined, "c");
    cluster.join("second", ["a"]);
    cluster.world.run(2000);
    expect(found(cluster, ["a"])).toEqual(["duplicate-name c"]);
  });

  test("two nodes that say that they are at one address", () => {
    const cluster = formed();
    cluster.world.crash("c");
    cluster.add("d", undefined, cluster.world.addressOf("c"));
    cluster.join("d", ["a"]);
    cluster.world.run(300);
    expect(found(cluster, ["a"])).toEqual(["duplicate-address c d"]);
  });

  test("a key that differs", () => {
    const cluster = formed({ secrets: new Secrets("k1", "dc1") });
    expect(found(cluster)).toEqual([]);
    cluster.secrets.only("c", ["k2"]);
    cluster.world.run(1000);
    expect(found(cluster, ["a", "b"])).toEqual(["key-differs a c", "key-differs b c"]);
  });

  test("a label that differs, of a node that is no member", () => {
    const cluster = formed({ secrets: new Secrets("k1", "dc1") });
    cluster.add("d");
    cluster.secrets.label("d", "dc2");
    cluster.join("d", ["a"]);
    cluster.world.run(1000);
    const findings = diagnoseCluster(cluster, ["a"]);
    expect(findings).toMatchObject([{ code: "label-differs", about: ["a", "10.0.0.4"] }]);
    expect(findings[0]?.sentence).toBe("a refuses what 10.0.0.4 sends: it has another label.");
  });
});
