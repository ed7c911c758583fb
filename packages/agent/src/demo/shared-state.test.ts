import { expect, it } from "vitest";
import { SharedState, stateWords } from "./shared-state.ts";

const set = (member: string, value: number) => {
  return { type: "set", at: "", member, key: "pid", value } as const;
};

it("the demo's state knows who reads something else of the processes than they are", () => {
  const state = new SharedState();
  const running = new Map([
    ["n1", 11],
    ["n2", 12],
  ]);
  const keys = [{ key: "pid", value: 11 }];
  state.hear("n1", { type: "open", members: [{ member: "n1", keys }] });
  state.hear("n2", { type: "open", members: [{ member: "n1", keys }] });
  state.hear("n2", set("n2", 12));
  expect(stateWords(state, { running, gone: [] })).toBe("state pid: n1=11 n2=12, not yet at n1");
  state.hear("n1", set("n2", 12));
  expect(stateWords(state, { running, gone: [] })).toBe(
    "state pid: n1=11 n2=12, the same at all 2",
  );
  running.delete("n2");
  // Who stands still is read.
  expect(state.behind({ running, gone: [] })).toEqual([]);
  const gone = ["n2"];
  // The dead are read no more.
  expect(state.behind({ running, gone })).toEqual(["n1"]);
  const dead = { type: "delete", at: "", member: "n2", key: "pid", reason: "memberGone" } as const;
  state.hear("n1", dead);
  expect(stateWords(state, { running, gone: [] })).toBe("state pid: n1=11, the same at all 1");
  for (let i = 0; i < 9; i++) running.set(`x${i}`, i);
  expect(stateWords(state, { running, gone: [] })).toMatch(
    /^state pid: of 10 members, not yet at n1, x0/u,
  );
});
