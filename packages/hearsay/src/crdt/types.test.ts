import { describe, expect, test } from "vitest";
import { text } from "../codec/index.ts";
import { GCounter, PNCounter } from "./counters.ts";
import { GSet } from "./g-set.ts";
import { HybridClock, stampOf } from "./hlc.ts";
import { LWWMap, LWWRegister } from "./lww-map.ts";
import { MVRegister } from "./mv-register.ts";
import { ORMap } from "./or-map.ts";
import { ORSet } from "./or-set.ts";
import { VersionedMap } from "./versioned-map.ts";

const NOW = 1_800_000_000_000;
const code = (name: string): object => expect.objectContaining({ code: name });

function map(replica: string, maxDriftMs = 60_000): LWWMap<string> {
  return new LWWMap({ replica, clock: new HybridClock({ maxDriftMs }), value: text });
}

describe("counters", () => {
  test("increments at once all count, and each once", () => {
    const [ann, bob] = [new GCounter({ replica: "ann" }), new GCounter({ replica: "bob" })];
    const delta = ann.increment(2);
    bob.increment(3);
    for (let i = 0; i < 3; i++) bob.merge(delta);
    expect([bob.value(), bob.of("ann"), ann.value()]).toEqual([5, 2, 2]);
  });

  test("a sum that overtakes an older one is not set back by it", () => {
    const [ann, bob] = [new PNCounter({ replica: "ann" }), new PNCounter({ replica: "bob" })];
    const [first, second] = [ann.increment(5), ann.decrement(7)];
    bob.merge(second);
    expect(bob.merge(first)).toEqual({ changed: [], refused: 0 });
    expect(bob.value()).toBe(-2);
  });

  test("who counts with what is no count, or beyond safe integers, is told, and nothing has changed", () => {
    const counter = new GCounter({ replica: "ann" });
    for (const amount of [0, -1, 1.5, Number.NaN]) {
      expect(() => counter.increment(amount)).toThrow(code("ERR_OPTION"));
    }
    counter.increment(Number.MAX_SAFE_INTEGER);
    expect(() => counter.increment()).toThrow(code("ERR_STATE"));
    expect(counter.value()).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("an observed-remove map", () => {
  const orMap = (replica: string): ORMap<string> => {
    return new ORMap({ replica, clock: new HybridClock(), value: text });
  };

  test("keeps both values that were set at once, the later first, until somebody who has seen them sets one", () => {
    const [ann, bob] = [orMap("ann"), orMap("bob")];
    const [first, second] = [ann.set("x", "1", NOW), bob.set("x", "2", NOW + 1)];
    ann.merge(second, NOW);
    bob.merge(first, NOW);
    expect([ann.values("x"), bob.values("x")]).toEqual([
      ["2", "1"],
      ["2", "1"],
    ]);
    expect([...ann.contested()]).toEqual(["x"]);
    // Bob's clock is late: he has seen both nevertheless.
    ann.merge(bob.set("x", "3", NOW - 1000), NOW);
    expect([ann.values("x"), [...ann.contested()]]).toEqual([["3"], []]);
  });

  test("a deletion takes what its writer had seen, and nothing else, in whatever order it comes", () => {
    const [ann, bob, cee] = [orMap("ann"), orMap("bob"), orMap("cee")];
    const first = ann.set("x", "1", NOW);
    bob.merge(first, NOW);
    const second = ann.set("x", "2", NOW + 1);
    const gone = bob.delete("x", NOW + 2);
    for (const delta of [gone, second, first]) cee.merge(delta, NOW);
    expect([cee.values("x"), cee.size, cee.tombstones]).toEqual([["2"], 1, 0]);
    bob.merge(second, NOW);
    cee.merge(bob.delete("x", NOW + 3), NOW);
    expect([cee.values("x"), cee.has("x"), cee.tombstones]).toEqual([[], false, 1]);
    // What is not there cannot go.
    expect(cee.delete("x", NOW).rows).toEqual([]);
    expect(cee.delete("y", NOW).rows).toEqual([]);
  });

  test("writes told in any order, without those between them, leave no old value", () => {
    const [ann, bob] = [orMap("ann"), orMap("bob")];
    const deltas = ["1", "2", "3"].map((value) => ann.set("x", value, NOW));
    bob.merge(deltas[0]!, NOW);
    bob.merge(deltas[2]!, NOW);
    bob.merge(deltas[1]!, NOW);
    expect([bob.values("x"), bob.context()]).toEqual([["3"], ann.context()]);
  });

  test("forgets deletions that all have seen, and those who wrote a key of many writers, when it is old enough", () => {
    const ann = orMap("ann");
    for (let i = 0; i < 20; i++) {
      const writer = orMap(`writer${i}`);
      writer.merge(ann.delta(), NOW);
      ann.merge(writer.set("x", `${i}`, NOW), NOW);
    }
    ann.merge(ann.set("y", "1", NOW), NOW);
    ann.delete("y", NOW + 10);
    expect([ann.forgettable, ann.siblings("x")[0]?.value?.after.length]).toEqual([2, 19]);
    expect(ann.prune(ann.context(), stampOf(NOW))).toBe(0);
    expect(ann.prune([], stampOf(NOW + 100))).toBe(0);
    expect(ann.prune(ann.context(), stampOf(NOW + 100))).toBe(1);
    expect([ann.forgettable, ann.siblings("x")[0]?.value?.after.length]).toEqual([0, 0]);
    expect([ann.values("x"), ann.tombstones]).toEqual([["19"], 0]);
  });
});

describe("sets", () => {
  test("of an addition and a removal at once, the addition wins", () => {
    const [ann, bob] = [new ORSet({ replica: "ann" }), new ORSet({ replica: "bob" })];
    bob.merge(ann.add("x"));
    const [added, removed] = [ann.add("x"), bob.delete("x")];
    ann.merge(removed);
    bob.merge(added);
    expect([ann.has("x"), bob.has("x")]).toEqual([true, true]);
  });

  test("a removal overtakes its addition: the element never shows", () => {
    const [ann, bob] = [new ORSet({ replica: "ann" }), new ORSet({ replica: "bob" })];
    const [added, removed] = [ann.add("x"), ann.delete("x")];
    bob.merge(removed);
    bob.merge(added);
    expect(bob.has("x")).toBe(false);
  });

  test("a set that has seen a thousand elements come and go keeps nothing of them", () => {
    const set = new ORSet({ replica: "ann" });
    for (let i = 0; i < 1000; i++) set.add(`${i}`);
    for (let i = 0; i < 1000; i++) set.delete(`${i}`);
    expect(set.save()).toEqual({ context: [["ann", [1, 2000]]], rows: [], floor: 0 });
  });

  test("an element that is there already makes no delta in a set that only grows", () => {
    const set = new GSet({ replica: "ann" });
    set.add("x");
    expect(set.add("x").rows).toEqual([]);
    expect([...set.values()]).toEqual(["x"]);
  });
});

describe("registers", () => {
  test("values set at once are both there, until somebody who has seen them sets the next", () => {
    const make = (replica: string): MVRegister<string> => new MVRegister({ replica, value: text });
    const [ann, bob] = [make("ann"), make("bob")];
    const [red, blue] = [ann.set("red"), bob.set("blue")];
    ann.merge(blue);
    bob.merge(red);
    expect(ann.values()).toEqual(["red", "blue"]);
    expect(bob.values()).toEqual(ann.values());
    ann.merge(bob.set("violet"));
    expect(ann.values()).toEqual(["violet"]);
  });

  test("the last writer wins, and of equal stamps the greater name", () => {
    const make = (replica: string): LWWRegister<string> =>
      new LWWRegister({ replica, clock: new HybridClock(), value: text });
    const [ann, bob] = [make("ann"), make("bob")];
    const [anns, bobs] = [ann.set("ann's", NOW), bob.set("bob's", NOW)];
    ann.merge(bobs, NOW);
    bob.merge(anns, NOW);
    expect([ann.get(), bob.get()]).toEqual(["bob's", "bob's"]);
    bob.merge(ann.set("ann's again", NOW - 1000), NOW);
    expect(bob.get()).toBe("ann's again");
    bob.clear(NOW);
    expect(bob.get()).toBeUndefined();
  });
});

describe("maps", () => {
  test("a clock of next year writes nothing here until its time has come", () => {
    const [ann, bob] = [map("ann", 1000), map("bob", 1000)];
    bob.merge(ann.set("a", "today's", NOW), NOW);
    const fromAhead = ann.set("a", "of next year", NOW + 5000);
    expect(bob.merge(fromAhead, NOW)).toEqual({ changed: [], refused: 1 });
    expect([bob.get("a"), bob.refusals.clockAhead]).toEqual(["today's", 1]);
    expect(bob.clock.last).toBeLessThan(stampOf(NOW + 1));
    expect(bob.merge(ann.delta(bob.context()), NOW + 4000).changed).toEqual(["a"]);
    expect(bob.get("a")).toBe("of next year");
  });

  test("a deletion wins over what was set before it, and is forgotten when all have seen it", () => {
    const [ann, bob] = [map("ann"), map("bob")];
    const set = ann.set("a", "1", NOW);
    bob.merge(set, NOW);
    ann.merge(bob.delete("a", NOW + 1), NOW + 1);
    expect([ann.has("a"), ann.size, ann.tombstones]).toEqual([false, 0, 1]);
    expect(ann.prune([])).toBe(0);
    expect(ann.prune(bob.context())).toBe(1);
    ann.merge(set, NOW + 1);
    expect([ann.has("a"), ann.tombstones]).toEqual([false, 0]);
    expect(ann.set("a", "2", NOW - 9999).rows[0]?.order).toBeGreaterThan(stampOf(NOW + 1));
  });

  test("a versioned key is written only over the version that was read", () => {
    const make = (replica: string): VersionedMap<string> =>
      new VersionedMap({ replica, value: text });
    const [ann, bob] = [make("ann"), make("bob")];
    bob.merge(ann.set("a", "1", 0));
    bob.merge(ann.set("a", "2", 1));
    expect(bob.get("a")).toEqual({ value: "2", version: 2, by: "ann" });
    expect(() => bob.set("a", "3", 1)).toThrow(code("ERR_STATE"));
    expect(bob.version("a")).toBe(2);
    ann.merge(bob.delete("a", 2));
    expect([ann.get("a"), ann.version("a")]).toEqual([undefined, 3]);
  });

  test("keys and values that others could not read are refused at once", () => {
    const limits = { maxKeyBytes: 4, maxValueBytes: 8, maxEntries: 1 };
    const small = new LWWMap({ replica: "ann", clock: new HybridClock(), value: text, limits });
    expect(() => small.set("ééé", "1", NOW)).toThrow(code("ERR_OPTION"));
    expect(() => small.set(7 as never, "1", NOW)).toThrow(code("ERR_OPTION"));
    expect(() => small.set("a", undefined as never, NOW)).toThrow(code("ERR_OPTION"));
    expect(() => small.set("a", "12345678", NOW)).toThrow(code("ERR_MESSAGE_TOO_LARGE"));
    small.set("a", "1", NOW);
    small.set("a", "2", NOW);
    expect(() => small.set("b", "1", NOW)).toThrow(code("ERR_QUEUE_FULL"));
    expect([...small.entries()]).toEqual([["a", "2"]]);
  });
});
