import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { EventQueue } from "./event-queue.ts";

test("the earliest comes first", () => {
  const queue = new EventQueue<string>();
  for (const at of [5, 1, 4, 2, 3]) queue.push(at, `at ${at}`);
  expect(queue.nextAt).toBe(1);
  const out = Array.from({ length: 5 }, () => queue.pop());
  expect(out).toEqual(["at 1", "at 2", "at 3", "at 4", "at 5"]);
  expect(queue.pop()).toBeUndefined();
  expect(queue.nextAt).toBe(Infinity);
});

test("what is due at the same time comes in the order in which it was added", () => {
  const queue = new EventQueue<number>();
  for (let i = 0; i < 1000; i++) queue.push(i % 3, i);
  const out = Array.from({ length: 1000 }, () => queue.pop() as number);
  const byTime = Array.from({ length: 1000 }, (_, i) => i).toSorted(
    (a, b) => (a % 3) - (b % 3) || a - b,
  );
  expect(out).toEqual(byTime);
});

test("it agrees with a sorted list through 20,000 random pushes and pops", () => {
  const rng = new Sfc32(7);
  const queue = new EventQueue<number>();
  const dumb: { at: number; id: number }[] = [];
  for (let id = 0; id < 20_000; id++) {
    if (rng.unit() < 0.55) {
      // From far behind to far ahead of what is taken out now: ready, on the wheel, and beyond it.
      const at = (dumb[0]?.at ?? 0) + (rng.below(3000) - 500) * rng.unit();
      queue.push(at, id);
      const later = dumb.findIndex((entry) => entry.at > at);
      dumb.splice(later < 0 ? dumb.length : later, 0, { at, id });
    } else if (queue.pop() !== dumb.shift()?.id) {
      throw new Error(`another entry at step ${id}`);
    }
    if (queue.nextAt !== (dumb[0]?.at ?? Infinity)) throw new Error(`another time at step ${id}`);
  }
  expect(queue.size).toBe(dumb.length);
});
