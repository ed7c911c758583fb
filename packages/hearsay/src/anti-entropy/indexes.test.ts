/** The two indexes against the simplest thing that does the same. */
import { describe, expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { FingerprintTree, POSITIONS } from "./fingerprint-tree.ts";
import { HASHER } from "./fingerprint.ts";
import { TimeIndex } from "./time-index.ts";

describe("the tree", () => {
  test("says of any range what adding up would say, as slots come and go", () => {
    const rng = new Sfc32(1);
    const tree = new FingerprintTree(20);
    const slots = new Map<number, { position: number; high: number; low: number }>();
    const all = (from: number, to: number) => {
      const sum = { count: 0, high: 0, low: 0 };
      for (const { position, high, low } of slots.values()) {
        if (position < from || position >= to) continue;
        sum.count++;
        sum.high = (sum.high + high) >>> 0;
        sum.low = (sum.low + low) >>> 0;
      }
      return sum;
    };
    for (let i = 0; i < 3000; i++) {
      const slot = rng.below(900);
      if (slots.has(slot)) {
        tree.delete(slot);
        slots.delete(slot);
      } else {
        // Some at both ends, and some at one place.
        const position = [0, POSITIONS - 1, 77][rng.below(30)] ?? rng.below(POSITIONS);
        const row = { position, high: rng.below(POSITIONS), low: rng.below(POSITIONS) };
        slots.set(slot, row);
        tree.add(slot, row.position, row.high, row.low);
      }
      if (i % 20 !== 0) continue;
      const [from, to] = [rng.below(POSITIONS), rng.below(POSITIONS)].toSorted((a, b) => a - b) as [
        number,
        number,
      ];
      expect(tree.sum(from, to)).toEqual(all(from, to));
      expect(tree.total).toEqual(all(0, POSITIONS));
      const inside = [...tree.slots(from, to)].map((one) => tree.positionOf(one));
      expect(inside).toHaveLength(all(from, to).count);
      const positions = [...slots.values()]
        .map(({ position }) => position)
        .toSorted((a, b) => a - b);
      const rank = rng.below(positions.length + 2);
      expect(tree.positionOfRank(rank)).toBe(positions[rank] ?? POSITIONS);
      expect(tree.rankOf(from)).toBe(positions.filter((position) => position < from).length);
    }
  });

  test("deepens as it fills, no further than it may, and says the same", () => {
    const [shallow, deep] = [new FingerprintTree(5), new FingerprintTree(20)];
    for (let slot = 0; slot < 10_000; slot++) {
      const { high, low } = HASHER.begin(0).word(slot).end();
      shallow.add(slot, high, high, low);
      deep.add(slot, high, high, low);
    }
    expect([shallow.depth, deep.depth]).toEqual([5, 12]);
    for (let i = 0; i < 32; i++) {
      const [from, to] = [i * 2 ** 27, (i + 1) * 2 ** 27];
      expect(shallow.sum(from, to)).toEqual(deep.sum(from, to));
    }
  });

  test("spreads keys that are alike evenly", () => {
    const tree = new FingerprintTree(20);
    for (let i = 0; i < 20_000; i++) tree.add(i, HASHER.begin(1).text(`key-${i}`).high, 1, 1);
    const counts = Array.from(
      { length: 64 },
      (_, i) => tree.sum(i * 2 ** 26, (i + 1) * 2 ** 26).count,
    );
    // 312.5 expected, standard deviation 17.5.
    expect(Math.min(...counts)).toBeGreaterThan(312 - 5 * 17.5);
    expect(Math.max(...counts)).toBeLessThan(313 + 5 * 17.5);
  });
});

test("the index by time reads as sorting would, as slots come and go", () => {
  const rng = new Sfc32(2);
  const times = new Map<number, number>();
  const index = new TimeIndex((slot) => times.get(slot) as number);
  const sorted = () =>
    [...times].toSorted(([a, s], [b, t]) => s - t || a - b).map(([slot]) => slot);
  for (let i = 0; i < 12_000; i++) {
    const slot = rng.below(4000);
    if (times.has(slot)) {
      index.delete(slot);
      times.delete(slot);
    } else {
      // Most in order, some alike, some late.
      times.set(slot, rng.below(4) === 0 ? rng.below(i + 1) : i >> 1);
      index.add(slot);
    }
    if (i % 500 !== 0 && i < 11_990) continue;
    const cut = rng.below(i / 2 + 1);
    const all = sorted();
    expect([...index.oldest(-1)]).toEqual(all);
    expect([...index.newest(cut)]).toEqual(
      all.filter((one) => (times.get(one) as number) < cut).toReversed(),
    );
    expect([...index.oldest(cut)]).toEqual(all.filter((one) => (times.get(one) as number) > cut));
  }
});
