import { describe, expect, test } from "vitest";
import { Sfc32, shuffle } from "./random.ts";

describe("sfc32", () => {
  test("the same seed gives the same numbers, for ever", () => {
    const rng = new Sfc32(1, 2, 3);
    expect(Array.from({ length: 5 }, () => rng.below(2 ** 32))).toMatchInlineSnapshot(`
      [
        1936341825,
        3001364500,
        1029104839,
        3987121759,
        92551270,
      ]
    `);
  });

  test("a source goes on where the one stood that was saved", () => {
    const [one, other] = [new Sfc32(5, 6, 7), new Sfc32(1)];
    for (let i = 0; i < 10; i++) one.below(100);
    other.restore(one.save());
    expect([1, 2, 3].map(() => other.unit())).toEqual([1, 2, 3].map(() => one.unit()));
  });

  test("a fork does not depend on how often its parent is used after", () => {
    const one = new Sfc32(7);
    const two = new Sfc32(7);
    const forkOfOne = one.fork();
    const forkOfTwo = two.fork();
    two.below(10);
    expect(forkOfOne.below(1e9)).toBe(forkOfTwo.below(1e9));
    expect(one.fork().below(1e9)).not.toBe(two.fork().below(1e9));
  });

  test("below is the remainder of a draw that is below a whole multiple, whatever the bound", () => {
    const [draws, other] = [new Sfc32(3), new Sfc32(4)];
    for (let i = 0; i < 20_000; i++) {
      // From one bit to thirty-two.
      const bound = 1 + Math.floor(other.unit() * 2 ** (1 + (i % 32)));
      const same = new Sfc32(0);
      same.restore(draws.save());
      let draw = same.below(2 ** 32);
      while (BigInt(draw) >= 2n ** 32n - (2n ** 32n % BigInt(bound))) draw = same.below(2 ** 32);
      expect(draws.below(bound)).toBe(Number(BigInt(draw) % BigInt(bound)));
    }
  });

  test.each([2, 3, 7, 10, 100])("below(%i) is uniform (chi-square, p > 0.001)", (bound) => {
    const rng = new Sfc32(42);
    const draws = 20_000;
    const counts = Array.from({ length: bound }, () => 0);
    for (let i = 0; i < draws; i++) counts[rng.below(bound)]!++;
    const expected = draws / bound;
    const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Wilson and Hilferty: chi-square of k degrees at z = 3.09.
    const k = bound - 1;
    const limit = k * (1 - 2 / (9 * k) + 3.09 * Math.sqrt(2 / (9 * k))) ** 3;
    expect(chi2).toBeLessThan(limit);
  });

  test("a bound that does not divide 2**32 favours nobody", () => {
    const rng = new Sfc32(9);
    const bound = 3 * 2 ** 30;
    let high = 0;
    for (let i = 0; i < 30_000; i++) if (rng.below(bound) >= 2 ** 31) high++;
    expect(high / 30_000).toBeGreaterThan(0.32);
    expect(high / 30_000).toBeLessThan(0.35);
  });

  test("a bound out of range is a bug of the caller", () => {
    expect(() => new Sfc32(1).below(0)).toThrow(/^BUG/);
  });
});

test("every order of three comes out of a shuffle equally often", () => {
  const rng = new Sfc32(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const items = ["a", "b", "c"];
    shuffle(items, rng);
    counts.set(items.join(""), (counts.get(items.join("")) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
