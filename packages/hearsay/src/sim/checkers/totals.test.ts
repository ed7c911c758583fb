/** The checker of aggregates, in stories: that it is silent where all is well, and that it can fail. */
import { describe, expect, test, vi } from "vitest";
import { Averaging } from "../../aggregation/index.ts";
import type { AggregateResult } from "../../aggregation/index.ts";
import { ScenarioRunner } from "../scenario-runner.ts";
import { Totals } from "./totals.ts";

function story(...lines: string[]): string[] {
  const runner = new ScenarioRunner();
  return lines.flatMap((text, i) => runner.run({ number: i + 1, text })).slice(-1);
}

const STORY = [
  "cluster a b c d e f preset=local seed=3 aggregates=on",
  "run 6s",
  "kill f",
  "loss 20%",
  "run 10s",
  "calm",
  "run 16s",
  "aggregates",
] as const;

describe("the checker of aggregates", () => {
  test("is content an epoch after loss and a death", () => {
    expect(story(...STORY)).toEqual(["5 nodes know what they come to"]);
  });

  test("sees a machine that forgets every third answer that it has been given", () => {
    const handle = Averaging.prototype.handle;
    let answers = 0;
    const planted = vi.spyOn(Averaging.prototype, "handle").mockImplementation(function (
      this: Averaging,
      input,
      now,
      rng,
      effects,
    ) {
      const isAnswer = input.type === "message" && input.message.type === "change";
      if (isAnswer && ++answers % 3 === 0) return;
      handle.call(this, input, now, rng, effects);
    });
    expect(story(...STORY)[0]).toMatch(/in epoch \d+: (mean|count)/);
    planted.mockRestore();
  });

  test("tells who knows nothing, what is wrong, and what cannot be", () => {
    const right = { epoch: 4, mean: 1, count: 3, min: 0, max: 2, variance: 1 } as AggregateResult;
    const results = new Map([
      ["a", right],
      ["b", { ...right, mean: 1.1, count: 4 }],
    ]);
    const subject = {
      valueOf: (node: string) => ["a", "b", "c"].indexOf(node),
      resultOf: (node: string) => results.get(node),
    };
    const totals = new Totals(subject);
    expect(totals.wrong(["a", "b", "c"])).toEqual([
      "b in epoch 4: mean 1.1, not 1, count 4, not 3",
      "c knows no result",
    ]);
    const told = { type: "aggregated", result: { ...right, variance: -1 } } as const;
    expect(totals.event(told)).toMatch(/^tells mean 1/);
    expect([totals.event({ type: "join" }), totals.looks]).toEqual([undefined, 4]);
  });
});
