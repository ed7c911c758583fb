/**
 * What shared maps promise: a node that has a write never goes back behind it; and in the end, when faults are over, all that
 * live have the same. So no write is lost that one of them has, and nothing that was deleted comes back.
 *
 *     node's row of a key   stamp 3 ──▶ stamp 7 ──▶ stamp 9        greater and greater, run by run
 *                           gone again? only after a deletion that is at least as late
 *
 * @module
 */
import { stampCount, stampMs } from "../../crdt/index.ts";
import type { NodeEvent } from "../../kernel/index.ts";
import type { LastWriterMap, MapEvent, MapStore } from "../../runtime/index.ts";

type Changed = Extract<MapEvent, { readonly type: "mapChanged" }>;

/** What one run of a node has had: of each key the latest stamp, and whether that was a deletion. */
type Had = Map<string, { readonly stamp: number; readonly isDeleted: boolean }>;

export class Convergence {
  readonly name = "convergence";
  /** Changes that were looked at. */
  looks = 0;
  readonly #storeOf: (node: string) => MapStore<LastWriterMap> | undefined;
  readonly #had = new Map<string, Had>();

  constructor(storeOf: (node: string) => MapStore<LastWriterMap> | undefined) {
    this.#storeOf = storeOf;
  }

  /** A node starts: what it has had before binds it no more. */
  started(node: string): void {
    this.#had.set(node, new Map());
  }

  /** What is wrong with what a node tells. */
  event(node: string, event: NodeEvent): string | undefined {
    if (event.type !== "mapChanged") return undefined;
    const store = this.#storeOf(node);
    const had = this.#had.get(node);
    if (store === undefined || had === undefined) return undefined;
    for (const { key, values } of (event as Changed).changes) {
      this.looks++;
      const stamp = store.map.stampOf(key) ?? 0;
      const before = had.get(key);
      if (before !== undefined && stamp < before.stamp) {
        return `has gone back from ${words(before.stamp)} to ${words(stamp)} at key ${key}`;
      }
      had.set(key, { stamp, isDeleted: values.length === 0 });
    }
    return undefined;
  }

  /** What those that live do not have alike, and what one of them has had and none has any more. */
  differences(live: readonly string[]): string[] {
    const [first, ...others] = live.filter((node) => this.#storeOf(node) !== undefined);
    if (first === undefined) return [];
    const expected = contentsOf(this.#storeOf(first));
    const differing = others.flatMap((node) => {
      return differenceOf(first, expected, node, contentsOf(this.#storeOf(node)));
    });
    return [...differing, ...live.flatMap((node) => this.#lost(node))];
  }

  contents([first]: readonly string[]): string {
    const keys = first === undefined ? 0 : contentsOf(this.#storeOf(first)).size;
    return `maps of ${keys} keys`;
  }

  #lost(node: string): string[] {
    const store = this.#storeOf(node);
    return [...(this.#had.get(node) ?? [])].flatMap(([key, { stamp, isDeleted }]) => {
      const now = store?.map.stampOf(key);
      // What is deleted is forgotten when all have seen that.
      if ((now === undefined && isDeleted) || (now ?? 0) >= stamp) return [];
      return [`${node} has lost key ${key}, which it had at ${words(stamp)}`];
    });
  }
}

function contentsOf(store: MapStore<LastWriterMap> | undefined): ReadonlyMap<string, number> {
  const rows = [...(store?.map.entries() ?? [])];
  return new Map(rows.map(([key]) => [key, store?.map.stampOf(key) ?? 0]));
}

function differenceOf(
  a: string,
  ofA: ReadonlyMap<string, number>,
  b: string,
  ofB: ReadonlyMap<string, number>,
): string[] {
  for (const key of new Set([...ofA.keys(), ...ofB.keys()])) {
    const [here, there] = [ofA.get(key), ofB.get(key)];
    if (here === there) continue;
    return [`${a} has key ${key} ${words(here)}, and ${b} ${words(there)}`];
  }
  return [];
}

function words(stamp: number | undefined): string {
  return stamp === undefined ? "not at all" : `at ${stampMs(stamp)}.${stampCount(stamp)}`;
}
