import { expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { LocalHealth } from "./local-health.ts";
import { SelfDistrust } from "./self-distrust.ts";

/** Hands in inputs; each returns what it led to. */
function distrustOf(selfDistrust = true) {
  let lines: string[] = [];
  const health = new LocalHealth(8);
  const part = {
    excuse: (lateMs: number, now: Instant) => lines.push(`excuse ${lateMs} at ${now}`),
  };
  const distrust = new SelfDistrust({ selfDistrust, lateWakeUpMs: 250 }, health, [part]);
  return {
    health,
    input: (deadline: number, now: number) => {
      lines = [];
      distrust.handleInput(deadline as Instant, now as Instant, {
        drop: (reason) => lines.push(`drop ${reason}`),
      });
      return lines;
    },
  };
}

test("an input before the deadline, at it or a little after it is nothing special", () => {
  const { input, health } = distrustOf();
  expect(input(1000, 900)).toEqual([]);
  expect(input(1000, 1000)).toEqual([]);
  expect(input(2000, 2250)).toEqual([]);
  expect(health.score).toBe(0);
});

test("one that is late gives all the lateness back, once, and lowers our trust in ourselves", () => {
  const { input, health } = distrustOf();
  input(1000, 900);
  expect(input(1000, 61_000)).toEqual(["excuse 60000 at 61000", "drop lateWakeUp"]);
  expect(input(1000, 61_001)).toEqual([]);
  expect(input(1200, 61_002)).toEqual([]);
  expect(health.score).toBe(1);
});

test("a timer that starves among packets is late all the same", () => {
  const { input } = distrustOf();
  const late = [1050, 1100, 1200, 1260, 1300].flatMap((now) => input(1000, now));
  expect(late).toEqual(["excuse 260 at 1260", "drop lateWakeUp"]);
});

test("a deadline that was set in the past has been due only since then", () => {
  const { input } = distrustOf();
  input(NEVER, 5000);
  expect(input(1000, 5100)).toEqual([]);
  expect(input(1000, 5251)).toEqual(["excuse 251 at 5251", "drop lateWakeUp"]);
});

test("a machine that waits for nothing is never late", () => {
  expect(distrustOf().input(NEVER, 1e9)).toEqual([]);
});

test("switched off, it sees nothing", () => {
  const { input, health } = distrustOf(false);
  expect(input(1000, 61_000)).toEqual([]);
  expect(health.score).toBe(0);
});
