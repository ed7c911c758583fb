/**
 * A set that only grows: what has been seen, done, agreed.
 * @module
 */
import { NO_DELTA } from "./delta-crdt.ts";
import type { Delta, RefusalReason, Row } from "./delta-crdt.ts";
import { OrderedStore } from "./ordered-store.ts";

export class GSet extends OrderedStore<true> {
  get size(): number {
    return this.entryCount;
  }

  has(element: string): boolean {
    return this.holds(element);
  }

  *values(): IterableIterator<string> {
    for (const { key } of this.rows()) yield key;
  }

  /**
   * An element that is there already changes nothing.
   * @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL`
   */
  add(element: string): Delta<true> {
    this.checkKey("element", element);
    return this.holds(element) ? NO_DELTA : this.write(element, 0, true);
  }

  protected override refusal({ value, order }: Row<true>): RefusalReason | undefined {
    return value === true && order === 0 ? undefined : "illFormed";
  }
}
