import { describe, expect, test } from "vitest";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import type { Delta, PNCounter } from "../../crdt/index.ts";
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { kindOf, MapStore } from "../../runtime/index.ts";
import { Counts } from "./counts.ts";

const OPTIONS = { limits: {}, maxDriftMs: 60_000, forgetAfterMs: 1000 };

/** Two nodes with a counter each, under the eyes of the checker; `mangle` is what b makes of what it is told. */
function scene(mangle: (delta: Delta<number>) => Delta<number> = (delta) => delta) {
  const make = (replica: string) => new MapStore("map", kindOf("counter"), { replica, ...OPTIONS });
  const stores = new Map([
    ["a", make("a")],
    ["b", make("b")],
  ]);
  const checker = new Counts((node) => stores.get(node) as MapStore<PNCounter> | undefined);
  for (const node of stores.keys()) checker.started(node);
  const complaints: string[] = [];
  const turn = (node: string): StoreTurn => ({
    now: 0 as Instant,
    wallMs: 1000,
    rng: new Sfc32(1),
    packetBytes: 1200,
    maxBytes: 65_536,
    notify: (event) => {
      const complaint = checker.event(node, event);
      if (complaint !== undefined) complaints.push(`${node} ${complaint}`);
    },
    drop: () => {},
    spread: () => {},
  });
  const count = (node: string, amount: number): Uint8Array => {
    const asked = { type: "add", amount, awaited: undefined } as const;
    return stores.get(node)?.mutate(asked, turn(node)) as Uint8Array;
  };
  const tell = (node: string, told: Uint8Array): void => {
    const store = stores.get(node) as MapStore;
    const delta = store.codec.readDelta(told) as Delta<number>;
    store.take(node === "b" ? mangle(delta) : delta, turn(node));
  };
  const differences = () => checker.differences(["a", "b"]);
  return { checker, complaints, differences, count, tell };
}

describe("the checker of counters", () => {
  test("says nothing of counters that come to the same, whatever is told twice", () => {
    const { checker, complaints, differences, count, tell } = scene();
    const [one, two, other] = [count("a", 3), count("a", 4), count("b", -1)];
    for (const told of [two, one, two]) tell("b", told);
    tell("a", other);
    expect([complaints, differences(), checker.contents(["b"])]).toEqual([[], [], "counters at 6"]);
    expect(checker.looks).toBe(5);
  });

  test("sees a counter that has not heard what another has", () => {
    const { differences, count, tell } = scene();
    tell("b", count("a", 3));
    count("a", 4);
    expect(differences()).toEqual(["b has 3 of a, which has counted 7"]);
  });

  test("sees a counter that counts what is told twice", () => {
    const { complaints, count, tell } = scene((delta) => ({
      ...delta,
      rows: delta.rows.map((row) => Object.assign({ ...row }, { value: 2 * (row.value ?? 0) })),
    }));
    tell("b", count("a", 3));
    expect(complaints).toEqual(["b has 6 for a:1, which has counted 3"]);
  });
});
