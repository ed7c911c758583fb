import { expect, test } from "vitest";
import { runScenario } from "./scenario.ts";

test("what happened takes the place of what was expected, and all else stays", () => {
  const text = runScenario(`# Two nodes.
# They are friends.
cluster a b   preset=local seed=7
----
whatever

# A remark on its own.


run 5s
agree
`);
  expect(text).toBe(`# Two nodes.
# They are friends.
cluster a b   preset=local seed=7
----
ok

# A remark on its own.

run 5s
agree
----
2 live nodes agree: a b
`);
  expect(runScenario(text)).toBe(text);
});

test.each([
  ["run 5s", "line 1: begin with a cluster"],
  ["cluster a\nkill z", 'line 2: no node is named "z"'],
  ["cluster a\n\nkill a\nkill a", "line 4: node a: expected it to be running, but it is down"],
  ["cluster a preset=huge", "line 1: preset: expected one of lan, wan, local, tiny"],
  ["cluster a\nmembers b", 'line 2: no node is named "b"'],
])("%j is refused", (text, message) => {
  expect(() => runScenario(text)).toThrow(message);
});

test("agree says who differs, and how", () => {
  const text = runScenario(`cluster a b c preset=local seed=7
tags a role=db
agree
`);
  expect(text).toContain(
    "a is alive at 10.0.0.1:7946, incarnation 2 role=db to a; " +
      "alive at 10.0.0.1:7946, incarnation 1 to b c",
  );
});
