/**
 * A set whose elements come and go: the observed-remove set without tombstones of Bieniusa et al. (2012).
 *
 * Who removes an element removes the additions that it has seen. One that it has not seen stays: of an addition and a
 * removal at once, the addition wins.
 * @module
 */
import { CausalStore } from "./causal-store.ts";
import { NO_DELTA } from "./delta-crdt.ts";
import type { Delta } from "./delta-crdt.ts";

export class ORSet extends CausalStore<true> {
  get size(): number {
    return this.entryCount;
  }

  has(element: string): boolean {
    return this.holds(element);
  }

  values(): MapIterator<string> {
    return this.keys();
  }

  /**
   * Adds an element, again if it is there: it then outlives removals by those who have not seen it.
   * @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL`
   */
  add(element: string): Delta<true> {
    this.checkKey("element", element);
    return this.replace(element, true);
  }

  /** Removes what is known here of an element. */
  delete(element: string): Delta<true> {
    return this.holds(element) ? this.remove(element) : NO_DELTA;
  }
}
