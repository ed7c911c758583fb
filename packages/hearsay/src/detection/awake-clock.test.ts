import { expect, test } from "vitest";
import type { Instant } from "../kernel/index.ts";
import { AwakeClock } from "./awake-clock.ts";

const at = (ms: number): Instant => ms as Instant;

test("time runs as the host's while nothing is late", () => {
  const clock = new AwakeClock();
  expect(clock.at(at(100), at(1000))).toBe(100);
  expect(clock.at(at(1000), at(1000))).toBe(1000);
  expect(clock.excusedMs).toBe(0);
});

test("a pause is taken out once, however many inputs have piled up in it", () => {
  const clock = new AwakeClock();
  expect(clock.at(at(9000), at(1000))).toBe(1000);
  expect(clock.at(at(9000), at(1000))).toBe(1000);
  expect(clock.at(at(9004), at(1000))).toBe(1000);
  clock.rearmed();
  expect(clock.at(at(9500), at(10_004))).toBe(1496);
  expect(clock.read(at(9600))).toBe(1596);
});

test("two pauses add up, and what was written out goes on", () => {
  const clock = new AwakeClock();
  clock.at(at(3000), at(1000));
  const copy = new AwakeClock();
  copy.restore(clock.save());
  for (const one of [clock, copy]) {
    one.rearmed();
    expect(one.at(at(7000), at(4000))).toBe(2000);
    expect(one.excusedMs).toBe(5000);
  }
});
