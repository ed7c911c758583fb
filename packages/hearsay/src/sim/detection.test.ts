/** Detection by heartbeats, in worlds without SWIM: crashes, loss, pauses, returns, what is written out. */
import { describe, expect, test } from "vitest";
import { HEARTBEAT_CHANNEL, HeartbeatDetection } from "../detection/index.ts";
import type { DetectionEvent, DetectionOptions, DetectorName } from "../detection/index.ts";
import { channelBit, parseAddress } from "../kernel/index.ts";
import type { Tenant } from "../kernel/index.ts";
import { readPlain, writePlain } from "../recording/index.ts";
import { Roster } from "./roster.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

const DETECTORS: readonly DetectorName[] = ["heartbeat", "phi", "gems"];
const N = 16;
const NAMES = Array.from({ length: N }, (_, i) => `n${i}`);

/** Nodes that send each other heartbeats, and nothing else. */
class Watchers {
  readonly world: World;
  readonly told: { at: number; node: string; event: DetectionEvent }[] = [];
  readonly machines = new Map<string, HeartbeatDetection>();

  constructor(config: DetectionOptions, options: Partial<WorldOptions> = {}) {
    this.world = new World({
      seed: 5,
      network: { latencyMs: [1, 10] },
      keepEvents: false,
      onEvent: ({ at, node, event }) => {
        this.told.push({ at, node, event: event as DetectionEvent });
      },
      ...options,
    });
    for (const name of NAMES) {
      this.world.add(name, {
        tenants: ({ peers, epochSeconds }) => {
          const others = NAMES.filter((other) => other !== name).map((other) => {
            const peer = peers.intern(other, addressOf(other));
            peers.setChannels(peer, channelBit(HEARTBEAT_CHANNEL));
            return peer;
          });
          const roster = new Roster(others);
          const machine = new HeartbeatDetection({
            name,
            epoch: epochSeconds,
            peers,
            sampler: roster,
            config,
          });
          this.machines.set(name, machine);
          return [machine as unknown as Tenant, roster];
        },
      });
    }
  }

  /** What was told of a type since the last time that somebody asked. */
  take(type: DetectionEvent["type"]): { at: number; node: string; event: DetectionEvent }[] {
    return this.told.splice(0).filter(({ event }) => event.type === type);
  }
}

const addressOf = (name: string) => parseAddress(`10.0.0.${Number(name.slice(1)) + 1}:7946`);

describe.each(DETECTORS)("%s", (detector) => {
  test("a crash is told by all others, and nobody else is called dead", () => {
    const { world, take, ...lab } = make({ detector });
    world.run(60_000);
    expect(lab.told).toEqual([]);
    const crashedAt = world.now;
    world.crash("n3");
    world.run(80_000);
    const failed = take("failed");
    expect(failed.map(({ node }) => node).toSorted()).toEqual(
      NAMES.filter((name) => name !== "n3").toSorted(),
    );
    for (const { at, event } of failed) {
      expect(event).toMatchObject({ name: "n3", detector });
      expect(event.silentMs).toBeLessThanOrEqual(at - crashedAt + 8000);
      expect(at - crashedAt).toBeGreaterThan(2000);
      expect(at - crashedAt).toBeLessThan(60_000);
    }
  });

  test("who comes back is restored everywhere, even with a clock that was set back", () => {
    for (const backMs of [0, -3_600_000]) {
      const { world, take } = make({ detector });
      world.run(40_000);
      world.crash("n3");
      world.run(60_000);
      take("failed");
      world.jumpClock("n3", backMs);
      world.restart("n3");
      world.run(20_000);
      expect(take("restored")).toHaveLength(N - 1);
    }
  });

  test("whoever was stopped itself accuses nobody, and is restored", () => {
    const { world, take } = make({ detector });
    world.run(40_000);
    world.pause("n3");
    world.run(120_000);
    expect(new Set(take("failed").map(({ event }) => event.name))).toEqual(new Set(["n3"]));
    world.resume("n3");
    world.run(30_000);
    const told = take("restored");
    expect(told.filter(({ node }) => node === "n3")).toEqual([]);
    expect(told.filter(({ event }) => event.name === "n3")).toHaveLength(N - 1);
  });

  test("a fifth of all packets may be lost, and nobody is called dead for it", () => {
    const { world, told } = make({ detector }, { network: { latencyMs: [1, 10], loss: 0.2 } });
    world.run(180_000);
    expect(told.filter(({ event }) => event.type === "failed")).toEqual([]);
  });

  test("written out and read back at any time, all goes on as it would have", () => {
    const story = (renews: boolean): unknown => {
      const phi = { threshold: 2 };
      const { world, told } = make({ detector, failMs: 4000, phi }, { peers: "each" });
      for (let step = 0; step < 60; step++) {
        if (step === 10) world.crash("n5");
        if (step === 20) world.pause("n6", 7000);
        if (step === 40) world.restart("n5");
        world.run(777);
        if (renews) world.renew((saved) => readPlain(writePlain(saved)) as typeof saved);
      }
      expect(told.length).toBeGreaterThan(N);
      return told;
    };
    expect(story(true)).toEqual(story(false));
  });
});

test("with gems whoever is cut off suspects all and calls nobody dead; the others agree on it alone", () => {
  const { world, told } = make({ detector: "gems" });
  world.run(20_000);
  world.partition([["n0"], NAMES.slice(1)]);
  world.run(40_000);
  const of = (type: string, at: (node: string) => boolean): string[] =>
    told
      .filter(({ node, event }) => event.type === type && at(node))
      .map(({ event }) => event.name);
  expect(of("suspected", (node) => node === "n0")).toHaveLength(N - 1);
  expect(of("failed", (node) => node === "n0")).toEqual([]);
  expect(of("failed", () => true)).toEqual(Array.from({ length: N - 1 }, () => "n0"));
});

test("without a majority rule it calls all dead", () => {
  const { world, take } = make({ detector: "gems", majority: false });
  world.run(20_000);
  world.partition([["n0"], NAMES.slice(1)]);
  world.run(40_000);
  expect(take("failed").filter(({ node }) => node === "n0")).toHaveLength(N - 1);
});

test("seven of sixteen crash at once: the others agree on all of them", () => {
  const { world, take } = make({ detector: "gems" });
  world.run(30_000);
  for (const name of NAMES.slice(9)) world.crash(name);
  world.run(60_000);
  const failed = take("failed");
  expect(failed).toHaveLength(9 * 7);
  const reasons = new Set(failed.map(({ event }) => event.reason.type));
  expect(reasons).toEqual(new Set(["consensus", "told"]));
});

function make(config: DetectionOptions, options: Partial<WorldOptions> = {}): Watchers {
  const lab = new Watchers(config, options);
  lab.take = lab.take.bind(lab);
  return lab;
}
