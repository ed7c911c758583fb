import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { Lots } from "./lots.ts";

const numbers = Array.from({ length: 20_000 }, (_, i) => i);
const mean = (values: readonly number[]): number => {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};
/** How far two rows of numbers go together, from -1 to 1. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const together = mean(a.map((value, i) => (value - ma) * ((b[i] as number) - mb)));
  const [va, vb] = [mean(a.map((x) => (x - ma) ** 2)), mean(b.map((x) => (x - mb) ** 2))];
  return together / Math.sqrt(va * vb);
}

test("lots fill the range evenly", () => {
  const lots = new Lots(new Sfc32(1));
  const bins = Array.from({ length: 20 }, () => 0);
  for (const number of numbers) {
    const bin = lots.below(20, number);
    bins[bin] = (bins[bin] as number) + 1;
  }
  for (const bin of bins) expect(Math.abs(bin - 1000)).toBeLessThan(130);
});

test("neighbours, aspects of one thing, and lots of other sources do not hang together", () => {
  const rng = new Sfc32(1);
  const [lots, others] = [new Lots(rng), new Lots(rng)];
  const own = numbers.map((number) => lots.unit(number));
  const rows = [
    numbers.map((number) => lots.unit(number + 1)),
    numbers.map((number) => lots.unit(number, 1)),
    numbers.map((number) => others.unit(number)),
    numbers.map((number) => lots.unit(number + 2 ** 32)),
  ];
  for (const row of rows) expect(Math.abs(correlation(own, row))).toBeLessThan(0.03);
});

test("the same question has the same answer, whatever was asked before", () => {
  const [one, other] = [new Lots(new Sfc32(9)), new Lots(new Sfc32(9))];
  one.unit(3);
  expect(one.unit(17, 2)).toBe(other.unit(17, 2));
  expect(new Lots(new Sfc32(10)).unit(17, 2)).not.toBe(other.unit(17, 2));
});
