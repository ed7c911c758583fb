/**
 * What shared counters promise: a node never goes back behind what it has heard of another's count; and in the end all that live have
 * of everybody the latest count that one of them has had. So nothing is counted twice, and nothing is lost that one of them has.
 *
 *     a counts 3, then 4      a, second: 7          nobody has anything else for "a, second", and nobody goes back to the first
 *
 * @module
 */
import type { PNCounter } from "../../crdt/index.ts";
import type { NodeEvent } from "../../kernel/index.ts";
import type { MapEvent, MapStore } from "../../runtime/index.ts";

type Changed = Extract<MapEvent, { readonly type: "mapChanged" }>;
type StoreOf = (node: string) => MapStore<PNCounter> | undefined;

/** Of each who counts, the number of its latest sum. */
type Had = Map<string, number>;

export class Counts {
  readonly name = "counts";
  /** Changes that were looked at. */
  looks = 0;
  readonly #storeOf: StoreOf;
  readonly #had = new Map<string, Had>();
  /** What each has counted, as it told itself: its sum, by its name and number. */
  readonly #counted = new Map<string, number>();

  constructor(storeOf: StoreOf) {
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
    this.looks++;
    const isLocal = (event as Changed).isLocal;
    for (const { replica, number, value = 0 } of store.map.save().rows) {
      const name = `${replica}:${number}`;
      if (isLocal && replica === store.map.replica) this.#counted.set(name, value);
      const before = had.get(replica) ?? 0;
      if (number < before) return `has gone back from count ${before} of ${replica} to ${number}`;
      const counted = this.#counted.get(name);
      if (counted !== value) return `has ${value} for ${name}, which has counted ${counted}`;
      had.set(replica, number);
    }
    return undefined;
  }

  /** What those that live have of somebody that is not the latest that one of them has had. */
  differences(live: readonly string[]): string[] {
    const latest = new Map<string, number>();
    for (const node of live) {
      for (const [replica, number] of this.#had.get(node) ?? []) {
        latest.set(replica, Math.max(number, latest.get(replica) ?? 0));
      }
    }
    return live.flatMap((node) => {
      const counter = this.#storeOf(node)?.map;
      if (counter === undefined) return [];
      const wrong = [...latest].find(([replica, number]) => {
        return counter.of(replica) !== this.#counted.get(`${replica}:${number}`);
      });
      if (wrong === undefined) return [];
      const [replica, number] = wrong;
      const right = this.#counted.get(`${replica}:${number}`);
      return [`${node} has ${counter.of(replica)} of ${replica}, which has counted ${right}`];
    });
  }

  contents([first]: readonly string[]): string {
    const counter = first === undefined ? undefined : this.#storeOf(first)?.map;
    return `counters at ${counter?.value() ?? 0}`;
  }
}
