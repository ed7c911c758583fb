/** Encryption in virtual time: keys that change, differ or are missing. */
import { describe, expect, test } from "vitest";
import { StreamEnvelope } from "../codec/index.ts";
import type { Keyring, Sealing } from "../codec/index.ts";
import {
  CountingNonces,
  labelRule,
  packetEnvelope,
  sealing,
  testKey,
} from "../codec/test/sealing.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterWorldOptions } from "./cluster.ts";
import type { NodeEnvelopes } from "./node-spec.ts";

const OLD = testKey(1);
const NEW = testKey(2, 32);
const NAMES = ["a", "b", "c", "d", "e"];

interface Setup {
  readonly keys?: readonly Uint8Array[];
  readonly label?: string;
  readonly how?: Partial<Sealing>;
}

function envelopesOf(
  setup: Setup | undefined,
  keyrings: Map<string, Keyring>,
  name: string,
): NodeEnvelopes {
  const rule = labelRule(setup?.label ?? "");
  const keys = setup?.keys;
  const how =
    keys === undefined ? undefined : sealing(keys, { nonces: new CountingNonces(), ...setup?.how });
  if (how !== undefined) keyrings.set(name, how.keyring);
  return { packets: packetEnvelope(how, rule), streams: new StreamEnvelope(rule, how) };
}

/** A cluster, its keyrings by node, and what its nodes have seen. */
function cluster(
  setup: (name: string) => Setup | undefined,
  options: Partial<ClusterWorldOptions> = {},
) {
  const keyrings = new Map<string, Keyring>();
  const it = new Cluster({
    seed: 11,
    network: { latencyMs: [1, 20], loss: 0.05 },
    membership: { preset: "local" },
    envelopes: (name) => envelopesOf(setup(name), keyrings, name),
    ...options,
  });
  const rings = () => NAMES.map((name) => keyrings.get(name) as Keyring);
  const seen = (type: string): string[] =>
    it.world.events
      .filter(({ event }) => event.type === type)
      .map(
        ({ node, event }) =>
          `${node} ${(event as unknown as { member: { name: string } }).member.name}`,
      );
  return { it, rings, seen };
}

const sealedAll = (): Setup => ({ keys: [OLD], label: "dc1" });

/** Everything that the nodes have told, as one text. */
function trace({ it }: { it: Cluster }): string {
  return JSON.stringify(it.world.events.map(({ at, node, event }) => [at, node, event]));
}

describe("a sealed cluster", () => {
  test("sees the same things at the same times as one in plain, packed or as bytes", () => {
    const run = (setup: (name: string) => Setup | undefined, wire: "bytes" | "objects") => {
      const made = cluster(setup, { wire });
      made.it.form(NAMES);
      made.it.world.run(5000);
      made.it.world.crash("c");
      made.it.world.run(20_000);
      expect(made.it.agreed).toBe(true);
      return made;
    };
    const plain = run(() => undefined, "bytes");
    const sealed = run(sealedAll, "bytes");
    const objects = run(sealedAll, "objects");
    const padded = run(() => ({ ...sealedAll(), how: { version: 0 } }), "bytes");
    expect(trace(sealed)).toBe(trace(plain));
    expect(trace(objects)).toBe(trace(plain));
    expect(trace(padded)).toBe(trace(plain));
    expect(sealed.it.world.counts).toEqual(objects.it.world.counts);
    expect(sealed.it.world.stats("a").envelopeDrops).toBe(0);
  });

  test("changes its key while it runs, and loses nobody", () => {
    const made = cluster(sealedAll);
    const { it, rings, seen } = made;
    it.form(NAMES);
    expect(it.runUntilAgreed(10_000)).toBe(true);
    // One node after another, as an operator would.
    for (const step of [
      (ring: Keyring) => ring.install(NEW),
      (ring: Keyring) => ring.use(NEW),
      (ring: Keyring) => ring.remove(OLD),
    ]) {
      for (const ring of rings()) {
        step(ring);
        it.world.run(3000);
      }
    }
    it.add("late");
    it.world.run(1);
    it.world.run(30_000);
    expect(seen("fail")).toEqual([]);
    expect(seen("leave")).toEqual([]);
    for (const name of NAMES) expect(it.world.stats(name).envelopeDrops).toBe(0);
    // Who missed the rotation is out.
    it.join("late", ["a"]);
    it.world.run(5000);
    expect(it.members("late").map(({ name }) => name)).toEqual(["late"]);
    expect(it.world.stats("a").envelopeDropReasons).toEqual({ undecryptable: 1 });
  });

  test("a rotation in the wrong order is heard of in the counters", () => {
    const { it, rings } = cluster(sealedAll);
    it.form(NAMES);
    it.runUntilAgreed(10_000);
    const [first] = rings() as [Keyring];
    first.install(NEW);
    first.use(NEW);
    it.world.run(2000);
    expect(it.world.stats("b").envelopeDropReasons["undecryptable"]).toBeGreaterThan(0);
    // Nothing is lost for good: the others install it, and everybody meets again.
    for (const ring of rings()) ring.install(NEW);
    it.world.run(2000);
    it.join("a", ["b"]);
    expect(it.runUntilAgreed(30_000)).toBe(true);
  });
});

describe("who does not belong", () => {
  const strangers: readonly (readonly [string, Setup | undefined, string])[] = [
    ["another key", { keys: [NEW], label: "dc1" }, "undecryptable"],
    ["no key", { label: "dc1" }, "notEncrypted"],
    ["another label", { keys: [OLD], label: "dc2" }, "wrongLabel"],
    ["no label", { keys: [OLD] }, "missingLabel"],
    ["neither", undefined, "missingLabel"],
  ];

  test.each(strangers)("with %s joins nobody and is joined by nobody", (_, setup, reason) => {
    const { it, seen } = cluster((name) => (name === "x" ? setup : sealedAll()));
    it.form(["a", "b", "c"]);
    it.add("x");
    expect(it.runUntilAgreed(10_000)).toBe(false);
    it.join("x", ["a"]);
    it.join("b", ["x"]);
    it.world.run(15_000);
    expect(it.members("x").map(({ name }) => name)).toEqual(["x"]);
    for (const name of ["a", "b", "c"]) {
      expect(it.members(name).map((member) => member.name)).toEqual(["a", "b", "c"]);
      expect(it.members(name).every(({ state }) => state === "alive")).toBe(true);
    }
    expect(seen("fail")).toEqual([]);
    expect(Object.keys(it.world.stats("a").envelopeDropReasons)).toEqual([reason]);
  });

  test("a cluster goes over to encryption in three steps, with members at different ones", () => {
    const [none, reads, writes, insists] = [
      undefined,
      { keys: [OLD], how: { verifyIncoming: false, verifyOutgoing: false } },
      { keys: [OLD], how: { verifyIncoming: false } },
      { keys: [OLD] },
    ] as const;
    const mixes: readonly (readonly [Setup | undefined, Setup | undefined])[] = [
      [none, reads],
      [reads, writes],
      [writes, insists],
    ];
    for (const [before, after] of mixes) {
      const { it } = cluster((name) => (name < "c" ? before : after));
      it.form(NAMES);
      expect(it.runUntilAgreed(20_000)).toBe(true);
    }
  });
});

test("a state of many members is collected into one frame", () => {
  const { it } = cluster(sealedAll, { membership: { preset: "local", stateRowsPerWrite: 1 } });
  it.form(NAMES);
  expect(it.runUntilAgreed(10_000)).toBe(true);
  it.add("z");
  it.join("z", ["a"]);
  expect(it.runUntilAgreed(10_000)).toBe(true);
});
