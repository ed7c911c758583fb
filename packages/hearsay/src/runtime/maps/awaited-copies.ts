/**
 * Writes whose copies somebody waits for: how many others have told by now that they have seen each.
 *
 *     ticket 7   ann 12   2 copies   told by bob          bob, cee: done
 *
 * @module
 */
import { DotSet } from "../../crdt/index.ts";
import type { Dot, DotRuns } from "../../crdt/index.ts";
import { HearsayError } from "../../kernel/index.ts";
import type { AwaitedCopies as Awaited } from "./map-events.ts";

interface Waiting extends Awaited {
  readonly dot: Dot;
  readonly holders: Set<string>;
}

export type SavedAwaitedCopies = readonly (Awaited & {
  readonly dot: Dot;
  readonly holders: readonly string[];
})[];

/** Writes whose copies are waited for. */
const MAX_AWAITED = 65_536;

export class AwaitedCopies {
  readonly #waiting = new Map<number, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** @throws HearsayError `ERR_QUEUE_FULL` */
  checkRoom(): void {
    if (this.#waiting.size < MAX_AWAITED) return;
    throw new HearsayError(
      "ERR_QUEUE_FULL",
      `copies of ${MAX_AWAITED} writes are waited for already`,
    );
  }

  add({ ticket, copies }: Awaited, dot: Dot): void {
    this.#waiting.set(ticket, { ticket, copies, dot, holders: new Set() });
  }

  delete(ticket: number): void {
    this.#waiting.delete(ticket);
  }

  /** Somebody has seen all this: the tickets that wait no longer. */
  report(holder: string, context: DotRuns): number[] {
    if (this.#waiting.size === 0) return [];
    const seen = DotSet.from(context);
    const done: number[] = [];
    for (const { ticket, copies, dot, holders } of this.#waiting.values()) {
      if (!seen.has(dot.replica, dot.number)) continue;
      holders.add(holder);
      if (holders.size < copies) continue;
      this.#waiting.delete(ticket);
      done.push(ticket);
    }
    return done;
  }

  save(): SavedAwaitedCopies {
    return [...this.#waiting.values()].map(({ ticket, copies, dot, holders }) => {
      return { ticket, copies, dot, holders: [...holders] };
    });
  }

  restore(saved: SavedAwaitedCopies): void {
    for (const { holders, ...one } of saved) {
      this.#waiting.set(one.ticket, { ...one, holders: new Set(holders) });
    }
  }
}
