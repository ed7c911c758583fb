import { describe, expect, test } from "vitest";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import { encodeUtf8 } from "../../codec/index.ts";
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant, NodeEvent } from "../../kernel/index.ts";
import { MapComparison } from "./map-comparison.ts";
import { LAST_WRITER } from "./kinds/last-writer.ts";
import type { MapKind } from "./kinds/map-kind.ts";
import { OBSERVED_REMOVE } from "./kinds/observed-remove.ts";
import { MapStore } from "./map-store.ts";
import type { MapMutation } from "./map-events.ts";

const FORGET_MS = 20_000;
const OPTIONS = { limits: {}, maxDriftMs: 60_000, forgetAfterMs: FORGET_MS };

/** Two nodes with the same map, and a clock that the test moves. */
function scene(kind: MapKind) {
  let now = 0;
  const events: NodeEvent[] = [];
  const turn = (): StoreTurn => ({
    now: now as Instant,
    wallMs: 1_700_000_000_000 + now,
    rng: new Sfc32(1),
    packetBytes: 1200,
    maxBytes: 65_536,
    notify: (event) => void events.push(event),
    drop: () => {},
    spread: () => {},
  });
  const node = (replica: string) => {
    const store = new MapStore("map", kind, { replica, ...OPTIONS });
    return { store, comparison: new MapComparison(replica, store) };
  };
  const [ann, bob] = [node("ann"), node("bob")];
  const compare = (from = ann, to = bob): void => {
    let words: Uint8Array | undefined = from.comparison.begin(turn());
    for (let i = 0; words !== undefined; i++) {
      words = (i % 2 === 0 ? to : from).comparison.answer(words, turn());
    }
  };
  const compareBoth = (): void => {
    compare(ann, bob);
    compare(bob, ann);
  };
  const act = (mutation: MapMutation): void => void ann.store.mutate(mutation, turn());
  const pass = (ms: number): void => {
    now += ms;
    for (const { store } of [ann, bob]) store.tend(turn());
  };
  return { ann: ann.store, bob: bob.store, events, compare, compareBoth, act, pass };
}

const VALUE = encodeUtf8("1");

describe.each([
  ["a map whose last writer wins", LAST_WRITER as MapKind],
  ["a map that keeps what is set at once", OBSERVED_REMOVE as MapKind],
])("%s, in the hands of anti-entropy,", (_, kind) => {
  test("forgets a deletion when all have seen it and its time has passed, not before", () => {
    const { ann, bob, compareBoth, act, pass } = scene(kind);
    act({ type: "set", key: "x", value: VALUE, awaited: undefined });
    compareBoth();
    act({ type: "delete", key: "x", awaited: undefined });
    // Bob, who holds the map, has not told that he knows.
    pass(FORGET_MS);
    expect([ann.map.tombstones, bob.size]).toEqual([1, 1]);
    compareBoth();
    pass(FORGET_MS);
    expect([ann.map.tombstones, bob.map.tombstones]).toEqual([0, 0]);
  });

  test("tells when so many others have said that they have a write", () => {
    const { events, compare, act } = scene(kind);
    const awaited = { ticket: 7, copies: 1 };
    act({ type: "set", key: "x", value: VALUE, awaited });
    expect(events.some(({ type }) => type === "mapKept")).toBe(false);
    compare();
    expect(events).toContainEqual({ type: "mapKept", map: "map", ticket: 7 });
  });

  test("takes up what was kept when it has been compared, or when patience is over", () => {
    const saved = scene(kind).ann.map.save();
    const one = scene(kind);
    one.act({ type: "load", saved, patienceMs: 3000 });
    one.pass(2999);
    expect(one.events).toEqual([]);
    one.pass(1);
    expect(one.events).toEqual([{ type: "mapLoaded", map: "map" }]);
    const other = scene(kind);
    other.act({ type: "load", saved, patienceMs: 3000 });
    other.compare();
    expect(other.events.map(({ type }) => type)).toContain("mapLoaded");
  });
});
