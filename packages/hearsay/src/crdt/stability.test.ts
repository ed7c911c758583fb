import { expect, test } from "vitest";
import { CausalStability } from "./stability.ts";

test("stable is what all have told to have seen, and nothing before all have told", () => {
  const stability = new CausalStability();
  stability.setReplicas(["bob", "cee"]);
  const own = [["ann", [1, 7]]] as const;
  stability.report("bob", [["ann", [1, 5]]]);
  expect(stability.stable(own)).toEqual([]);
  stability.report("cee", [["ann", [1, 3, 5, 5]]]);
  expect(stability.stable(own)).toEqual([["ann", [1, 3, 5, 5]]]);
});

test("a report of what we lack waits until we have it; meanwhile the one before counts", () => {
  const stability = new CausalStability();
  stability.setReplicas(["bob"]);
  stability.report("bob", [["ann", [1, 2]]]);
  expect(stability.stable([["ann", [1, 4]]])).toEqual([["ann", [1, 2]]]);
  const newer = [
    ["ann", [1, 4]],
    ["bob", [1, 1]],
  ] as const;
  stability.report("bob", newer);
  expect(stability.stable([["ann", [1, 4]]])).toEqual([["ann", [1, 2]]]);
  expect(stability.stable(newer)).toEqual(newer);
});

test("who is new must tell first; who has left is not waited for, and strangers do not count", () => {
  const stability = new CausalStability();
  const own = [["ann", [1, 4]]] as const;
  stability.setReplicas(["bob"]);
  stability.report("bob", own);
  stability.report("eve", []);
  stability.setReplicas(["bob", "cee"]);
  expect(stability.stable(own)).toEqual([]);
  stability.setReplicas(["bob"]);
  expect(stability.stable(own)).toEqual(own);
});
