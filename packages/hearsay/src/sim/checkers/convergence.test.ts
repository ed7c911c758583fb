import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../../codec/index.ts";
import { LAST_WRITER, MapStore } from "../../runtime/index.ts";
import type { LastWriterMap, MapEvent, MapStoreOptions } from "../../runtime/index.ts";
import type { StoreTurn } from "../../anti-entropy/index.ts";
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { Convergence } from "./convergence.ts";

const OPTIONS = { limits: {}, maxDriftMs: 60_000, forgetAfterMs: 1000 };

type Store = MapStore<LastWriterMap>;
type StoreClass = new (name: string, kind: typeof LAST_WRITER, options: MapStoreOptions) => Store;

/** Two nodes with a map each, under the eyes of the checker; `broken` stands in the place of b's. */
function scene(Broken: StoreClass = MapStore) {
  const stores = new Map<string, Store>([
    ["a", new MapStore("map", LAST_WRITER, { replica: "a", ...OPTIONS })],
    ["b", new Broken("map", LAST_WRITER, { replica: "b", ...OPTIONS })],
  ]);
  const checker = new Convergence((node) => stores.get(node));
  for (const node of stores.keys()) checker.started(node);
  const complaints: string[] = [];
  const turn = (node: string): StoreTurn => ({
    now: 0 as Instant,
    wallMs: 1000,
    rng: new Sfc32(1),
    packetBytes: 1200,
    maxBytes: 65_536,
    notify: (event) => {
      const complaint = checker.event(node, event as unknown as MapEvent);
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

/** Takes whatever comes for the latest. */
class Careless extends MapStore<LastWriterMap> {
  override merge(delta: Uint8Array, turn: StoreTurn): boolean {
    const fresh = new MapStore("map", LAST_WRITER, { replica: "c", ...OPTIONS });
    Reflect.set(this, "map", fresh.map);
    return super.merge(delta, turn);
  }
}

/** Tells nobody that it drops half of what it gets. */
class Lossy extends MapStore<LastWriterMap> {
  override merge(delta: Uint8Array, turn: StoreTurn): boolean {
    const whole = this.codec.readDelta(delta);
    const rows = whole.rows.filter(({ key }) => key !== "y");
    return this.take({ ...whole, rows }, turn);
  }
}

describe("the checker of convergence", () => {
  test("says nothing of maps that come to the same", () => {
    const { complaints, differences, tell, write, checker } = scene();
    tell("b", write("a", "x", "1"));
    tell("a", write("b", "x", "2"));
    tell("b", write("a", "y"));
    expect([complaints, differences()]).toEqual([[], []]);
    expect(checker.looks).toBe(6);
  });

  test("sees a map that has lost what it was told", () => {
    const { differences, tell, write } = scene(Lossy);
    tell("b", write("a", "x", "1"));
    tell("b", write("a", "y", "1"));
    expect(differences()).toEqual(["a has key y at 1000.1, and b not at all"]);
  });

  test("sees a map that goes back behind what it has had", () => {
    const { complaints, tell, write } = scene(Careless);
    const older = write("a", "x", "1");
    tell("b", write("a", "x", "2"));
    tell("b", older);
    expect(complaints).toEqual(["b has gone back from at 1000.1 to at 1000.0 at key x"]);
  });
});
