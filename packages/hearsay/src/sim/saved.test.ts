/**
 * Every node of a cluster is written out and read back in the middle of its life, and all that follows is what
 * would have followed.
 */
import { describe, expect, test } from "vitest";
import { encode, Sfc32 } from "../kernel/index.ts";
import type {
  Address,
  Incarnation,
  Message,
  Command as NodeCommand,
  Saved,
  Tenant,
} from "../kernel/index.ts";
import { readPlain, writePlain } from "../recording/index.ts";
import { Messaging } from "../messaging/index.ts";
import { ALIVE, SUSPECT } from "../membership/index.ts";
import { saidAt } from "../membership/said.ts";
import { Toy } from "../composition/test/toy.ts";
import { Flood, Plumtree } from "../broadcast/index.ts";
import { HyParView } from "../overlay/index.ts";
import { Cluster } from "./cluster.ts";
import type { NodeContext } from "./node-spec.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

const encoder = new TextEncoder();

/** As if it had been in a file. */
const filed = <T extends Saved>(saved: T): T => readPlain(writePlain(saved)) as T;

interface Story {
  readonly seed: number;
  readonly world?: Partial<WorldOptions>;
  /** Whether to renew all nodes at this step; once in so many. */
  readonly renews: (odds: number) => boolean;
}

/** A cluster in which everything happens that nodes can keep anything of; and all that was told in it. */
function story({ seed, world: options = {}, renews }: Story) {
  const cluster = new Cluster({
    seed,
    membership: { preset: "local", probeEvents: true, gossipToTheDeadMs: 2000 },
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
  const all = (): string => {
    const up = world.names.filter((name) => world.isAlive(name));
    return writePlain(up.map((name) => world.machine(name).save()));
  };
  /** Once in so many. */
  const renew = (odds: number): void => {
    if (!renews(odds)) return;
    const before = all();
    world.renew(filed);
    expect(all() === before, "what is saved of those that were restored").toBe(true);
    renewals++;
  };
  const run = (ms: number, odds = 1000): void => {
    renew(1);
    world.runUntil(() => {
      steps++;
      renew(odds);
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
  run(70, 10);
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
  // The name of one that lives, claimed from elsewhere; one that comes back elsewhere; a command that waits.
  const claim = { incarnation: 1_900_000_000, node: "c", from: "c" };
  world.command("d", "membership", { type: "ping", id: id++, name: "a" } as never);
  const { addr, port, meta, versions } = saidAt("c", world.addressOf("g"), 1 as Incarnation);
  const bytes = encode(ALIVE, { type: "alive", ...claim, addr, port, meta, versions } as never);
  for (const to of ["a", "d"]) world.inject(world.addressOf("b"), to, bytes);
  run(300, 60);
  world.crash("g");
  world.restart("g", "10.0.9.9:7946" as Address);
  cluster.join("g", ["a"]);
  run(4000);
  cluster.leave("e");
  run(300);
  const accused = encode(SUSPECT, {
    type: "suspect",
    incarnation: 1_900_000_000,
    node: "e",
    from: "a",
  } as never);
  world.inject(world.addressOf("a"), "e", accused);
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
      const got = story({ seed, world, renews: (odds) => rng.below(odds) === 0 });
      expect(got.renewals).toBeGreaterThan(20);
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
      "join suspect fail leave alive update joined tagsSet probed pinged message sent seedsWanted toy conflict",
    ].flatMap((list) => list.split(" "))) {
      expect(types, type).toContain(type);
    }
  });
});

/** Partial views and what spreads over them, with members that come, crash and come back. */
function overlayStory(renews: (odds: number) => boolean) {
  const names = [..."abcdefghij"];
  const world = new World({ seed: 4, peers: "each", network: { latencyMs: [1, 60], loss: 0.2 } });
  const own = { activeSize: 3, passiveSize: 6, shuffleIntervalMs: 500, keepAliveMs: 300 };
  const tenants = ({ name, address, peers, epochSeconds: epoch }: NodeContext) => {
    const overlay = new HyParView({ self: { name, address }, peers, config: own });
    const config = { announceEveryMs: 40, graftAfterMs: 100, graftAgainMs: 50 };
    const tree = new Plumtree({ name, epoch, config });
    return [overlay, tree, new Flood({ name, epoch })] as unknown as Tenant<Message, NodeCommand>[];
  };
  let renewals = 0;
  const saved = (): string => {
    const up = names.filter((name) => world.names.includes(name) && world.isAlive(name));
    return writePlain(up.map((name) => world.machine(name).save()));
  };
  const run = (ms: number): void => {
    world.runUntil(() => {
      if (!renews(60)) return false;
      const before = saved();
      world.renew(filed);
      expect(saved() === before, "what is saved of those that were restored").toBe(true);
      renewals++;
      return false;
    }, ms);
  };
  const join = (name: string, via: string): void => {
    const contacts = [{ name: via, address: world.addressOf(via) }];
    world.command(name, "hyparview", { type: "join", contacts } as never);
  };
  for (const name of names) {
    world.add(name, { tenants });
    if (name !== "a") join(name, "a");
    run(100);
  }
  for (let round = 0; round < 8; round++) {
    const from = names[round] as string;
    for (const tenant of ["plumtree", "flood"]) {
      const payload = encoder.encode(`${tenant} ${round}`);
      world.command(from, tenant, { type: "publish", topic: "t", payload } as never);
    }
    if (round === 3) world.crash("j");
    if (round === 6) {
      world.restart("j");
      join("j", "b");
    }
    run(250);
  }
  run(2000);
  return { events: world.events, stats: names.map((name) => world.stats(name)), renewals };
}

test("overlays and broadcasts, too, go on as if nothing had been", () => {
  const expected = overlayStory(never);
  const rng = new Sfc32(9);
  const got = overlayStory((odds) => rng.below(odds) === 0);
  expect(got.renewals).toBeGreaterThan(20);
  expect(got.events).toEqual(expected.events);
  expect(got.stats).toEqual(expected.stats);
  const types = new Set(expected.events.map(({ event }) => event.type));
  for (const type of ["neighbourUp", "neighbourDown", "delivered"]) expect(types).toContain(type);
}, 60_000);
