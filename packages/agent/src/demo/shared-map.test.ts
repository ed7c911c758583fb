import { expect, it } from "vitest";
import { mapWords, SharedMap } from "./shared-map.ts";

const set = (key: string, value: number) => {
  return { type: "set", at: "", map: "demo", key, value, local: false } as const;
};

it("the demo's map knows who lacks what was acknowledged", () => {
  const map = new SharedMap();
  expect([map.isEmpty, map.next(), map.next()]).toEqual([true, 1, 2]);
  map.acknowledge("n1", 1);
  map.acknowledge("n2", 2);
  map.hear("n1", { type: "open", map: "demo", entries: [{ key: "n1", value: 1 }] });
  map.hear("n1", set("n2", 2));
  map.hear("n2", set("n1", 1));
  expect(mapWords(map, ["n1", "n2"])).toBe("map demo: n1=1 n2=2, not yet at n2");
  map.hear("n2", set("n2", 3));
  expect(mapWords(map, ["n1", "n2"])).toBe("map demo: n1=1 n2=2, the same at all 2");
  map.hear("n2", { type: "delete", at: "", map: "demo", key: "n1", local: true });
  expect(map.behind(["n1", "n2"])).toEqual(["n2"]);
  // Who starts anew has what it says that it has.
  map.hear("n1", { type: "open", map: "demo", entries: [] });
  expect(map.behind(["n1", "n2"])).toEqual(["n1", "n2"]);
});
