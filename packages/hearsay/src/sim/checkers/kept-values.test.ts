import { describe, expect, test } from "vitest";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import { encodeUtf8 } from "../../codec/index.ts";
import type { Delta, Sibling } from "../../crdt/index.ts";
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { MapStore, OBSERVED_REMOVE } from "../../runtime/index.ts";
import type { MapStoreOptions, ObservedRemoveMap } from "../../runtime/index.ts";
import { KeptValues } from "./kept-values.ts";

const OPTIONS = { limits: {}, maxDriftMs: 60_000, forgetAfterMs: 1000 };

type Store = MapStore<ObservedRemoveMap>;
type StoreClass = new (
  name: string,
  kind: typeof OBSERVED_REMOVE,
  options: MapStoreOptions,
) => Store;

/** Two nodes with a map each, under the eyes of the checker; `Broken` stands in the place of b's. */
function scene(Broken: StoreClass = MapStore) {
  const stores = new Map<string, Store>([
    ["a", new MapStore("map", OBSERVED_REMOVE, { replica: "a", ...OPTIONS })],
    ["b", new Broken("map", OBSERVED_REMOVE, { replica: "b", ...OPTIONS })],
  ]);
  const checker = new KeptValues((node) => stores.get(node));
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
  const write = (node: string, key: string, text?: string): Uint8Array => {
    const store = stores.get(node) as Store;
    const asked =
      text === undefined
        ? { type: "delete" as const, key, awaited: undefined }
        : { type: "set" as const, key, value: encodeUtf8(text), awaited: undefined };
    return store.mutate(asked, turn(node)) as Uint8Array;
  };
  const tell = (node: string, delta: Uint8Array) => stores.get(node)?.merge(delta, turn(node));
  const differences = () => checker.differences(["a", "b"]);
  return { checker, complaints, differences, tell, write };
}

/** Does with what it is told something else. */
abstract class Careless extends MapStore<ObservedRemoveMap> {
  override merge(delta: Uint8Array, turn: StoreTurn): boolean {
    const whole = this.codec.readDelta(delta) as Delta<Sibling<Uint8Array>>;
    return this.take({ ...whole, rows: this.mangled(whole).rows }, turn);
  }

  protected abstract mangled(delta: Delta<Sibling<Uint8Array>>): Delta<Sibling<Uint8Array>>;
}

/** Takes a write for one that has seen everything: as if the last writer won. */
class Greedy extends Careless {
  protected override mangled(delta: Delta<Sibling<Uint8Array>>): Delta<Sibling<Uint8Array>> {
    const after = [
      { replica: "a", number: 99 },
      { replica: "b", number: 99 },
    ];
    const rows = delta.rows.map((row) => ({
      ...row,
      order: row.order + 9,
      value: { after, value: row.value?.value },
    }));
    return { ...delta, rows };
  }
}

/** Forgets what a write has seen. */
class Forgetful extends Careless {
  protected override mangled(delta: Delta<Sibling<Uint8Array>>): Delta<Sibling<Uint8Array>> {
    const rows = delta.rows.map((row) => ({
      ...row,
      value: { after: [], value: row.value?.value },
    }));
    return { ...delta, rows };
  }
}

/** Says that it has what it drops. */
class Lossy extends Careless {
  protected override mangled(delta: Delta<Sibling<Uint8Array>>): Delta<Sibling<Uint8Array>> {
    return { ...delta, rows: delta.rows.filter(({ key }) => key !== "y") };
  }
}

describe("the checker of maps that keep what is set at once", () => {
  test("says nothing of maps that come to the same, with all values that nobody had seen", () => {
    const { complaints, differences, tell, write, checker } = scene();
    tell("b", write("a", "x", "1"));
    const [again, gone] = [write("a", "x", "2"), write("b", "x")];
    tell("b", again);
    tell("a", gone);
    const [one, two] = [write("a", "y", "1"), write("b", "y", "2")];
    tell("b", one);
    tell("a", two);
    expect([complaints, differences(), checker.contents(["a"])]).toEqual([
      [],
      [],
      "maps of 2 keys",
    ]);
    expect(checker.looks).toBe(10);
  });

  test("sees a map whose last writer wins", () => {
    const { complaints, differences, tell, write } = scene(Greedy);
    const [one, two] = [write("a", "x", "1"), write("b", "x", "2")];
    tell("b", one);
    tell("a", two);
    expect(complaints).toEqual(["b has lost b:1 of key x, which nobody had seen who wrote later"]);
    expect(differences()).toEqual(["b has lost b:1 of key x"]);
  });

  test("sees a map in which what was deleted is still there", () => {
    const { differences, tell, write } = scene(Forgetful);
    tell("b", write("a", "x", "1"));
    tell("b", write("a", "x"));
    expect(differences()).toEqual(["b still has a:1 of key x"]);
  });

  test("sees a map that has lost what it was told", () => {
    const { differences, tell, write } = scene(Lossy);
    tell("b", write("a", "x", "1"));
    tell("b", write("a", "y", "1"));
    expect(differences()).toEqual(["b has lost a:2 of key y"]);
  });
});
