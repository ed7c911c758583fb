/** What a handful of nodes makes of their state. */
import { describe, expect, test } from "vitest";
import { NEVER, Sfc32 } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { STATE_DEFAULTS } from "./config.ts";
import { OwnerState } from "./owner-state.ts";
import type { OwnerDelta } from "./wire.ts";
import { Handful, EPOCH } from "./test/handful.ts";

describe("a key of a node", () => {
  test("is read everywhere after some exchanges, written over, and deleted", () => {
    const nodes = new Handful("abcde");
    nodes.set("a", "zone", "eu");
    nodes.set("a", "load", "1");
    nodes.set("b", "zone", "us");
    nodes.run(3000);
    for (const at of "abcde") {
      expect(nodes.read(at, "a")).toBe("zone=eu load=1");
      expect(nodes.read(at, "b")).toBe("zone=us");
    }
    nodes.set("a", "zone", "asia");
    nodes.command("a", { type: "delete", key: "load" });
    nodes.run(3000);
    for (const at of "abcde") expect(nodes.read(at, "a")).toBe("zone=asia");
    const gone = nodes.events.filter(({ reason }) => reason === "deleted");
    expect(gone.map(({ at, key }) => at + key).toSorted()).toEqual(
      ["a", "b", "c", "d", "e"].map((at) => `${at}load`),
    );
  });

  test("reaches everybody though two messages in three are lost", () => {
    const nodes = new Handful("abcde");
    const lots = new Sfc32(1);
    nodes.loses = () => lots.below(3) > 0;
    nodes.set("a", "zone", "eu");
    nodes.run(120_000);
    for (const at of "abcde") expect(nodes.read(at, "a")).toBe("zone=eu");
  });

  test("with a time to live ends everywhere, told once, if its owner is cut off too", () => {
    const nodes = new Handful("abc");
    nodes.set("a", "lease", "mine", 5000);
    nodes.run(3000);
    expect(nodes.read("c", "a")).toBe("lease=mine");
    nodes.loses = (from, to) => from === "a" || to === "a";
    nodes.run(4000);
    for (const at of "abc") expect(nodes.read(at, "a")).toBe("");
    nodes.loses = () => false;
    nodes.run(4000);
    const told = nodes.events.filter(({ reason }) => reason !== "set");
    expect(told.map(({ at, reason }) => `${at} ${reason}`).toSorted()).toEqual([
      "a expired",
      "b expired",
      "c expired",
    ]);
  });
});

