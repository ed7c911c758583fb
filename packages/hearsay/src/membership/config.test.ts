import { expect, test } from "vitest";
import { MEMBERSHIP_PRESETS, resolveMembershipConfig } from "./config.ts";

test("an empty partial is memberlist's local network", () => {
  const config = resolveMembershipConfig();
  expect(config).toEqual(MEMBERSHIP_PRESETS.lan);
  expect(config).toMatchObject({
    probeIntervalMs: 1000,
    probeTimeoutMs: 500,
    indirectChecks: 3,
    retransmitMult: 4,
    suspicionMult: 4,
    gossipNodes: 3,
    gossipIntervalMs: 200,
    gossipToTheDeadMs: 30_000,
    pushPullIntervalMs: 30_000,
    deadNodeReclaimMs: 0,
    streamTimeoutMs: 10_000,
  });
});

test("wan and local differ from it where memberlist's do, but for the transmits of local", () => {
  expect(resolveMembershipConfig({ preset: "wan" })).toMatchObject({
    probeIntervalMs: 5000,
    probeTimeoutMs: 3000,
    indirectChecks: 3,
    retransmitMult: 4,
    suspicionMult: 6,
    gossipNodes: 4,
    gossipIntervalMs: 500,
    gossipToTheDeadMs: 60_000,
    pushPullIntervalMs: 60_000,
    streamTimeoutMs: 30_000,
  });
  expect(resolveMembershipConfig({ preset: "local" })).toMatchObject({
    probeIntervalMs: 1000,
    probeTimeoutMs: 200,
    indirectChecks: 1,
    retransmitMult: 4,
    suspicionMult: 3,
    gossipNodes: 3,
    gossipIntervalMs: 100,
    gossipToTheDeadMs: 15_000,
    pushPullIntervalMs: 15_000,
    streamTimeoutMs: 1000,
  });
});

test("every preset keeps its own rules", () => {
  for (const preset of ["lan", "wan", "local", "tiny"] as const) {
    expect(resolveMembershipConfig({ preset })).toEqual(MEMBERSHIP_PRESETS[preset]);
  }
});

test.each([
  [{ probeTimeoutMs: 1000 }, "probeTimeoutMs"],
  [{ probeIntervalMs: 500 }, "probeTimeoutMs"],
  [{ probeIntervalMs: 0 }, "probeIntervalMs"],
  [{ gossipNodes: 1.5 }, "gossipNodes"],
  [{ suspicionMult: NaN }, "suspicionMult"],
  [{ maxNameBytes: 129 }, "maxNameBytes"],
  [{ maxStateRows: 10 }, "maxStateRows"],
  [{ maxInboundBytes: 1024 }, "maxInboundBytes"],
  [{ preset: "moon" as "lan" }, "preset"],
  [{ probeInterval: 5 } as object, "probeInterval"],
])("%o is refused, and the error names %s", (partial, option) => {
  expect(() => resolveMembershipConfig(partial)).toThrowError(
    expect.objectContaining({ code: "ERR_OPTION", option }),
  );
});
