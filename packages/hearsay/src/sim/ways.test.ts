import { expect, test } from "vitest";
import { ANYBODY, WayMap } from "./ways.ts";

test("the most particular word holds", () => {
  const map = new WayMap<string>();
  map.set([ANYBODY, ANYBODY], "all");
  map.set([ANYBODY, 2], "to 2");
  map.set([1, ANYBODY], "from 1");
  map.set([1, 3], "from 1 to 3");
  expect([map.get(0, 9), map.get(0, 2), map.get(1, 2), map.get(1, 3)]).toEqual([
    "all",
    "to 2",
    "from 1",
    "from 1 to 3",
  ]);
});

test("a word is taken back alone, or with all that lies within it", () => {
  const map = new WayMap<true>();
  const all = (): boolean[] =>
    [map.get(1, 2), map.get(2, 1), map.get(1, 3)].map((is) => is === true);
  for (const [from, to] of [
    [1, 2],
    [2, 1],
    [1, ANYBODY],
  ] as const) {
    map.set([from, to], true);
  }
  expect(all()).toEqual([true, true, true]);
  map.delete([1, ANYBODY]);
  expect(all()).toEqual([true, true, false]);
  map.deleteWithin([1, ANYBODY]);
  expect(all()).toEqual([false, true, false]);
  map.deleteWithin([ANYBODY, 1]);
  expect(map.size).toBe(0);
});