describe("what is exchanged", () => {
  test("is nothing at all while nobody has state", () => {
    const nodes = new Handful("abcde");
    nodes.run(60_000);
    expect(nodes.sent).toEqual([]);
    for (const at of "abcde") expect(nodes.machine(at).deadline).toBe(NEVER);
  });

  test("is one small packet an interval when all agree", () => {
    const nodes = new Handful("abcde", { intervalMs: 1000, eagerMs: 200 });
    for (const at of "abcde") nodes.set(at, "zone", "x".repeat(1000));
    nodes.run(20_000);
    nodes.sent.length = 0;
    nodes.run(60_000);
    expect(nodes.sent).toHaveLength(5 * 60);
    expect(new Set(nodes.sent.map(({ message }) => message.type))).toEqual(new Set(["syn"]));
    expect(Math.max(...nodes.sent.map(({ bytes }) => bytes))).toBeLessThan(100);
  });

  test("fits packets, whatever there is to say", () => {
    const nodes = new Handful("abc", { packetBytes: 512, budgetBytes: 2048 });
    for (let i = 0; i < 100; i++) nodes.set("a", `key ${i}`, "x".repeat(10 + i));
    nodes.run(30_000);
    expect(nodes.machine("c").of("a", nodes.now)).toHaveLength(100);
    expect(Math.max(...nodes.sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(512);
  });

  test("comes on a stream where it fits no packet", () => {
    const nodes = new Handful("ab");
    const large = new Uint8Array(50_000).fill(7);
    nodes.set("a", "first", large);
    nodes.set("a", "then", "small");
    nodes.run(3000);
    const rows = nodes.machine("b").of("a", nodes.now);
    expect(rows.map(({ key, value }) => [key, value.length])).toEqual([
      ["first", 50_000],
      ["then", 5],
    ]);
    expect(nodes.streamed).toHaveLength(1);
  });
});

describe("a member's state", () => {
  test("dies with the member, and is there again if the member proves us wrong", () => {
    const nodes = new Handful("abc");
    nodes.set("a", "zone", "eu");
    nodes.run(2000);
    nodes.down("b", "a");
    expect(nodes.read("b", "a")).toBe("");
    expect(nodes.events.at(-1)).toMatchObject({ at: "b", owner: "a", reason: "memberGone" });
    // c has not noticed, and tells of a: in vain.
    nodes.run(5000);
    expect(nodes.read("b", "a")).toBe("");
    nodes.up("b", "a");
    expect(nodes.read("b", "a")).toBe("zone=eu");
    expect(nodes.events.at(-1)).toMatchObject({ at: "b", owner: "a", reason: "set" });
  });

  test("of one that left is gone for good: somebody who learns of it late cannot bring it back", () => {
    const nodes = new Handful("abc");
    nodes.set("a", "zone", "eu");
    nodes.run(2000);
    nodes.remove("a");
    nodes.down("b", "a", "left");
    nodes.run(10_000);
    expect(nodes.read("c", "a")).toBe("zone=eu");
    expect(nodes.read("b", "a")).toBe("");
    expect(nodes.machine("b").size.owners).toBe(0);
  });

  test("is that of its new run as soon as it has one", () => {
    const nodes = new Handful("abc");
    nodes.set("a", "old", "1");
    nodes.set("a", "both", "1");
    nodes.run(2000);
    nodes.remove("a");
    nodes.add("a", EPOCH + 5);
    nodes.set("a", "both", "2");
    nodes.run(3000);
    for (const at of "abc") expect(nodes.read(at, "a")).toBe("both=2");
    const told = nodes.events.filter(({ at, reason }) => at === "b" && reason === "restarted");
    expect(told.map(({ key }) => key)).toEqual(["old"]);
  });

  test("of a new run prevails though its clock went back, or it came back within the second", () => {
    for (const epoch of [EPOCH - 1000, EPOCH]) {
      const nodes = new Handful("abc");
      for (const value of ["1", "2", "3"]) nodes.set("a", "old", value);
      nodes.run(2000);
      nodes.remove("a");
      nodes.add("a", epoch);
      nodes.set("a", "new", "1");
      nodes.run(6000);
      for (const at of "abc") expect(nodes.read(at, "a")).toBe("new=1");
    }
  });
});

test("two runs of one second that have written as much as each other are told apart", () => {
  for (const [before, after] of [
    [1, 1],
    [1, 2],
    [2, 1],
    [3, 3],
  ] as const) {
    const nodes = new Handful("abc", { versionsBelow: 65_536 });
    for (let i = 0; i < before; i++) nodes.set("a", `old ${i}`, "1");
    nodes.run(2000);
    expect(nodes.read("b", "a")).toContain("old 0=1");
    nodes.remove("a");
    nodes.add("a", EPOCH);
    for (let i = 0; i < after; i++) nodes.set("a", "new", `${i}`);
    nodes.run(6000);
    for (const at of "abc") expect(nodes.read(at, "a")).toBe(`new=${after - 1}`);
  }
});

describe("deletions that are forgotten", () => {
  const config = { graceMs: 10_000, intervalMs: 1000, eagerMs: 200 };

  test("take their memory with them everywhere", () => {
    const nodes = new Handful("abc", config);
    for (let i = 0; i < 50; i++) nodes.set("a", `key ${i}`, "x");
    nodes.run(3000);
    for (let i = 0; i < 50; i++) nodes.command("a", { type: "delete", key: `key ${i}` });
    nodes.run(30_000);
    for (const at of "abc") expect(nodes.machine(at).size.bytes).toBe(0);
  });

  test("do not come back with somebody who has slept through them", () => {
    const nodes = new Handful("abc", config);
    nodes.set("a", "stays", "1");
    nodes.set("a", "goes", "1");
    nodes.run(3000);
    nodes.loses = (from, to) => from === "c" || to === "c";
    nodes.command("a", { type: "delete", key: "goes" });
    nodes.run(60_000);
    expect(nodes.read("c", "a")).toBe("stays=1 goes=1");
    nodes.loses = () => false;
    nodes.run(5000);
    for (const at of "abc") expect(nodes.read(at, "a")).toBe("stays=1");
    expect(nodes.events.at(-1)).toMatchObject({ at: "c", key: "goes", reason: "deleted" });
  });
});

test("a key whose deletion is forgotten does not stay with one who hears of the forgetting before the deletion", () => {
  const owner = new OwnerState("a", 1);
  const peer = new OwnerState("a", 1);
  const told = (from: number, whole = false): OwnerDelta => {
    const entries = owner.after(from).map(({ key, version, value }) => {
      return { key, version, value, ttlMs: 0 };
    });
    const { generation, version: upTo, floor } = owner;
    return { owner: "a", generation, from, upTo, floor, whole, entries };
  };
  const at = (ms: number): Instant => ms as Instant;
  owner.write("k", new Uint8Array([1]), NEVER, at(0));
  const early = told(0);
  owner.write("k", undefined, NEVER, at(1));
  owner.write("stays", new Uint8Array([2]), NEVER, at(2));
  owner.collect(10, at(100));
  // Both were made for somebody who had nothing; the earlier one was faster.
  peer.apply(early, STATE_DEFAULTS, at(101));
  const changes = peer.apply(told(0), STATE_DEFAULTS, at(102));
  expect([...peer.entries.keys()]).toEqual(["stays"]);
  expect(changes).toMatchObject([
    { after: { key: "stays" } },
    { before: { key: "k" }, after: undefined },
  ]);
});

describe("a machine that is written out", () => {
  test("goes on as if nothing had been", () => {
    const nodes = new Handful("abc");
    nodes.set("a", "zone", "eu");
    nodes.set("b", "lease", "x", 60_000);
    nodes.run(1100);
    const saved = structuredClone(nodes.machine("b").save());
    const other = new Handful("abc");
    other.now = nodes.now;
    other.machine("b").restore(saved);
    expect(other.read("b", "a")).toBe(nodes.read("b", "a"));
    expect(other.machine("b").deadline).toBe(nodes.machine("b").deadline);
    expect(other.machine("b").save()).toEqual(saved);
    expect(other.machine("b").digests()).toEqual(nodes.machine("b").digests());
    const late = (nodes.now + 60_000) as Instant;
    expect(other.machine("b").of("b", late)).toEqual([]);
  });
});
