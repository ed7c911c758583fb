/** The machine: stores in a virtual cluster with packets, streams and losses. */
import { describe, expect, test } from "vitest";
import { text } from "../codec/index.ts";
import { NO_PEER, RecordedEffects, Sfc32 } from "../kernel/index.ts";
import type { Incarnation, Instant, PeerId, Tenant } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { World } from "../sim/index.ts";
import type { WorldOptions } from "../sim/index.ts";
import { AntiEntropy, KeyedComparison, KeyedStore, STRATEGIES } from "./index.ts";
import type {
  AntiEntropyCommand,
  AntiEntropyConfig,
  AntiEntropyEvent,
  Direction,
  HostedStore,
  KeyedMutation,
  Strategy,
} from "./index.ts";
import { hostedLog, VersionLog } from "./test/version-log.ts";

const NAMES = ["a", "b", "c", "d", "e"];

/** A keyed store that compares by a strategy, or a log that travels in a direction. */
function makeStore(kind: string, name: string): HostedStore {
  if (!STRATEGIES.includes(kind as Strategy)) return hostedLog(name, kind as Direction);
  const store = new KeyedStore<string>({ origin: name, value: text(65_536) });
  return { store, comparison: new KeyedComparison(store, { strategy: kind as Strategy }) };
}

class Cluster {
  readonly world: World;
  readonly #machines = new Map<string, AntiEntropy>();
  #id = 0;

  constructor(config: Partial<AntiEntropyConfig> = {}, options: Partial<WorldOptions> = {}) {
    this.world = new World({ seed: 7, network: { latencyMs: [1, 10] }, ...options });
    for (const name of NAMES) {
      this.world.add(name, {
        tenants: ({ address, peers, epochSeconds, now }) => {
          const membership = new Membership({
            name,
            address,
            peers,
            tags: new Map(),
            config: { preset: "local" },
            firstIncarnation: epochSeconds as Incarnation,
            now,
          });
          const machine = new AntiEntropy({
            peers,
            sampler: membership.sampler,
            epoch: epochSeconds,
            make: ({ kind }) => makeStore(kind, name),
            config,
          });
          this.#machines.set(name, machine);
          return [membership, machine as unknown as Tenant];
        },
      });
    }
    const addresses = [this.world.addressOf("a")];
    for (const name of NAMES.slice(1)) {
      this.world.command(name, "membership", { type: "join", id: 1, addresses } as never);
    }
    this.world.run(2000);
  }

  do(name: string, command: AntiEntropyCommand): void {
    this.world.command(name, "antiEntropy", command);
  }

