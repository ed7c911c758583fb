import { expect, test } from "vitest";
import type { Incarnation } from "../kernel/index.ts";
import { checkState } from "./state-check.ts";
import { memberNamed } from "./test/members.ts";
import { OWN_VERSIONS } from "./versions.ts";
import type { PushNodeState } from "./wire.ts";

const row = (name: string, more: Partial<PushNodeState> = {}): PushNodeState => ({
  name,
  addr: Uint8Array.of(10, 0, 0, 1),
  port: 7946,
  meta: undefined,
  incarnation: 1 as Incarnation,
  state: 0,
  versions: OWN_VERSIONS,
  ...more,
});

const KNOWN = { areAlike: true, all: () => [memberNamed("a")] };
const check = (...rows: PushNodeState[]) => checkState(rows, KNOWN, { maxNameBytes: 4 });

test("members in every known state pass", () => {
  expect(
    check(row("b"), row("c", { state: 1 }), row("d", { state: 2 }), row("e", { state: 3 })),
  ).toBe(undefined);
});

test.each([
  ["an empty name", [row("")]],
  ["a name too long", [row("ééé")]],
  ["two rows of one name", [row("b"), row("c"), row("b")]],
  ["a state of times to come", [row("b", { state: 4 })]],
])("%s refuses the whole state", (_, rows) => {
  expect(check(row("x"), ...rows)).toMatchObject({ reason: "malformed" });
});

test("versions that do not go together refuse the whole state", () => {
  const versions = Uint8Array.of(3, 5, 3, 2, 5, 5);
  expect(check(row("b"), row("c", { versions }))).toMatchObject({ reason: "incompatible" });
  expect(check(row("b"), row("c", { versions: new Uint8Array(0) }))).toEqual({
    reason: "incompatible",
    detail: "c speaks a version that not all understand",
  });
});
