/** What a keyed store promises: last writer wins, deletions stay, bad input does nothing. */
import { describe, expect, test } from "vitest";
import { text } from "../codec/index.ts";
import { Sfc32 } from "../kernel/index.ts";
import { TICKS_PER_MS, write } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { KeyedComparison, KeyedStore, STRATEGIES } from "./index.ts";
import { Side, TwoStores } from "./test/two-stores.ts";

const DAY = 86_400_000;
const STORE = {
  activeMs: DAY,
  dormantMs: 10 * DAY,
  retentionSites: 1,
  drawSites: () => ["b"],
} as const;

describe("values", () => {
  test("the last writer wins, whatever the wall clocks say of who has seen whom", () => {
    const two = new TwoStores();
    two.set(two.a, "k", "first");
    two.talk();
    // b's clock is an hour behind; it has seen what it overwrites.
    two.b.store.set("k", "second", two.wallMs - 3_600_000);
    two.talk();
    expect([two.a.store.get("k"), two.b.store.get("k")]).toEqual(["second", "second"]);
  });

  test("what is not there, and what was deleted, is not among the entries", () => {
    const { store } = new Side("a");
    store.set("x", "1", 5);
    store.set("y", "2", 5);
    store.delete("x", 5, new Sfc32(1));
    expect([...store.entries()]).toEqual([["y", "2"]]);
    expect([store.size, store.get("x"), store.get("z")]).toEqual([1, undefined, undefined]);
    expect(store.certificates).toEqual({ active: 1, dormant: 0 });
  });

  test("callers are told what they do wrong, and nothing has changed", () => {
    const { store } = new Side("a", {}, { limits: { maxEntries: 1, maxValueBytes: 10 } });
    store.set("x", "1", 5);
    const code = (act: () => void): unknown => {
      try {
        return act();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(() => store.set(7 as never, "1", 5))).toBe("ERR_OPTION");
    expect(code(() => store.set("k".repeat(2000), "1", 5))).toBe("ERR_OPTION");
    expect(code(() => store.set("x", undefined as never, 5))).toBe("ERR_OPTION");
    expect(code(() => store.set("x", "12345678901", 5))).toBe("ERR_MESSAGE_TOO_LARGE");
    expect(code(() => store.set("y", "1", 5))).toBe("ERR_QUEUE_FULL");
    expect(code(() => new KeyedStore({ origin: "" }))).toBe("ERR_OPTION");
    expect(code(() => new KeyedComparison(store, { strategy: "guess" as never }))).toBe(
      "ERR_OPTION",
    );
    expect(code(() => new KeyedComparison(store, { fanOut: 3 }))).toBe("ERR_OPTION");
    expect([...store.entries()]).toEqual([["x", "1"]]);
  });
});

describe("deletions", () => {
  /** a and b have it; b is away while a deletes it. */
  function deleted(): { two: TwoStores; c: Side; old: Entry<string> } {
    const two = new TwoStores({}, 1, STORE);
    two.set(two.a, "k", "old");
    const old = two.a.store.table.get("k") as Entry<string>;
    two.wallMs += 1000;
    two.delete(two.a, "k");
    return { two, c: new Side("c", {}, STORE), old };
  }
  const give = (side: Side, entry: Entry<string>, wallMs: number): boolean =>
    side.store.take(entry, side.turn(wallMs, new Sfc32(1)));
  const tend = (side: Side, wallMs: number): void =>
    side.store.tend(side.turn(wallMs, new Sfc32(1)));

  test("a certificate cancels old copies wherever they turn up, while it is young", () => {
    const { two, old } = deleted();
    two.talk();
    two.wallMs += DAY - 2000;
    tend(two.a, two.wallMs);
    expect(give(two.a, old, two.wallMs)).toBe(false);
    give(two.b, old, two.wallMs);
    two.talk(two.b);
    expect([two.a.store.get("k"), two.b.store.get("k")]).toEqual([undefined, undefined]);
  });

  test("it does not pile up: after its time it sleeps at its site, and then it is forgotten", () => {
    const { two } = deleted();
    two.talk();
    two.wallMs += DAY + 1000;
    for (const side of [two.a, two.b]) tend(side, two.wallMs);
    expect(two.a.store.certificates).toEqual({ active: 0, dormant: 0 });
    expect(two.b.store.certificates).toEqual({ active: 0, dormant: 1 });
    expect(two.b.store.table.size).toBe(0);
    two.wallMs += 10 * DAY;
    tend(two.b, two.wallMs);
    expect(two.b.store.certificates).toEqual({ active: 0, dormant: 0 });
  });

  test("asleep it meets an old copy, wakes, and removes it everywhere", () => {
    const { two, c, old } = deleted();
    two.talk();
    two.wallMs += 3 * DAY;
    for (const side of [two.a, two.b]) tend(side, two.wallMs);
    // c was away for three days and tells a and b what it has.
    give(c, old, two.wallMs - 3 * DAY);
    expect(give(two.a, old, two.wallMs)).toBe(true);
    expect(give(two.b, old, two.wallMs)).toBe(false);
    expect(two.b.spread).toHaveLength(1);
    const woken = two.b.store.table.get("k") as Entry<string>;
    expect(woken.stamp).toBeLessThan(two.wallMs * TICKS_PER_MS - 2 * DAY);
    expect(woken.certificate?.activation).toBeGreaterThanOrEqual(two.wallMs * TICKS_PER_MS);
    two.talk();
    expect(two.a.store.get("k")).toBeUndefined();
    expect(c.store.merge(two.b.spread[0] as Uint8Array, c.turn(two.wallMs, two.rng))).toBe(true);
    expect(c.store.get("k")).toBeUndefined();
  });

  test("awakened, it leaves alone what was written after the deletion", () => {
    const { two, c, old } = deleted();
    const { store } = c;
    store.set("k", "reinstated", two.wallMs + 500);
    two.talk();
    two.wallMs += 3 * DAY;
    tend(two.b, two.wallMs);
    give(two.b, old, two.wallMs);
    c.store.merge(two.b.spread[0] as Uint8Array, c.turn(two.wallMs, two.rng));
    expect(c.store.get("k")).toBe("reinstated");
  });

  test("forgotten by all, what was hidden for so long comes back", () => {
    const { two, old } = deleted();
    two.talk();
    two.wallMs += 12 * DAY;
    for (let i = 0; i < 2; i++) for (const side of [two.a, two.b]) tend(side, two.wallMs);
    give(two.a, old, two.wallMs);
    two.talk();
    expect([two.a.store.get("k"), two.b.store.get("k")]).toEqual(["old", "old"]);
  });

  test("an expired certificate of a slow peer removes what it cancels, and is not kept", () => {
    const { two, c, old } = deleted();
    const certificate = two.a.store.table.get("k") as Entry<string>;
    two.wallMs += 2 * DAY;
    expect(give(c, certificate, two.wallMs)).toBe(false);
    expect(c.store.table.size).toBe(0);
    give(c, old, two.wallMs);
    expect(give(c, certificate, two.wallMs)).toBe(true);
    expect(c.store.get("k")).toBeUndefined();
    expect(c.store.certificates).toEqual({ active: 0, dormant: 0 });
  });

  test("of more than may sleep the one that has slept longest is forgotten", () => {
    const limits = { maxDormant: 2 };
    const { store, turn } = ((side) => ({ store: side.store, turn: side.turn.bind(side) }))(
      new Side("b", {}, { ...STORE, limits }),
    );
    for (let i = 0; i < 5; i++) store.delete(`k${i}`, 1000 * (i + 1), new Sfc32(1));
    store.tend(turn(2 * DAY, new Sfc32(1)));
    expect(store.certificates).toEqual({ active: 0, dormant: 2 });
    expect(store.save().dormant.map(({ key }) => key)).toEqual(["k3", "k4"]);
  });
});

describe("bad input", () => {
  const entry: Entry<string> = {
    key: "k",
    stamp: 1000 * TICKS_PER_MS,
    origin: "x",
    value: "v",
    certificate: undefined,
  };
  const certificate = { activation: entry.stamp, by: "x", sites: [] };

  test.each([
    ["a stamp far in the future", { stamp: 100_000_000 * TICKS_PER_MS }, "clockAhead"],
    ["a value and a certificate", { certificate }, "illFormed"],
    ["neither of them", { value: undefined }, "illFormed"],
    ["no origin", { origin: "" }, "illFormed"],
    ["no stamp", { stamp: 0 }, "illFormed"],
    [
      "a certificate that lived before it was made",
      { value: undefined, certificate: { ...certificate, activation: 1 } },
      "illFormed",
    ],
    [
      "a certificate awakened in the future",
      {
        value: undefined,
        certificate: { ...certificate, activation: 100_000_000 * TICKS_PER_MS },
      },
      "clockAhead",
    ],
  ] as const)("%s is refused and counted", (_name, change, reason) => {
    const side = new Side("a");
    expect(
      side.store.take({ ...entry, ...change } as Entry<string>, side.turn(1000, new Sfc32(1))),
    ).toBe(false);
    expect([side.drops, side.store.table.size]).toEqual([[reason], 0]);
    expect(side.store.set("own", "1", 1000).stamp).toBe(1000 * TICKS_PER_MS);
  });

  test("more keys or writers than there is room for are refused and counted", () => {
    const side = new Side("a", {}, { limits: { maxEntries: 2, maxOrigins: 1 } });
    const turn = side.turn(1000, new Sfc32(1));
    side.store.take(entry, turn);
    side.store.take({ ...entry, key: "other", origin: "y" }, turn);
    side.store.take({ ...entry, key: "l" }, turn);
    side.store.take({ ...entry, key: "m" }, turn);
    expect(side.drops).toEqual(["tooManyOrigins", "tooManyEntries"]);
    expect(side.store.size).toBe(2);
  });

  test("garbage for words and deltas throws nothing but what the machine counts, and answers stay small", () => {
    const rng = new Sfc32(9);
    const two = new TwoStores();
    for (let i = 0; i < 500; i++) two.set(two.a, `k${i}`, "v".repeat(20));
    const real: Uint8Array[] = [write(two.a.store.field, [entry])];
    for (const strategy of STRATEGIES) {
      const comparison = new KeyedComparison(two.b.store, { strategy });
      real.push(comparison.begin(two.b.turn(two.wallMs, rng)));
    }
    const [before, turn] = [two.a.store.size, two.a.turn(two.wallMs, rng, 4096)];
    let answered = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from(real[rng.below(real.length)] as Uint8Array);
      for (let flips = 1 + rng.below(4); flips > 0; flips--) {
        bytes[rng.below(bytes.length)] = rng.below(256);
      }
      const cut = bytes.subarray(0, rng.below(4) === 0 ? rng.below(bytes.length) : bytes.length);
      try {
        const words = two.a.comparison.answer(cut, turn);
        if (words !== undefined) answered++;
        expect(words?.length ?? 0).toBeLessThanOrEqual(4096);
      } catch (error) {
        expect((error as { code: string }).code).toBe("ERR_DECODE");
      }
    }
    expect(answered).toBeGreaterThan(100);
    expect(two.a.store.size).toBeGreaterThanOrEqual(before);
  });

  test("a vector that claims too much is found out by the sums, and the ranges are compared", () => {
    const two = new TwoStores({ strategy: "vectors" });
    two.set(two.a, "k", "v");
    for (const [origin, time] of two.a.store.vector) two.b.store.raise(origin, time);
    two.talk();
    expect(two.b.store.get("k")).toBe("v");
    expect(two.drops).toEqual(["vectorsDisagree"]);
  });
});

