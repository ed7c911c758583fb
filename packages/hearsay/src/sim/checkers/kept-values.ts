/**
 * What shared maps promise in which nothing is lost that was set without knowing of something else: in the end all that live
 * have every value that one of them has had, but those that somebody had seen who wrote later. A deletion takes no more than
 * that, and what it took never comes back.
 *
 *     a  sets x        a1
 *     b  deletes x     b1, has seen a1          what is right:  x = a2, for nobody had seen it
 *     a  sets x        a2, has seen a1
 *
 * Who had seen what is learnt from the nodes themselves, when they write: what a map says of that is not asked.
 * @module
 */
import type { Dot } from "../../crdt/index.ts";
import type { NodeEvent } from "../../kernel/index.ts";
import type { MapEvent, MapStore, ObservedRemoveMap } from "../../runtime/index.ts";

type Changed = Extract<MapEvent, { readonly type: "mapChanged" }>;
type StoreOf = (node: string) => MapStore<ObservedRemoveMap> | undefined;

interface Write {
  readonly key: string;
  readonly isDeletion: boolean;
  /** What its writer had of that key. */
  readonly over: readonly string[];
}

/** One run of a node: the writes of each key that it has, and all that it has ever had. */
interface Run {
  readonly has: Map<string, ReadonlySet<string>>;
  readonly had: Set<string>;
}

export class KeptValues {
  readonly name = "keptValues";
  /** Changes that were looked at. */
  looks = 0;
  readonly #storeOf: StoreOf;
  readonly #runs = new Map<string, Run>();
  readonly #writes = new Map<string, Write>();
  /** Writes that somebody had seen who wrote later. */
  readonly #seenOver = new Set<string>();

  constructor(storeOf: StoreOf) {
    this.#storeOf = storeOf;
  }

  /** A node starts: what it has had before binds it no more. */
  started(node: string): void {
    this.#runs.set(node, { has: new Map(), had: new Set() });
  }

  /** What is wrong with what a node tells. */
  event(node: string, event: NodeEvent): string | undefined {
    if (event.type !== "mapChanged") return undefined;
    const { changes, isLocal } = event as Changed;
    const store = this.#storeOf(node);
    const run = this.#runs.get(node);
    if (store === undefined || run === undefined) return undefined;
    for (const { key } of changes) {
      this.looks++;
      const before = run.has.get(key) ?? new Set<string>();
      const now = new Set(store.map.siblings(key).map(nameOf));
      if (isLocal) this.#learn(store, key, before);
      const wrong = this.#wrong(key, before, now, run);
      if (wrong !== undefined) return wrong;
      run.has.set(key, now);
      for (const write of now) run.had.add(write);
    }
    return undefined;
  }

  /** What those that live lack of what they should have, or have too much. */
  differences(live: readonly string[]): string[] {
    const there = live.filter((node) => this.#storeOf(node) !== undefined);
    const expected = this.#expected(there);
    return there.flatMap((node) => {
      const has = valuesOf(this.#storeOf(node));
      const lacks = [...expected].find(([write]) => !has.has(write));
      if (lacks !== undefined) return [`${node} has lost ${lacks[0]} of key ${lacks[1]}`];
      const more = [...has].find(([write]) => !expected.has(write));
      return more === undefined ? [] : [`${node} still has ${more[0]} of key ${more[1]}`];
    });
  }

  contents([first]: readonly string[]): string {
    return `maps of ${(first === undefined ? undefined : this.#storeOf(first))?.size ?? 0} keys`;
  }

  /** A write of a node's own stands alone: its writer had seen all that was there. */
  #learn(store: MapStore<ObservedRemoveMap>, key: string, before: ReadonlySet<string>): void {
    const [row] = store.map.siblings(key);
    if (row === undefined) return;
    const isDeletion = row.value?.value === undefined;
    this.#writes.set(nameOf(row), { key, isDeletion, over: [...before] });
    for (const write of before) this.#seenOver.add(write);
  }

  #wrong(
    key: string,
    before: ReadonlySet<string>,
    now: ReadonlySet<string>,
    { had }: Run,
  ): string | undefined {
    for (const write of before) {
      if (now.has(write) || this.#seenOver.has(write)) continue;
      // What was deleted is forgotten when all have seen that.
      if (this.#writes.get(write)?.isDeletion === true) continue;
      return `has lost ${write} of key ${key}, which nobody had seen who wrote later`;
    }
    for (const write of now) {
      if (!before.has(write) && had.has(write)) return `has ${write} of key ${key} again`;
    }
    return undefined;
  }

  /** Of all that those who live have had, what nobody of them has seen written over. */
  #expected(live: readonly string[]): ReadonlyMap<string, string> {
    const had = new Set(live.flatMap((node) => [...(this.#runs.get(node)?.had ?? [])]));
    const over = new Set<string>();
    const open = [...had];
    for (let write = open.pop(); write !== undefined; write = open.pop()) {
      for (const older of this.#writes.get(write)?.over ?? []) {
        if (over.has(older)) continue;
        over.add(older);
        open.push(older);
      }
    }
    const expected = new Map<string, string>();
    for (const write of had) {
      const known = this.#writes.get(write);
      if (known !== undefined && !known.isDeletion && !over.has(write)) {
        expected.set(write, known.key);
      }
    }
    return expected;
  }
}

function nameOf({ replica, number }: Dot): string {
  return `${replica}:${number}`;
}

/** The writes of all keys that have a value, with their keys. */
function valuesOf(store: MapStore<ObservedRemoveMap> | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const key of store?.keys() ?? []) {
    for (const row of store?.map.siblings(key) ?? []) {
      if (row.value?.value !== undefined) values.set(nameOf(row), key);
    }
  }
  return values;
}
