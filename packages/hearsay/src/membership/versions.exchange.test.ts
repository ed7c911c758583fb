/** Versions of protocols, agreed upon or not, in a join from end to end. */
import { describe, expect, test } from "vitest";
import { TYPE_BYTE, Writer } from "../codec/index.ts";
import { addressBytes } from "../kernel/index.ts";
import type { ExchangeId, Incarnation } from "../kernel/index.ts";
import { Hands } from "./test/hands.ts";
import type { ApplicationVersions } from "./versions.ts";
import { NODE_STATE, PUSH_NODE_STATE, PUSH_PULL_HEADER } from "./wire.ts";

/** The state of a node that is alone and speaks these versions. */
function stateOf(hands: Hands, name: string, versions: readonly number[]): Uint8Array {
  const header = { nodes: 1, userStateBytes: 0, join: false };
  const row = {
    name,
    addr: addressBytes(hands.node(name).address),
    port: 7946,
    meta: undefined,
    incarnation: 7 as Incarnation,
    state: NODE_STATE.alive,
    versions: Uint8Array.from(versions),
  };
  const start = 1 + PUSH_PULL_HEADER.sizeOf(header);
  const bytes = new Uint8Array(start + PUSH_NODE_STATE.sizeOf(row));
  bytes[0] = TYPE_BYTE.pushPull;
  PUSH_PULL_HEADER.write(new Writer(bytes, 1), header);
  PUSH_NODE_STATE.write(new Writer(bytes, start), row);
  return bytes;
}

/** `a` joins `b`, which speaks these versions; the outcome, and whom `a` knows then. */
function joined(
  versions: readonly number[],
  applicationVersions?: ApplicationVersions,
): { lines: string[]; view: string[]; hands: Hands } {
  const hands = new Hands("ab", {}, { applicationVersions });
  const exchange = 1 as ExchangeId;
  hands.command("a", { type: "join", id: 1, addresses: [hands.node("b").address] });
  hands.handle("a", { type: "opened", exchange });
  const lines = [
    ...hands.handle("a", { type: "chunk", exchange, bytes: stateOf(hands, "b", versions) }),
    ...hands.handle("a", { type: "ended", exchange }),
  ];
  return { lines, view: hands.view("a"), hands };
}

describe("a join", () => {
  test.each([
    ["which has our own protocols", [1, 5, 2, 2, 5, 5]],
    ["of Go's first years, which speaks 2 at most", [1, 2, 2, 2, 5, 5]],
  ])("of a node %s succeeds", (_, versions) => {
    const { lines, view } = joined(versions);
    expect(lines.filter((line) => line.includes("failed"))).toEqual([
      expect.stringContaining('"failed":[]'),
    ]);
    expect(view).toEqual(["a alive@100", "b alive@7"]);
  });

  test.each([
    ["that speaks nothing but the first protocol", [1, 1, 1, 2, 5, 5]],
    ["on plain memberlist, unless told of it,", [1, 5, 2, 0, 0, 0]],
    ["that understands nothing as old as ours", [3, 5, 4, 2, 5, 5]],
    ["whose application understands nothing as old as ours", [1, 5, 2, 6, 7, 6]],
  ])("of a node %s fails, says so, and changes nothing", (_, versions) => {
    const { lines, view } = joined(versions);
    expect(lines).toContain("drop incompatibleState");
    expect(lines.some((line) => line.includes('"reason":"incompatible"'))).toBe(true);
    expect(view).toEqual(["a alive@100"]);
  });
});

test("told of the application's versions, we join a program on plain memberlist, and no other", () => {
  const plain = { least: 0, most: 0, current: 0 };
  expect(joined([1, 5, 2, 0, 0, 0], plain).view).toEqual(["a alive@100", "b alive@7"]);
  expect(joined([1, 5, 2, 2, 5, 5], plain).view).toEqual(["a alive@100"]);
  expect(() => joined([], { least: 3, most: 2, current: 2 })).toThrow(
    expect.objectContaining({ code: "ERR_OPTION" }),
  );
});

test("a peer is asked for nothing that its protocol does not have", () => {
  const { hands } = joined([1, 2, 2, 2, 5, 5]);
  const lines = hands.until("a", hands.now + 5000);
  expect(lines.filter((line) => line.startsWith("ping b")).length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.startsWith("dial"))).toEqual([]);
  const { hands: newer } = joined([1, 5, 2, 2, 5, 5]);
  const dials = newer.until("a", newer.now + 5000).filter((line) => line.startsWith("dial"));
  expect(dials.length).toBeGreaterThan(0);
});
