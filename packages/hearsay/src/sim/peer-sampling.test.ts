/** Peer sampling in whole nodes: on the wire, beside membership, and written out in between. */
import { expect, test } from "vitest";
import type { Incarnation, Tenant } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { components, PEER_SAMPLING, PeerSampling } from "../overlay/index.ts";
import type { PeerSamplingOptions } from "../overlay/index.ts";
import type { NodeContext } from "./node-spec.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

const N = 24;
const NAMES = Array.from({ length: N }, (_, i) => `node-${i}`);
const CONFIG: PeerSamplingOptions = { viewSize: 8, intervalMs: 500, timeoutMs: 200 };
const JOIN = { type: "join", id: 1 };

class Sampled {
  readonly world: World;
  /** The view of each node as names, while it lives. */
  readonly #views = new Map<string, () => string[]>();

  constructor(
    options: WorldOptions,
    beside: (context: NodeContext) => readonly Tenant[] = () => [],
  ) {
    this.world = new World({ peers: "each", ...options });
    for (const name of NAMES) {
      this.world.add(name, {
        tenants: (context) => {
          const { address, peers } = context;
          const sampling = new PeerSampling({ self: { name, address }, peers, config: CONFIG });
          this.#views.set(name, () => sampling.members.map((peer) => peers.nameOf(peer)));
          return [...beside(context), sampling];
        },
      });
    }
  }

  /** Enters by the first node alone. */
  enter(name: string): void {
    const contacts = [{ name: "node-0", address: this.world.addressOf("node-0") }];
    this.world.command(name, PEER_SAMPLING, { type: "join", contacts } as never);
  }

  viewOf(name: string): string[] {
    return this.#views.get(name)?.() ?? [];
  }

  parts(names: readonly string[] = NAMES): number[] {
    return components(names.map((name) => this.viewOf(name).map((other) => names.indexOf(other))));
  }
}

test.each(["bytes", "objects"] as const)(
  "nodes that know one contact and have no membership come to know each other, in a world of %s",
  (wire) => {
    const sampled = new Sampled({ seed: 1, wire, network: { latencyMs: [1, 20], loss: 0.1 } });
    const { world } = sampled;
    for (const name of NAMES) sampled.enter(name);
    world.run(15_000);
    expect(sampled.parts()).toEqual([N]);
    for (const name of NAMES) expect(sampled.viewOf(name).length).toBeGreaterThanOrEqual(6);
    expect(world.stats("node-0").drops["unclaimed"]).toBeUndefined();
  },
);

test("who crashes is in no view after some cycles, and is again when it is back", () => {
  const sampled = new Sampled({ seed: 2 });
  const { world } = sampled;
  for (const name of NAMES) sampled.enter(name);
  world.run(10_000);
  const victim = "node-5";
  world.crash(victim);
  world.run(20_000);
  const others = NAMES.filter((name) => name !== victim);
  for (const name of others) expect(sampled.viewOf(name)).not.toContain(victim);
  expect(sampled.parts(others)).toEqual([N - 1]);
  world.restart(victim);
  sampled.enter(victim);
  world.run(10_000);
  expect(others.filter((name) => sampled.viewOf(name).includes(victim)).length).toBeGreaterThan(0);
  expect(sampled.parts()).toEqual([N]);
});

test("beside membership nobody has to name a contact, and the dead are out of all views with it", () => {
  const beside = ({ name, address, peers, epochSeconds, now }: NodeContext): Tenant[] => {
    const firstIncarnation = epochSeconds as Incarnation;
    const config = { preset: "local" } as const;
    return [new Membership({ name, address, peers, config, firstIncarnation, now })];
  };
  const sampled = new Sampled({ seed: 3 }, beside);
  const { world } = sampled;
  const addresses = [world.addressOf("node-0")];
  for (const name of NAMES.slice(1))
    world.command(name, "membership", { ...JOIN, addresses } as never);
  world.run(10_000);
  expect(sampled.parts()).toEqual([N]);
  for (const name of NAMES) expect(sampled.viewOf(name)).toHaveLength(8);
  world.crash("node-5");
  world.run(15_000);
  for (const name of NAMES.filter((one) => one !== "node-5")) {
    expect(sampled.viewOf(name)).not.toContain("node-5");
  }
});

test("nodes that are written out and read back all the time have the same views in the end", () => {
  const story = (everyMs: number): string[][] => {
    const sampled = new Sampled({ seed: 4, network: { latencyMs: [1, 20], loss: 0.1 } });
    for (const name of NAMES) sampled.enter(name);
    for (let at = 0; at < 6000; at += 60) {
      sampled.world.run(60);
      if (everyMs > 0 && at % everyMs === 0) sampled.world.renew(structuredClone);
    }
    return NAMES.map((name) => sampled.viewOf(name));
  };
  expect(story(60)).toEqual(story(0));
});
