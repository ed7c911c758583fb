/** Second opinions beside SWIM, in whole nodes: what scenarios say of them. */
import { expect, test } from "vitest";
import { ScenarioRunner } from "./scenario-runner.ts";

/** What the last command of a story says. */
function told(story: string): string | undefined {
  const runner = new ScenarioRunner({ wire: "objects" });
  const lines = story.split("\n").map((line) => line.trim());
  const outputs = lines.map((text, i) => runner.run({ number: i + 1, text }));
  return outputs.at(-1)?.at(-1);
}

test.each(["heartbeat", "gems"])(
  "%s knows who was killed, who has left, who has moved and who is new",
  (detector) => {
    const story = `cluster n1..n9 preset=local detector=${detector}
      run 5s
      kill n1 n2
      leave n3
      run 30s
      restart n1 at 10.9.9.9:7946
      join n1 n4
      add x1
      join x1 n5
      clock n4 -1h
      kill n4
      restart n4
      join n4 n5
      run 40s
      judgements`;
    expect(told(story)).toBe("8 nodes judge as it is");
  },
);

test("who has just died is found out by the time that the question waits for an answer", () => {
  const story = `cluster a b c detector=heartbeat
    kill c
    judgements`;
  expect(told(story)).toBe("2 nodes judge as it is");
});

test("nodes without one are not asked", () => {
  expect(() => told("cluster a b\njudgements")).toThrow(/detector=gems/);
  expect(() => told("cluster a b detector=oracle")).toThrow(/detector=heartbeat or phi or gems/);
});
