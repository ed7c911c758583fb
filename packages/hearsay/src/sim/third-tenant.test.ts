/** The third tenant beside membership and messages, in virtual time. */
import { expect, test } from "vitest";
import { Toy } from "../composition/test/toy.ts";
import type { ToyEvent } from "../composition/test/toy.ts";
import type { Incarnation } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

const NAMES = ["a", "b", "c", "d", "e"];

/** Five nodes of three tenants each, joined through the first. */
function toys(options: WorldOptions): World {
  const world = new World(options);
  for (const name of NAMES) {
    world.add(name, {
      tenants: ({ address, peers, epochSeconds, now }) => {
        const firstIncarnation = epochSeconds as Incarnation;
        const tags = new Map<string, string>();
        const config = { preset: "local" } as const;
        const membership = new Membership({
          name,
          address,
          peers,
          tags,
          config,
          firstIncarnation,
          now,
        });
        const messaging = new Messaging({ name, epoch: epochSeconds, peers });
        return [membership, messaging, new Toy(name, peers, membership.sampler, 200, now)];
      },
    });
  }
  const addresses = [world.addressOf("a")];
  for (const name of NAMES.slice(1))
    world.command(name, "membership", { type: "join", id: 1, addresses } as never);
  return world;
}

function heard(world: World, node: string): Set<string> {
  const events = world.events.filter((row) => row.node === node && row.event.type === "toy");
  return new Set(events.map(({ event }) => (event as ToyEvent).what));
}

test.each(["bytes", "objects"] as const)("a third tenant runs in a virtual world of %s", (wire) => {
  const world = toys({ seed: 11, wire, network: { latencyMs: [1, 20], loss: 0.05 } });
  world.run(10_000);
  for (const name of NAMES) {
    expect([...heard(world, name)]).toEqual(
      expect.arrayContaining(["answer", "greeting", "linkUp", "wave", "waveBack"]),
    );
  }
  // Everybody whispers, but to the one that it has linked to: not everybody hears one.
  expect(NAMES.filter((name) => heard(world, name).has("whisper")).length).toBeGreaterThan(0);
});

test("links of a node that crashed go down at its peers, and come up again when it is back", () => {
  const world = toys({ seed: 12 });
  world.run(5000);
  world.crash("c");
  world.run(5000);
  const downs = world.events.filter(({ event }) => (event as ToyEvent).what === "linkDown");
  expect(downs.length).toBeGreaterThan(0);
  expect(downs.every(({ event }) => (event as ToyEvent).from === "c")).toBe(true);
});