  open(
    store: string,
    kind: Direction | Strategy = "pushPull",
    names: readonly string[] = NAMES,
  ): this {
    for (const name of names) this.do(name, { type: "open", id: ++this.#id, store, kind });
    return this;
  }

  say(name: string, mutation: string, store = "log"): number {
    const id = ++this.#id;
    this.do(name, { type: "mutate", id, store, mutation, wallMs: this.world.now });
    return id;
  }

  contents(name: string, store = "log"): string {
    return (this.machine(name).store(store) as VersionLog).contents;
  }

  machine(name: string): AntiEntropy {
    return this.#machines.get(name) as AntiEntropy;
  }

  /** Whether all have the same, and how many different contents there are. */
  distinct(store = "log"): number {
    return new Set(NAMES.map((name) => this.contents(name, store))).size;
  }

  answer(id: number): AntiEntropyEvent | undefined {
    const events = this.world.events.map(({ event }) => event as unknown as AntiEntropyEvent);
    return events.find((event) => "id" in event && event.id === id);
  }

  dropped(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const name of NAMES) {
      for (const [key, count] of Object.entries(this.world.stats(name).drops)) {
        all[key] = (all[key] ?? 0) + (count as number);
      }
    }
    return all;
  }
}

describe("news and rounds", () => {
  test("a change is everywhere at once, as long as nothing is lost", () => {
    const cluster = new Cluster({ intervalMs: 60_000 }).open("log");
    const id = cluster.say("a", "hello");
    cluster.world.run(200);
    expect(cluster.distinct()).toBe(1);
    expect(cluster.contents("e")).toBe("a: hello");
    expect(cluster.answer(id)).toEqual({ type: "mutated", id, store: "log", told: 3 });
  });

  test.each(["push", "pull", "pushPull"] as const)(
    "without news, rounds alone bring it everywhere: %s",
    (direction) => {
      const cluster = new Cluster({ newsFanout: 0, intervalMs: 100 }).open("log", direction);
      for (const name of NAMES) cluster.say(name, `hello-from-${name}`);
      expect(cluster.distinct()).toBe(5);
      cluster.world.run(3000);
      expect(cluster.distinct()).toBe(1);
    },
  );

  test.each(["bytes", "objects"] as const)(
    "what fits no packet goes over streams, in parts (%s)",
    (wire) => {
      const config = { newsFanout: 0, intervalMs: 200, maxWordsBytes: 16_384 };
      const cluster = new Cluster(config, { wire }).open("log");
      for (let i = 0; i < 200; i++) cluster.say("a", `${i} ${"x".repeat(500)}`);
      for (let i = 0; i < 200; i++) cluster.say("b", `${i} ${"y".repeat(500)}`);
      cluster.world.run(5000);
      expect(cluster.distinct()).toBe(1);
      expect(cluster.contents("c").length).toBeGreaterThan(200_000);
    },
  );

  test("a digest that fits no packet is compared by its checksum first", () => {
    const cluster = new Cluster({ intervalMs: 100, packetBytes: 200 }).open("log");
    for (let i = 0; i < 30; i++) cluster.open(`log-${i}`);
    const saved = new Map([...Array(40)].map((_, i) => [`origin-number-${i}`, ["x"]] as const));
    for (const name of NAMES) cluster.machine(name).store("log")?.restore(saved);
    cluster.world.run(1000);
    const before = cluster.world.stats("a").bytesSent;
    cluster.world.run(1000);
    // Ten rounds of 31 stores: far less than ten digests of 900 bytes each way would take.
    expect(cluster.world.stats("a").bytesSent - before).toBeLessThan(40_000);
    cluster.say("b", "news for all");
    cluster.world.run(1000);
    expect(cluster.distinct()).toBe(1);
  });

  test("loss delays, and no more than that", () => {
    const network = { latencyMs: [1, 10], loss: 0.15 } as const;
    const cluster = new Cluster({ intervalMs: 100 }, { network }).open("log").open("other");
    for (let i = 0; i < 20; i++) cluster.say(NAMES[i % 5] as string, `text-${i}`);
    cluster.say("c", "elsewhere", "other");
    cluster.world.run(10_000);
    expect([cluster.distinct(), cluster.distinct("other")]).toEqual([1, 1]);
    expect(cluster.contents("a").match(/text-/g)).toHaveLength(20);
  });

  test("a node without stores sleeps, and one that has not opened a store counts what it is told", () => {
    const cluster = new Cluster({ intervalMs: 100 });
    expect(cluster.machine("a").deadline).toBe(Infinity);
    cluster.open("log", "pushPull", ["a", "b"]);
    cluster.say("a", "hello");
    cluster.world.run(2000);
    expect(cluster.contents("b")).toBe("a: hello");
    expect(cluster.machine("c").deadline).toBe(Infinity);
    expect(cluster.dropped()["unknownStore"]).toBeGreaterThan(0);
    for (const name of ["a", "b"]) cluster.do(name, { type: "close", id: 99, store: "log" });
    expect(cluster.machine("a").deadline).toBe(Infinity);
  });

  test("stores that no round holds take turns", () => {
    const cluster = new Cluster({ intervalMs: 50, storesPerRound: 2, newsFanout: 0 });
    for (let i = 0; i < 7; i++) cluster.open(`s${i}`);
    for (let i = 0; i < 7; i++) cluster.say("d", "hello", `s${i}`);
    cluster.world.run(5000);
    for (let i = 0; i < 7; i++) expect(cluster.distinct(`s${i}`)).toBe(1);
  });
});

describe("keyed stores", () => {
  test.each(STRATEGIES)(
    "are the same everywhere after losses, crashes and deletions: %s",
    (strategy) => {
      const config = { intervalMs: 200, newsFanout: 1, newsHops: 0, maxWordsBytes: 8192 };
      const network = { latencyMs: [1, 10], loss: 0.1 } as const;
      const cluster = new Cluster(config, { network }).open("db", strategy);
      const mutate = (name: string, mutation: KeyedMutation<string>): void => {
        const wallMs = 1e12 + cluster.world.now;
        cluster.do(name, { type: "mutate", id: 1, store: "db", mutation, wallMs });
      };
      const keyed = (name: string) =>
        cluster.machine(name).store("db") as unknown as KeyedStore<string>;
      for (let i = 0; i < 300; i++) {
        const name = NAMES[i % 4] as string;
        mutate(name, { type: "set", key: `k${i % 250}`, value: `${i} `.padEnd(100, "x") });
        if (i % 10 === 0) mutate(name, { type: "delete", key: `k${i}` });
        if (i === 150) cluster.world.crash("e");
        if (i % 10 === 0) cluster.world.run(20);
      }
      cluster.world.run(6000);
      const contents = NAMES.slice(0, 4).map((name) =>
        JSON.stringify([...keyed(name).entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      );
      expect(new Set(contents).size).toBe(1);
      // Of 30 deletions 5 were of keys that nobody had, and 5 were written over.
      expect([keyed("a").size, keyed("a").certificates.active]).toEqual([230, 25]);
    },
  );

  test("direct mail tells everybody at once, and nobody passes it on", () => {
    const config = { intervalMs: 60_000, newsFanout: Infinity, newsHops: 0 };
    const cluster = new Cluster(config).open("log");
    const id = cluster.say("b", "hello");
    cluster.world.run(100);
    expect(cluster.answer(id)).toMatchObject({ told: 4 });
    expect(cluster.distinct()).toBe(1);
  });
});

describe("what the application is told", () => {
  test("of what a store refuses, of stores that are not there, of a comparison asked for", () => {
    const cluster = new Cluster({ intervalMs: 60_000, maxStores: 1 }).open("log");
    const refused = cluster.say("a", "nonsense");
    const silent = cluster.say("a", "nothing");
    const unknown = cluster.say("a", "hello", "nowhere");
    cluster.do("a", { type: "open", id: 1000, store: "second", kind: "pushPull" });
    cluster.do("a", { type: "open", id: 1001, store: "", kind: "pushPull" });
    cluster.do("a", { type: "reconcile", id: 1002, store: "log" });
    expect(cluster.answer(refused)).toMatchObject({ type: "storeRefused", code: "ERR_OPTION" });
    expect(cluster.answer(silent)).toMatchObject({ type: "mutated", told: 0 });
    expect(cluster.answer(unknown)).toMatchObject({ type: "storeRefused", code: "ERR_OPTION" });
    expect(cluster.answer(1000)).toMatchObject({ type: "storeRefused", code: "ERR_QUEUE_FULL" });
    expect(cluster.answer(1001)).toMatchObject({ type: "storeRefused" });
    expect(cluster.answer(1002)).toMatchObject({ type: "reconciling", peers: 1 });
  });
});

describe("hostile peers", () => {
  /** A machine alone, with somebody who says anything. */
  function alone(config: Partial<AntiEntropyConfig> = {}) {
    const effects = new RecordedEffects();
    const peer = 1 as PeerId;
    const sampler = { size: 1, sample: () => [peer] };
    const peers = { addressOf: () => "10.0.0.1:1" } as never;
    const make = (): ReturnType<typeof hostedLog> => hostedLog("me");
    const machine = new AntiEntropy({ peers, sampler, make, epoch: 0, config });
    const give = (input: Parameters<AntiEntropy["handle"]>[0]): void =>
      machine.handle(input, 0 as Instant, new Sfc32(1), effects as never);
    give({ type: "command", command: { type: "open", id: 1, store: "log", kind: "" } });
    const words = new Uint8Array([0x97, 0xc3, 0xc3, 1, 2, 0xc0, 0xc0, 0xc2]);
    const hear = (step = 0, from = peer): void =>
      give({
        type: "message",
        message: { type: "talk", parts: [{ store: "log", step, words }] },
        from: "10.0.0.1:1" as never,
        peer: from,
        carrier: "datagram",
      });
    const drops = (): string[] =>
      effects.take().flatMap((effect) => (effect.type === "drop" ? [effect.reason] : []));
    return { machine, give, hear, drops, effects };
  }

  test("are answered so often in a round, and no oftener", () => {
    const { hear, drops } = alone({ maxAnswers: 10 });
    for (let i = 0; i < 25; i++) hear();
    expect(drops()).toEqual(Array(15).fill("tooManyAnswers"));
  });

  test("are told so much in a round, and no more", () => {
    const { hear, drops } = alone({ maxRoundBytes: 1024 });
    for (let i = 0; i < 100; i++) hear();
    const counted = drops();
    expect(counted.length).toBeGreaterThan(30);
    expect(new Set(counted)).toEqual(new Set(["overBudget"]));
  });

  test("cannot talk for ever, and strangers not at all", () => {
    const { hear, drops } = alone({ maxSteps: 10 });
    hear(9);
    hear(0, NO_PEER);
    expect(drops()).toEqual(["talkTooLong", "stranger"]);
  });

  test("cannot do more with words that are none than have them counted", () => {
    const { give, drops } = alone();
    const rng = new Sfc32(5);
    for (let i = 0; i < 2000; i++) {
      const words = Uint8Array.from({ length: rng.below(30) }, () => rng.below(256));
      const message =
        i % 2 === 0
          ? ({ type: "talk", parts: [{ store: "log", step: 0, words }] } as const)
          : ({ type: "news", store: "log", hops: 3, delta: words } as const);
      const from = "10.0.0.1:1" as never;
      give({ type: "message", message, from, peer: 1 as PeerId, carrier: "datagram" });
    }
    expect(drops().length).toBeGreaterThan(1000);
  });

  test("that send garbage over a stream are cut off", () => {
    const { give, drops } = alone({ maxWordsBytes: 2048 });
    const exchange = -1 as never;
    give({ type: "accepted", exchange, from: "10.0.0.1:1" as never });
    give({ type: "chunk", exchange, bytes: new Uint8Array([0, 1, 0, 0, 8, 101, 1]) });
    expect(drops()).toEqual(["tooLarge"]);
  });
});

test("a machine that was written out goes on where it stood, in the middle of a conversation", () => {
  const config = { newsFanout: 0, intervalMs: 100, maxWordsBytes: 4096 };
  const run = (renews: boolean): readonly [contents: string, events: number] => {
    const cluster = new Cluster(config).open("log");
    for (let i = 0; i < 100; i++) cluster.say("a", `${i} ${"x".repeat(300)}`);
    for (let i = 0; i < 50; i++) {
      cluster.world.run(20);
      if (renews) cluster.world.renew(structuredClone);
    }
    const logged = cluster.world.events.filter(({ event }) => event.type === "logged");
    return [cluster.contents("e"), logged.length];
  };
  expect(run(true)).toEqual(run(false));
});
