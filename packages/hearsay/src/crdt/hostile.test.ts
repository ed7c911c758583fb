import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError } from "../kernel/index.ts";
import { bool, int, Reader, text, Writer } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { GCounter } from "./counters.ts";
import type { Delta } from "./delta-crdt.ts";
import { GSet } from "./g-set.ts";
import { HybridClock, stampOf } from "./hlc.ts";
import { resolveCrdtLimits } from "./limits.ts";
import { MVRegister } from "./mv-register.ts";
import { ORMap } from "./or-map.ts";
import { ORSet } from "./or-set.ts";
import { subjects } from "./test/subjects.ts";
import { VersionedMap } from "./versioned-map.ts";
import { contextField, deltaField } from "./wire.ts";

const TINY = { maxEntries: 4, maxReplicas: 3, maxRuns: 6, maxDeltaRows: 8 };
const NOW = 1_800_000_000_000;

function written<T>(field: Field<T>, value: T): Uint8Array {
  const writer = new Writer(new Uint8Array(field.sizeOf(value)));
  field.write(writer, value);
  return writer.bytes;
}

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return "read";
}

describe("deltas from those who lie", () => {
  test.each(subjects)(
    "$name: bytes flipped are another delta or a reason, and merging it is safe",
    (subject) => {
      const player = subject.make("ann");
      for (let choice = 0; choice < 9; choice++) player.act(choice, NOW);
      const field = deltaField(subject.value, player.crdt.limits);
      const bytes = written(field, player.crdt.save());
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))), (flips) => {
          const damaged = bytes.slice();
          for (const [at, byte] of flips) damaged[at] = byte;
          const victim = subject.make("bob", TINY);
          victim.act(1, NOW);
          const reason = reasonOf(() => {
            victim.crdt.merge(field.read(new Reader(damaged)), NOW);
          });
          if (reason !== "read") return;
          expect(victim.crdt.save().rows.length).toBeLessThanOrEqual(
            TINY.maxEntries + TINY.maxDeltaRows,
          );
          victim.value();
        }),
      );
    },
  );

  test("a row outside its context is malformed, and so is a run without an end", () => {
    const limits = resolveCrdtLimits(TINY);
    const field = deltaField(bool, limits);
    const row = { key: "x", replica: "ann", number: 9, order: 0, value: true };
    const outside = written(field, { context: [["ann", [1, 8]]], rows: [row], floor: 0 });
    expect(reasonOf(() => field.read(new Reader(outside)))).toBe("malformed");
    const endless = written(contextField(limits), [["ann", [1, Number.MAX_SAFE_INTEGER]]]);
    expect(reasonOf(() => contextField(limits).read(new Reader(endless)))).toBe("outOfRange");
    // A replica of no runs, whose list claims one number.
    const half = new Uint8Array([0x91, 0x92, 0xa1, 0x61, 0x91, 0x00]);
    expect(reasonOf(() => contextField(limits).read(new Reader(half)))).toBe("malformed");
  });

  test("more rows, replicas or runs than the limits allow are not read", () => {
    const field = deltaField(bool, resolveCrdtLimits(TINY));
    const large = new GSet({ replica: "ann" });
    for (let i = 0; i < 9; i++) large.add(`${i}`);
    expect(reasonOf(() => field.read(new Reader(written(field, large.save()))))).toBe("tooMany");
    const names = ["a", "b", "c", "d"];
    const crowd: Delta<boolean> = {
      context: names.map((name) => [name, [1, 1]]),
      rows: [],
      floor: 0,
    };
    expect(reasonOf(() => field.read(new Reader(written(field, crowd))))).toBe("tooMany");
  });

  test("a set that is full refuses what is new, counts it, and asks for it again when there is room", () => {
    const small = new ORSet({ replica: "bob", limits: TINY });
    const large = new ORSet({ replica: "ann" });
    for (let i = 0; i < 6; i++) large.add(`${i}`);
    expect(small.merge(large.delta())).toEqual({ changed: ["0", "1", "2", "3"], refused: 2 });
    expect([small.size, small.refusals.tooManyEntries]).toEqual([4, 2]);
    for (const element of ["0", "1"]) large.merge(small.delete(element));
    expect(small.merge(large.delta(small.context()))).toEqual({ changed: ["4", "5"], refused: 0 });
    expect([...small.values()].sort()).toEqual([...large.values()].sort());
  });

  test("too many replicas, and too many gaps, are refused and counted", () => {
    const set = new GSet({ replica: "ann", limits: TINY });
    const told = (context: Delta<true>["context"]): Delta<true> => ({
      context,
      rows: [],
      floor: 0,
    });
    set.merge(told(["a", "b", "c", "d"].map((name) => [name, [1, 1]] as const)));
    set.merge(told([["a", Array.from({ length: 14 }, (_, i) => (i >> 1) * 2 + 1)]]));
    expect([set.refusals.tooManyReplicas, set.refusals.tooManyRuns]).toEqual([1, 1]);
    expect(set.context()).toEqual([]);
    set.merge(told([["a", [1, 20]]]));
    set.merge(told([["a", Array.from({ length: 14 }, (_, i) => (i >> 1) * 2 + 1)]]));
    expect([set.refusals.tooManyRuns, set.context()]).toEqual([1, [["a", [1, 20]]]]);
  });

  test("a number that nobody can have counted to takes no replica's numbers away", () => {
    const set = new ORSet({ replica: "ann" });
    const beyond = { context: [["ann", [1, 2 ** 40]]], rows: [], floor: 0 } as const;
    expect(set.merge(beyond).refused).toBe(1);
    expect([set.refusals.leap, set.add("x").rows[0]?.number]).toEqual([1, 1]);
  });

  test("a replica that is told of numbers that it does not remember leaps over them", () => {
    const [old, bob] = [new ORSet({ replica: "ann" }), new ORSet({ replica: "bob" })];
    for (const element of ["x", "y"]) bob.merge(old.add(element));
    const ann = new ORSet({ replica: "ann" });
    ann.merge(bob.delta());
    expect(ann.add("z").rows[0]?.number).toBe(3);
  });

  test("a version that nobody could outbid is refused", () => {
    const map = new VersionedMap({ replica: "ann", value: text });
    const row = { key: "a", replica: "bob", number: 1, order: 2 ** 50, value: "mine for ever" };
    map.merge({ context: [["bob", [1, 1]]], rows: [row], floor: 0 });
    map.merge({ context: [], rows: [], floor: 2 ** 50 });
    expect([map.get("a"), map.refusals.leap]).toEqual([undefined, 2]);
    expect(map.set("a", "ours").rows[0]?.order).toBe(1);
  });

  test("another's sum is written by nobody", () => {
    const counter = new GCounter({ replica: "ann" });
    const row = { key: "bob", replica: "eve", number: 1, order: 1, value: 1e6 };
    counter.merge({ context: [["eve", [1, 1]]], rows: [row], floor: 0 });
    expect([counter.value(), counter.refusals.illFormed]).toEqual([0, 1]);
  });

  test("values set at once are counted too: a register does not grow for ever", () => {
    const register = new MVRegister({ replica: "ann", value: () => int() });
    for (let number = 1; number <= 1100; number++) {
      const row = { key: "", replica: "eve", number, order: 0, value: number };
      register.merge({ context: [["eve", [number, number]]], rows: [row], floor: 0 });
    }
    expect(register.values().length).toBe(1024);
    expect(register.refusals.tooManyEntries).toBe(76);
    register.set(0);
    expect(register.values()).toEqual([0]);
  });

  test("who claims to have seen all that will ever be written of a key takes nothing away that is written later", () => {
    const ann = new ORMap<string>({ replica: "ann", clock: new HybridClock(), value: text });
    const replica = "eve";
    const after = [{ replica: "ann", number: 2 ** 32 }];
    const row = {
      key: "x",
      replica,
      number: 1,
      order: stampOf(NOW),
      value: { after, value: "mine" },
    };
    const delta = { context: [["eve", [1, 1]]], rows: [row], floor: 0 } as const;
    expect(ann.merge(delta, NOW).refused).toBe(0);
    ann.set("x", "ours", NOW);
    expect(ann.values("x")).toEqual(["ours"]);
    // Out of order, without what it says, from next year: none of these is ever made.
    const wrong = [
      { ...row, number: 2, value: { after: [...after, ...after], value: "mine" } },
      { ...row, number: 3, value: undefined },
      { ...row, number: 4, order: stampOf(NOW + 1e10) },
      { ...row, number: 5, value: { after: [{ replica: "bob", number: 2 ** 33 }], value: "mine" } },
    ];
    ann.merge({ context: [["eve", [1, 5]]], rows: wrong, floor: 0 }, NOW);
    ann.merge({ context: [], rows: [], floor: 7 }, NOW);
    const { illFormed, clockAhead, leap } = ann.refusals;
    expect([illFormed, clockAhead, leap]).toEqual([3, 1, 1]);
    expect(ann.values("x")).toEqual(["ours"]);
  });

  test("values of a key that were set at once are counted, and one who has seen them can write", () => {
    const ann = new ORMap<number>({
      replica: "ann",
      clock: new HybridClock(),
      value: () => int(),
    });
    const rows = Array.from({ length: 300 }, (_, i) => ({
      key: "x",
      replica: "eve",
      number: i + 1,
      order: stampOf(NOW),
      value: { after: [], value: i },
    }));
    const { refused } = ann.merge({ context: [["eve", [1, 300]]], rows, floor: 0 }, NOW);
    expect([refused, ann.values("x").length, ann.refusals.tooManyEntries]).toEqual([44, 256, 44]);
    const bob = new ORMap<number>({
      replica: "bob",
      clock: new HybridClock(),
      value: () => int(),
    });
    bob.merge(ann.delta(), NOW);
    expect(ann.merge(bob.set("x", 7, NOW), NOW).refused).toBe(0);
    expect(ann.values("x")).toEqual([7]);
  });

  test("limits that are none are refused", () => {
    for (const maxEntries of [0, -1, 1.5, Number.NaN]) {
      expect(() => new GSet({ replica: "ann", limits: { maxEntries } })).toThrow(
        "limits.maxEntries",
      );
    }
    expect(() => new GSet({ replica: "" })).toThrow("replica");
  });
});
