import { expect, test } from "vitest";
import { LocalHealth } from "./local-health.ts";

test("the score stays between well and one less than the multiplier", () => {
  const health = new LocalHealth(8);
  expect([health.score, health.factor]).toEqual([0, 1]);
  health.change(-1);
  expect(health.score).toBe(0);
  health.change(3);
  health.change(-1);
  expect([health.score, health.factor]).toEqual([2, 3]);
  health.change(100);
  expect([health.score, health.factor]).toEqual([7, 8]);
});

test("a multiplier of 1 turns it off", () => {
  const health = new LocalHealth(1);
  health.change(5);
  expect([health.score, health.factor]).toEqual([0, 1]);
});