test("a vector of too many writers is not told; the ranges are compared", () => {
  const two = new TwoStores({ strategy: "vectors" });
  two.maxBytes = 8192;
  const turn = two.a.turn(two.wallMs, two.rng);
  for (let i = 0; i < 500; i++) {
    const entry = { key: `k${i}`, stamp: 1000 + i, origin: `writer-${i}`, value: "v" };
    two.a.store.take({ ...entry, certificate: undefined }, turn);
    two.a.store.raise(entry.origin, entry.stamp);
  }
  expect(Math.max(...two.talk().sizes)).toBeLessThanOrEqual(8192);
  two.talk(two.b);
  expect(two.areEqual).toBe(true);
});

test("a store that was written out goes on where it stood", () => {
  const two = new TwoStores({}, 1, STORE);
  for (let i = 0; i < 50; i++) two.set(two.b, `k${i}`, "v");
  two.delete(two.b, "k7");
  two.wallMs += 2 * DAY;
  two.delete(two.b, "k8");
  two.b.store.tend(two.b.turn(two.wallMs, two.rng));
  const other = new KeyedStore<string>({ origin: "b", value: text(65_536), ...STORE });
  other.restore(structuredClone(two.b.store.save()));
  expect(other.save()).toEqual(two.b.store.save());
  expect(other.certificates).toEqual({ active: 1, dormant: 1 });
  expect(other.table.tree.total).toEqual(two.b.store.table.tree.total);
  expect(other.set("x", "1", two.wallMs)).toEqual(two.b.store.set("x", "1", two.wallMs));
});
