/**
 * A set of the cluster, as an application holds it: of an addition and a removal at once, the addition wins.
 *
 *     ann  add x ──────────────▶ add x again ──▶ x stays
 *     bob           ──▶ has x ──▶ delete x  ──▶ what bob had seen is gone
 *
 * Made by `node.set`.
 * @module
 */
import type { MapRowChange } from "./map-events.ts";
import type { WriteOptions } from "./map-writes.ts";
import { checkText } from "./map.ts";
import { SharedValue } from "./shared-value.ts";
import type { SharedPorts } from "./shared-value.ts";

/** An element has come, perhaps once more, or is gone. */
export interface SetChange {
  readonly type: "add" | "delete";
  readonly set: string;
  readonly element: string;
  /** Whether it was done by this node. */
  readonly isLocal: boolean;
}

/** What is set in the place of a value. */
const PRESENT: Uint8Array = Uint8Array.of(1);

export class ReplicatedSet extends SharedValue<SetChange> {
  constructor(name: string, ports: SharedPorts) {
    super(name, ports, ["add", "delete"]);
  }

  /** Elements here. */
  get size(): number {
    return this.store?.size ?? 0;
  }

  has(element: string): boolean {
    return (this.store?.values(element).length ?? 0) > 0;
  }

  /**
   * Adds an element, again if it is there: it then outlives removals by those who have not seen that.
   * @throws HearsayError `ERR_OPTION` for what is no text or too long; `ERR_QUEUE_FULL` for too many; `ERR_TIMEOUT` without
   *   enough copies in time; `ERR_STATE`
   */
  async add(element: string, options: WriteOptions = {}): Promise<void> {
    checkText("element", element);
    await this.write({ type: "set", key: element, value: PRESENT }, options);
  }

  /**
   * Removes what is known of an element here; nothing, if it is not there.
   * @throws HearsayError as `add` does
   */
  async delete(element: string, options: WriteOptions = {}): Promise<void> {
    checkText("element", element);
    await this.write({ type: "delete", key: element }, options);
  }

  /** All elements, as they are here and now. */
  *values(): IterableIterator<string> {
    yield* this.store?.keys() ?? [];
  }

  protected told({ key: element, values }: MapRowChange, isLocal: boolean): SetChange {
    const type = values.length === 0 ? "delete" : "add";
    return { type, set: this.name, element, isLocal };
  }
}
