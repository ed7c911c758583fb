import { expect, it } from "vitest";
import { keyActions } from "./keys.ts";

it("several keys may come in one chunk", () => {
  expect(keyActions("12k\u001B[Bq")).toEqual([
    { type: "digit", digit: 1 },
    { type: "digit", digit: 2 },
    { type: "kill" },
    { type: "move", by: 1 },
    { type: "quit" },
  ]);
});

it("Ctrl-C is a key in raw mode", () => {
  expect(keyActions("\u0003")).toEqual([{ type: "quit" }]);
});

it("capitals count, unknown keys and sequences do nothing", () => {
  expect(keyActions("K")).toEqual([{ type: "kill" }]);
  expect(keyActions("x\u001B[5~ü")).toEqual([]);
});
