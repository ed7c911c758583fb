import fc from "fast-check";
import { expect, test } from "vitest";
import { Deadlines } from "./deadlines.ts";
import { NEVER } from "./time.ts";
import type { Instant } from "./time.ts";

const at = (ms: number): Instant => ms as Instant;

test("the earliest is next; equal ones come in the order in which they were set", () => {
  const deadlines = new Deadlines<string>();
  expect(deadlines.next).toBe(NEVER);
  deadlines.set("late", at(30));
  deadlines.set("b", at(10));
  deadlines.set("a", at(10));
  expect(deadlines.next).toBe(10);
  expect(deadlines.takeDue(at(9))).toBeUndefined();
  expect(deadlines.takeDue(at(10))).toBe("b");
  expect(deadlines.takeDue(at(10))).toBe("a");
  expect(deadlines.takeDue(at(10))).toBeUndefined();
  expect(deadlines.next).toBe(30);
});

test("entries, set again, come out in the same order", () => {
  const [one, other] = [new Deadlines<string>(), new Deadlines<string>()];
  for (const [i, key] of [..."fbeadc"].entries()) one.set(key, at(i % 3));
  one.set("e", at(1));
  for (const [key, when] of one.entries()) other.set(key, when);
  const drain = (deadlines: Deadlines<string>): (string | undefined)[] =>
    Array.from({ length: 7 }, () => deadlines.takeDue(at(99)));
  expect(drain(other)).toEqual(drain(one));
});

test("a key that is set again moves", () => {
  const deadlines = new Deadlines<string>();
  deadlines.set("x", at(10));
  deadlines.set("y", at(20));
  deadlines.set("x", at(30));
  expect(deadlines.size).toBe(2);
  expect(deadlines.takeDue(at(99))).toBe("y");
  expect(deadlines.takeDue(at(99))).toBe("x");
});

test("it does what a sorted list does", () => {
  const step = fc.oneof(
    fc.record({ key: fc.integer({ min: 0, max: 20 }), at: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ key: fc.integer({ min: 0, max: 20 }), at: fc.constant(undefined) }),
    fc.record({ key: fc.constant(undefined), at: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<number>();
      let model: { key: number; at: number; order: number }[] = [];
      for (const [order, { key, at: time }] of steps.entries()) {
        if (key === undefined) {
          model.sort((a, b) => a.at - b.at || a.order - b.order);
          const due =
            model[0] !== undefined && model[0].at <= time ? model.shift()?.key : undefined;
          expect(deadlines.takeDue(at(time))).toBe(due);
        } else {
          const known = model.some((row) => row.key === key);
          model = model.filter((row) => row.key !== key);
          if (time === undefined) expect(deadlines.delete(key)).toBe(known);
          else {
            deadlines.set(key, at(time));
            model.push({ key, at: time, order });
          }
        }
        expect(deadlines.size).toBe(model.length);
        expect(deadlines.next).toBe(Math.min(...model.map((row) => row.at)));
      }
    }),
  );
});
