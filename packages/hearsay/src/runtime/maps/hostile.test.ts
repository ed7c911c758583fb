import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import { encodeUtf8 } from "../../codec/index.ts";
import { DecodeError, Sfc32 } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { MapComparison } from "./map-comparison.ts";
import { LAST_WRITER } from "./kinds/last-writer.ts";
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

function scene(replica: string) {
  const store = new MapStore("map", LAST_WRITER, { replica, ...OPTIONS });
  const value = encodeUtf8("1");
  store.mutate({ type: "set", key: replica, value, awaited: undefined }, TURN);
  return { store, comparison: new MapComparison(replica, store) };
}

/** What is no message ends in a `DecodeError`, or changes nothing that cannot be written over. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

test("bytes that are no words, or words that have changed on their way, harm no map", () => {
  const { comparison: theirs } = scene("bob");
  const words = theirs.begin(TURN);
  const flips = fc.array(fc.tuple(fc.nat(words.length - 1), fc.integer({ min: 0, max: 255 })));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), flips, (garbage, changes) => {
      const { store, comparison } = scene("ann");
      const changed = words.slice();
      for (const [at, byte] of changes) changed[at] = byte;
      for (const bytes of [garbage, changed]) {
        attempt(() => void comparison.answer(bytes, TURN));
        attempt(() => void store.merge(bytes, TURN));
      }
      const value = encodeUtf8("mine");
      store.mutate({ type: "set", key: "x", value, awaited: undefined }, TURN);
      expect(store.map.get("x")).toBe(value);
    }),
    { numRuns: 300 },
  );
});
