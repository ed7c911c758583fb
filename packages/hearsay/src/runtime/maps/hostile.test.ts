import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import { encodeUtf8 } from "../../codec/index.ts";
import { DecodeError, Sfc32 } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { MapComparison } from "./map-comparison.ts";
import { KINDS } from "./kinds/kinds.ts";
import type { MapKind } from "./kinds/map-kind.ts";
import type { MapMutation } from "./map-events.ts";
import { MapStore } from "./map-store.ts";

const OPTIONS = { limits: {}, maxDriftMs: 60_000, forgetAfterMs: 1000 };

const TURN: StoreTurn = {
  now: 0 as Instant,
  wallMs: 1_700_000_000_000,
  rng: new Sfc32(1),
  packetBytes: 1200,
  maxBytes: 65_536,
  notify: () => {},
  drop: () => {},
  spread: () => {},
};

function scene(kind: MapKind, replica: string) {
  const store = new MapStore("map", kind, { replica, ...OPTIONS });
  store.mutate(writeOf(kind, replica), TURN);
  return { store, comparison: new MapComparison(replica, store) };
}

function writeOf({ label }: MapKind, key: string): MapMutation {
  if (label === "counter") return { type: "add", amount: 1, awaited: undefined };
  return { type: "set", key, value: VALUE, awaited: undefined };
}

const VALUE = encodeUtf8("1");

/** What is no message ends in a `DecodeError`, or changes nothing that cannot be written over. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

describe.each(KINDS.map((kind) => [kind.label, kind] as const))("%s", (label, kind) => {
  test("bytes that are no words, or words that have changed on their way, harm nothing", () => {
    const { comparison: theirs } = scene(kind, "bob");
    const words = theirs.begin(TURN);
    const told = scene(kind, "bob").comparison.answer(scene(kind, "cee").comparison.begin(TURN), {
      ...TURN,
    });
    const flips = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 0, max: 255 })));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), flips, (garbage, changes) => {
        const { store, comparison } = scene(kind, "ann");
        for (const bytes of [garbage, changed(words, changes), changed(told ?? words, changes)]) {
          attempt(() => void comparison.answer(bytes, TURN));
          attempt(() => void store.merge(bytes, TURN));
        }
        store.mutate(writeOf(kind, "x"), TURN);
        if (label === "counter") expect(store.values("")).toHaveLength(1);
        else expect(store.values("x")).toContainEqual(VALUE);
      }),
      { numRuns: 150 },
    );
  });

  test("what another kind tells is not taken for its own", () => {
    for (const other of KINDS) {
      if (other.value === kind.value) continue;
      const { store } = scene(kind, "ann");
      const delta = scene(other, "bob").store;
      const told = delta.mutate(writeOf(other, "x"), TURN) as Uint8Array;
      const before = store.save();
      attempt(() => void store.merge(told, TURN));
      expect(store.save()).toEqual(before);
    }
  });

  test("a state that was written out goes on as the one that it was", () => {
    const [ann, bob] = [scene(kind, "ann"), scene(kind, "bob")];
    ann.store.mutate(writeOf(kind, "x"), TURN);
    const words = bob.comparison.begin(TURN);
    const again = new MapStore("map", kind, { replica: "ann", ...OPTIONS });
    again.restore(ann.store.save());
    expect(again.save()).toEqual(ann.store.save());
    const answer = new MapComparison("ann", again).answer(words, TURN);
    expect(answer).toEqual(ann.comparison.answer(words, TURN));
    expect(again.mutate(writeOf(kind, "y"), TURN)).toEqual(
      ann.store.mutate(writeOf(kind, "y"), TURN),
    );
    expect(again.save()).toEqual(ann.store.save());
  });
});

function changed(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, byte] of changes) copy[at % copy.length] = byte;
  return copy;
}
