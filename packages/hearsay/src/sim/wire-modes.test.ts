/** Packets as objects and packets as bytes tell the same story, whatever goes wrong in it. */
import { describe, expect, test } from "vitest";
import { StreamEnvelope } from "../codec/index.ts";
import {
  CountingNonces,
  labelRule,
  packetEnvelope,
  sealing,
  testKey,
} from "../codec/test/sealing.ts";
import type { NodeEnvelopes } from "./node-spec.ts";
import { Scenario, scenario } from "./scenario-builder.ts";
import type { ScenarioOptions } from "./scenario-runner.ts";

function sealed(): NodeEnvelopes {
  const rule = labelRule("dc1");
  const how = sealing([testKey(1)], { nonces: new CountingNonces() });
  return { packets: packetEnvelope(how, rule), streams: new StreamEnvelope(rule, how) };
}

/** Everything that can go wrong at once, and then the calm after it. */
function storm(seed: number): Scenario {
  return scenario()
    .cluster("n1..n8", { preset: "local", seed, seeds: "n1 n2" })
    .latency({ type: "lognormal", medianMs: 20 })
    .latency({ type: "exponential", meanMs: 40, leastMs: 5 }, "n1 <-> n2")
    .loss(0.1)
    .jitter(30)
    .duplicate(0.1)
    .replay(0.2)
    .corrupt(0.05)
    .bandwidth("256kbit", "n3")
    .nat("n4")
    .drift("n5", 0.02)
    .run("5s")
    .slow("n6", "50ms")
    .pause("n7", "3s")
    .block("udp", "n1 <-> n3")
    .clog("n2 -> n5", "2s")
    .run("5s")
    .kill("n8")
    .partition("n1..n3", "n4..n7")
    .run("10s")
    .restart("n8", { memory: true })
    .tags("n4", { role: "db" })
    .bridge("n1 n2", "n3", "n4..n8")
    .run("10s")
    .calm()
    .runUntilAgreed("60s")
    .counts();
}

const FAULTS = (
  "lost cut blocked clogged queued jittered duplicated replayed corrupted rewritten retransmitted held " +
  "crashes restarts remembered pauses waited slowed drifts"
).split(" ");

describe.each([1, 2])("a storm of seed %d", (seed) => {
  const play = (options: ScenarioOptions): string => storm(seed).play(options).text;

  test("is the same in both wire modes, and all its faults have struck", () => {
    const bytes = play({ wire: "bytes" });
    expect(play({ wire: "objects" })).toBe(bytes);
    for (const fault of FAULTS) expect(bytes.split("\n").at(-2)).toContain(fault);
  });

  test("is the same in both wire modes when everything is sealed", () => {
    const bytes = play({ wire: "bytes", envelopes: sealed });
    expect(play({ wire: "objects", envelopes: sealed })).toBe(bytes);
  });

  test("ends in agreement when what is damaged is told by its seal", () => {
    const { said, cluster } = storm(seed).play({ envelopes: sealed });
    expect(said.some((line) => line.startsWith("agreed at"))).toBe(true);
    expect(cluster.agreed).toBe(true);
  });
});
