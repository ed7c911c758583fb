import { expect, test } from "vitest";
import { addressBytes, parseAddress } from "../kernel/index.ts";
import type { Address, Incarnation } from "../kernel/index.ts";
import { mergeVeto } from "./hooks.ts";
import type { Candidate } from "./hooks.ts";
import { encodeTags } from "./tags.ts";
import { OWN_VERSIONS } from "./versions.ts";
import { NODE_STATE } from "./wire.ts";
import type { PushNodeState } from "./wire.ts";

const from = "10.0.0.9:51234" as Address;

function row(name: string, state: number = NODE_STATE.alive): PushNodeState {
  return {
    name,
    addr: addressBytes(parseAddress("10.0.0.2:7946")),
    port: 7946,
    meta: encodeTags(new Map([["zone", name]])),
    incarnation: 3 as Incarnation,
    state,
    versions: OWN_VERSIONS,
  };
}

const stateOf = (rows: PushNodeState[], join = true) => ({ type: "state", join, rows }) as const;

test("a merge is shown whole, with all whom the others hold for alive", () => {
  const asked: [readonly Candidate[], Address][] = [];
  const admitMerge = (candidates: readonly Candidate[], address: Address): boolean => {
    asked.push([candidates, address]);
    return true;
  };
  const rows = [row("b"), row("c", NODE_STATE.dead), row("d")];
  expect(mergeVeto(stateOf(rows), from, { admitMerge })).toBeUndefined();
  expect(asked).toMatchObject([
    [
      [
        { name: "b", address: "10.0.0.2:7946", incarnation: 3, tags: new Map([["zone", "b"]]) },
        { name: "d" },
      ],
      from,
    ],
  ]);
});

test("a veto refuses it", () => {
  const state = stateOf([row("b")]);
  expect(mergeVeto(state, from, { admitMerge: () => false })).toEqual({ reason: "vetoed" });
});

test("regular exchanges are none of its business, nor is anything without it", () => {
  const admitMerge = (): boolean => false;
  expect(mergeVeto(stateOf([row("b")], false), from, { admitMerge })).toBeUndefined();
  expect(mergeVeto(stateOf([row("b")]), from, {})).toBeUndefined();
});
