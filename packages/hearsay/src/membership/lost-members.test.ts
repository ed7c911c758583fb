import { expect, test } from "vitest";
import type { Instant } from "../kernel/index.ts";
import { LostMembers } from "./lost-members.ts";
import { OWN_VERSIONS } from "./versions.ts";
import { memberNamed } from "./test/members.ts";

const at = (ms: number): Instant => ms as Instant;

/** Members that were lost a second after each other. */
function lostOf(names: string, maxLost = 100): LostMembers {
  const lost = new LostMembers({ maxLost, reconnectTimeoutMs: 60_000 });
  for (const [i, name] of [...names].entries()) lost.add(memberNamed(name), at(i * 1000));
  return lost;
}

const namesOf = (taken: readonly { readonly name: string }[]): string =>
  taken.map(({ name }) => name).join("");

test("all have a turn before one has another", () => {
  const lost = lostOf("abcde");
  expect([1, 2, 3, 4].map(() => namesOf(lost.take(2, at(9000))))).toEqual(["ab", "cd", "ea", "bc"]);
  expect(lost.get("a")).toMatchObject({ tries: 2, triedAt: 9000, lostAt: 0 });
});

test("of too many the longest lost is given up", () => {
  const lost = lostOf("abc", 3);
  lost.take(1, at(5000));
  expect(lost.add(memberNamed("d"), at(6000))).toBe(true);
  expect(lost.add(memberNamed("d"), at(6000))).toBe(false);
  expect(lost.size).toBe(3);
  expect(lost.get("a")).toBeUndefined();
});

test("after a day they are given up, but the last few never", () => {
  const lost = lostOf("abcdefgh");
  expect(namesOf(lost.take(8, at(100_000)))).toBe("defgh");
  expect(namesOf(lost.take(8, at(900_000_000)))).toBe("defgh");
});

test("who is lost again is asked for last, at its latest address and incarnation", () => {
  const lost = lostOf("abc");
  lost.add(memberNamed("a", 9), at(8000));
  expect(namesOf(lost.take(3, at(9000)))).toBe("bca");
  expect(lost.rows(OWN_VERSIONS).find(({ said }) => said.node === "a")).toMatchObject({
    incarnation: 9,
    state: "dead",
  });
});

test("nobody is lost who is back", () => {
  const lost = lostOf("ab");
  expect([lost.remove("a"), lost.remove("a"), lost.remove("z")]).toEqual([true, false, false]);
  expect(namesOf(lost.take(9, at(9000)))).toBe("b");
  expect(new LostMembers({ maxLost: 0, reconnectTimeoutMs: 0 }).take(3, at(0))).toEqual([]);
});
