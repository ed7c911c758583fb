import { expect, test } from "vitest";
import type { Judgement } from "../../detection/index.ts";
import { wrongJudgements } from "./second-opinions.ts";

function judged(states: Record<string, Judgement["state"]>): Judgement[] {
  return Object.entries(states).map(([name, state]) => {
    return { name, state, heartbeat: 1, silentMs: 0, level: 0, limit: 1 };
  });
}

const a = judged({ b: "alive", c: "failed" });
const b = judged({ a: "alive", c: "failed" });

test("who is right is let alone", () => {
  const live = new Map(Object.entries({ a, b }));
  for (const detector of ["heartbeat", "phi", "gems"] as const) {
    expect(wrongJudgements(detector, live)).toEqual([]);
  }
});

test("a detector that calls the living dead is seen, and one that has lost them", () => {
  const wrong = new Map(Object.entries({ a: judged({ b: "failed" }), b: [] }));
  expect(wrongJudgements("phi", wrong)).toEqual([
    "a holds b, which lives, for failed",
    "b holds a, which lives, for nobody",
  ]);
});

test("a detector that finds nobody dead is seen, but phi has its time", () => {
  const wrong = new Map(Object.entries({ a: judged({ b: "alive", c: "alive" }), b }));
  expect(wrongJudgements("heartbeat", wrong)).toEqual(["a holds c, which is gone, for alive"]);
  expect(wrongJudgements("phi", wrong)).toEqual([]);
});

test("a suspicion of the living is no verdict with gems alone", () => {
  const doubting = new Map(Object.entries({ a: judged({ b: "suspected" }), b }));
  expect(wrongJudgements("gems", doubting)).toEqual([]);
  expect(wrongJudgements("heartbeat", doubting)).toHaveLength(1);
});
