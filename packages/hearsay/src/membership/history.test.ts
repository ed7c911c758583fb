import { expect, test } from "vitest";
import type { Address, Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import { History } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import type { Reason } from "./reasons.ts";
import { failedRound } from "./test/members.ts";

function entry(at: number, reason: Reason = { type: "tagsSet" }): HistoryEntry {
  const address = "10.0.0.1:7946" as Address;
  return {
    type: "update",
    at: at as Instant,
    state: "alive",
    incarnation: at as Incarnation,
    address,
    reason,
  };
}

const times = (history: History, name: string): number[] => history.of(name).map(({ at }) => at);

test("the latest changes of each member are remembered, oldest first", () => {
  const history = new History({ historyEntries: 2, maxHistoryBytes: 10_000 });
  for (const at of [1, 2, 3]) history.record("b", entry(at));
  history.record("c", entry(4));
  expect([times(history, "b"), times(history, "c"), times(history, "z")]).toEqual([
    [2, 3],
    [4],
    [],
  ]);
});

test("when the bytes are spent, who has changed longest ago is left out", () => {
  const history = new History({ historyEntries: 9, maxHistoryBytes: 1024 });
  history.record("b", entry(1));
  history.record("c", entry(2));
  history.record("b", entry(3));
  expect(history.record("d", entry(4))).toBe(0);
  expect(history.bytes).toBe(1024);
  expect(history.record("e", entry(5))).toBe(1);
  expect([history.size, times(history, "c"), times(history, "b")]).toEqual([3, [], [1, 3]]);
  expect(history.bytes).toBe(1024);
});

test("long lists of names count", () => {
  const history = new History({ historyEntries: 9, maxHistoryBytes: 10_000 });
  const relays = Array.from({ length: 10 }, () => "n".repeat(100));
  const { incarnation: _, ...facts } = failedRound({ seq: 1 as ProbeSeq });
  history.record("b", entry(1, { type: "probeFailed", ...facts, relays }));
  expect(history.bytes).toBe(256 + 2000);
});

test("without room, or switched off, nothing is remembered", () => {
  for (const config of [
    { historyEntries: 0, maxHistoryBytes: 1000 },
    { historyEntries: 9, maxHistoryBytes: 0 },
  ]) {
    const history = new History(config);
    history.record("b", entry(1));
    expect([history.size, history.bytes, times(history, "b")]).toEqual([0, 0, []]);
  }
});
