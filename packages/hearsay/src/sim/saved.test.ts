/**
 * Every node of a cluster is written out and read back in the middle of its life, and all that follows is what
 * would have followed.
 */
import { describe, expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import type { Message, Command as NodeCommand, Saved, Tenant } from "../kernel/index.ts";
import { Messaging } from "../messaging/index.ts";
import { Toy } from "../composition/test/toy.ts";
import { Cluster } from "./cluster.ts";
import type { WorldOptions } from "./world.ts";

const encoder = new TextEncoder();

/** Plain data of its own, as if it had been in a file. */
const clone = <T extends Saved>(saved: T): T => structuredClone(saved);

interface Story {
  readonly seed: number;
  readonly world?: Partial<WorldOptions>;
  /** Whether to renew all nodes at this step of the run. */
  readonly renews: (step: number) => boolean;
}

/** A cluster in which everything happens that nodes can keep anything of; and all that was told in it. */
function story({ seed, world: options = {}, renews }: Story) {
  const cluster = new Cluster({
    seed,
    membership: { preset: "local", probeEvents: true },
    seeds: ["a"],
    network: { latencyMs: [1, 30], loss: 0.1 },
    ...options,
    tenants: (context, membership) => {
      const { name, peers, epochSeconds: epoch, now } = context;
      const messaging = new Messaging({ name, epoch, peers });
      const toy = new Toy(name, peers, membership.sampler, 170, now);
      return [messaging, toy] as unknown as Tenant<Message, NodeCommand>[];
    },
  });
  const { world } = cluster;
  let renewals = 0;
  let steps = 0;
  const run = (ms: number): void => {
    world.runUntil(() => {
      if (renews(steps++)) {
        world.renew(clone);
        renewals++;
      }
      return false;
    }, ms);
  };
  let id = 1000;
  const say = (from: string, to: string, payload: string, reliable: boolean): void => {
    const command = { type: "send", id: id++, to, payload: encoder.encode(payload), reliable };
    world.command(from, "messaging", command);
  };
  cluster.form(["a", "b", "c", "d", "e", "f", "g"]);
  run(3000);
  cluster.setTags("b", new Map([["role", "db"]]));
  world.command("c", "messaging", { type: "broadcast", payload: encoder.encode("all") } as never);
  say("a", "b", "x".repeat(60_000), true);
  say("c", "d", "short", false);
  world.command("d", "membership", { type: "ping", id: id++, name: "a" } as never);
  world.command("e", "membership", { type: "setAckPayload", payload: Uint8Array.of(7) } as never);
  run(700);
  world.crash("g");
  world.pause("f");
  run(6000);
  world.resume("f");
  world.partition([
    ["a", "b", "c"],
    ["d", "e", "f"],
  ]);
  say("a", "d", "y".repeat(300_000), true);
  run(12_000);
  world.restart("g");
  cluster.join("g", ["a", "b"]);
  world.repair();
  run(8000);
  cluster.leave("e");
  run(5000);
  const about = (name: string): unknown => ({
    stats: world.stats(name),
    members: cluster.members(name),
    why: world.names.map((other) => cluster.membership(name).explain(other, world.now)),
  });
  const ends = world.names.filter((name) => world.isAlive(name)).map(about);
  return { events: world.events, counts: world.counts, ends, renewals, steps };
}

const never = (): boolean => false;

describe("all nodes of a cluster, written out and read back", () => {
  test.each([
    ["encoded packets, a table of peers each", { wire: "bytes", peers: "each" }],
    ["objects, one table of peers", { wire: "objects", peers: "shared" }],
  ] as const)(
    "go on as if nothing had been, at random steps: %s",
    (_, world) => {
      const seed = 11;
      const expected = story({ seed, world, renews: never });
      const rng = new Sfc32(5);
      const got = story({ seed, world, renews: () => rng.below(500) === 0 });
      expect(got.renewals).toBeGreaterThan(30);
      expect(got.events).toEqual(expected.events);
      expect(got.counts).toEqual(expected.counts);
      expect(got.ends).toEqual(expected.ends);
      expect(got.steps).toBe(expected.steps);
    },
    60_000,
  );

  test("have had something to forget: what the story is about was under way", () => {
    const { events } = story({ seed: 11, renews: never });
    const types = new Set(events.map(({ event }) => event.type));
    for (const type of [
      "join suspect fail leave alive update joined tagsSet probed message sent seedsWanted toy",
    ].flatMap((list) => list.split(" "))) {
      expect(types, type).toContain(type);
    }
  });
});
