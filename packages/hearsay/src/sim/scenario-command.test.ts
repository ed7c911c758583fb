import { expect, test } from "vitest";
import { parseCommand } from "./scenario-command.ts";

const read = (text: string): unknown => parseCommand({ number: 3, text });

test.each([
  [
    "cluster a b preset=tiny seed=7 latency=1..10ms loss=5%",
    {
      type: "cluster",
      names: ["a", "b"],
      seed: 7,
      latencyMs: [1, 10],
      loss: 0.05,
      options: new Map([["preset", "tiny"]]),
    },
  ],
  ["add n1..n3 x", { type: "add", names: ["n1", "n2", "n3", "x"] }],
  ["join d a b", { type: "join", name: "d", via: ["a", "b"] }],
  [
    "tags a role=db dc=",
    {
      type: "tags",
      name: "a",
      tags: new Map([
        ["role", "db"],
        ["dc", ""],
      ]),
    },
  ],
  ["partition a b | c..d | e", { type: "partition", groups: [["a", "b"], ["c..d"], ["e"]] }],
  ["cut a -> b", { type: "cut", from: "a", to: "b" }],
  ["loss 10%", { type: "loss", loss: 0.1 }],
  ["latency 5ms", { type: "latency", latencyMs: [5, 5] }],
  ["run 1.5s", { type: "run", ms: 1500 }],
  ["run until agreed max 10s", { type: "runUntilAgreed", maxMs: 10_000 }],
  ["members a", { type: "members", name: "a" }],
  ["agree", { type: "agree" }],
])("%s is a command", (text, command) => {
  expect(read(text)).toEqual(command);
});

test.each([
  ["explode a", 'explode: there is no command "explode"'],
  ["run", "run: expected run 1500ms"],
  ["run 5", "run: expected a time such as 1500ms or 2s, got 5"],
  ["run until agreed", "run: expected run until agreed max 10s"],
  ["kill", "kill: expected the name of a node"],
  ["cluster seed=1", "cluster: expected the name of a node"],
  ["cluster a seed=x", "cluster: expected a whole number as seed"],
  ["cluster a loss=5", "cluster: expected a share of 0%..100%, got 5"],
  ["cluster a latency=9..1ms", "cluster: expected a range with the lesser time first"],
  ["partition a b", "partition: expected partition a b | c d"],
  ["cut a b", "cut: expected cut a -> b"],
  ["tags", "tags: the name of a node is missing"],
  ["tags a role", "tags: expected settings such as role=db"],
  ["add n3..n1", "add: expected a range such as n1..n32"],
])("%s is refused, with its line", (text, message) => {
  expect(() => read(text)).toThrow(
    expect.objectContaining({ name: "ScenarioError", line: 3, message: `line 3: ${message}` }),
  );
});
