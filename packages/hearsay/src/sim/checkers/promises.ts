/**
 * What broadcast promises: nobody gets anything twice, or anything that nobody has published; and in the end, when faults
 * are over, what one has got all have that were there all the time.
 * @module
 */
import type { Delivered, PublicationId } from "../../broadcast/index.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Checker } from "./checker.ts";

interface Got {
  readonly payload: string;
  /** Nodes that have it, in the run in which they got it. */
  readonly runs: Set<string>;
  /** Runs that had begun when the first of them got it. */
  readonly witnesses: readonly string[];
}

export class Promises implements Checker {
  readonly name = "promises";
  looks = 0;
  /** How often each node has started. */
  readonly #starts = new Map<string, number>();
  readonly #got = new Map<string, Got>();

  started(node: string): void {
    this.#starts.set(node, (this.#starts.get(node) ?? 0) + 1);
  }

  event({ node, event }: WorldEvent): string | undefined {
    if (event.type !== "delivered") return undefined;
    this.looks++;
    const { origin, payload } = event as Delivered;
    const what = wordsOf(event as Delivered);
    const run = this.#runOf(node);
    const text = payload.join();
    const got = this.#got.get(what);
    if (got === undefined) {
      if (origin !== node) return `got ${what}, which ${origin} has not published`;
      const witnesses = [...this.#starts.keys()].map((name) => this.#runOf(name));
      this.#got.set(what, { payload: text, runs: new Set([run]), witnesses });
      return undefined;
    }
    if (got.payload !== text) return `got ${what} with other bytes than ${origin} has published`;
    if (got.runs.has(run)) return `got ${what} twice`;
    got.runs.add(run);
    return undefined;
  }

  /** What somebody who is there has, and somebody who was there all the time has not. */
  missing(isThere: (node: string) => boolean): string[] {
    const there = [...this.#starts.keys()].filter(isThere);
    const runs = new Set(there.map((name) => this.#runOf(name)));
    return [...this.#got].flatMap(([what, { runs: having, witnesses }]) => {
      if (![...having].some((run) => runs.has(run))) return [];
      const owed = witnesses.filter((run) => runs.has(run) && !having.has(run));
      return owed.map((run) => `${run} has not got ${what}`);
    });
  }

  #runOf(node: string): string {
    return `${node} run ${this.#starts.get(node) ?? 1}`;
  }
}

function wordsOf({ origin, epoch, number }: PublicationId): string {
  return `publication ${number} of ${origin} (epoch ${epoch})`;
}
