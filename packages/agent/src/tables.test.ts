import { expect, it } from "vitest";
import { age } from "./tables.ts";

it.each([
  [-5, "0s"],
  [119_999, "119s"],
  [120_000, "2m"],
  [7_200_000, "2h"],
  [172_800_000, "2d"],
])("%i ms are %s", (ms, text) => {
  expect(age(ms)).toBe(text);
});
