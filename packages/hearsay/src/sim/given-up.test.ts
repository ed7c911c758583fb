/** Memories with too little room: what they give up is counted, and nothing goes round for ever. */
import { expect, test } from "vitest";
import type { Command } from "../kernel/index.ts";
import { Messaging } from "../messaging/index.ts";
import { Cluster } from "./cluster.ts";

const WHO = ["a", "b", "c", "d", "e", "f"];

function clusterOf(membership: object, maxOrigins = 4096): Cluster {
  const cluster = new Cluster({
    seed: 2,
    membership: { preset: "local", ...membership },
    tenants: ({ name, peers, epochSeconds: epoch }) => [
      new Messaging({ name, peers, epoch, config: { maxOrigins } }),
    ],
  });
  cluster.form(WHO);
  cluster.world.run(5000);
  return cluster;
}

test("the lost, the forgotten and histories that are given up for others are counted", () => {
  const cluster = clusterOf({ maxLost: 1, maxForgotten: 1, maxHistoryBytes: 1024 });
  const { world } = cluster;
  for (const name of ["d", "e", "f"]) world.crash(name);
  world.run(120_000);
  expect(cluster.agreed).toBe(true);
  const { drops } = world.stats("a");
  expect(drops).toMatchObject({ lostGivenUp: 2, forgottenGivenUp: 2 });
  expect(drops["historyGivenUp"]).toBeGreaterThan(0);
});

test("more origins than can be remembered have their broadcasts heard once or not at all", () => {
  const { world } = clusterOf({}, 1);
  const broadcast = (name: string): void => {
    const command: Command & { payload: Uint8Array } = {
      type: "broadcast",
      payload: new Uint8Array(1),
    };
    world.command(name, "messaging", command);
    world.run(2000);
  };
  const heard = (): number => world.events.filter(({ event }) => event.type === "message").length;
  broadcast("b");
  expect(heard()).toBe(5);
  broadcast("c");
  // b alone has heard of nobody yet, and is told by c.
  expect(heard()).toBe(6);
  world.run(600_000);
  expect(heard()).toBe(6);
  expect(world.stats("a").drops["tooManyOrigins"]).toBeGreaterThan(0);
  broadcast("c");
  expect(heard()).toBe(11);
  expect(world.stats("a").drops["originGivenUp"]).toBe(1);
});
