/**
 * A counter of the cluster, as an application holds it: each node adds to a sum of its own, and all read the sum of sums.
 *
 *     ann  +3 ──┐
 *     bob  +5 ──┼──▶ 7, at all nodes
 *     cee  −1 ──┘
 *
 * Made by `node.counter`. Nothing is counted twice, whatever is told how often; what is counted at once all counts.
 * @module
 */
import { decodeUtf8 } from "../../codec/index.ts";
import { checkInteger } from "../../kernel/index.ts";
import type { MapRowChange } from "./map-events.ts";
import type { WriteOptions } from "./map-writes.ts";
import { SharedValue } from "./shared-value.ts";
import type { SharedPorts } from "./shared-value.ts";

export interface CounterChange {
  readonly type: "count";
  readonly counter: string;
  /** What it stands at now. */
  readonly value: number;
  /** Whether it was counted by this node. */
  readonly isLocal: boolean;
}

export class ReplicatedCounter extends SharedValue<CounterChange> {
  constructor(name: string, ports: SharedPorts) {
    super(name, ports, ["count"]);
  }

  /** What all have counted, as far as this node has heard; 0 before it has started. */
  get value(): number {
    return numberOf(this.store?.values("") ?? []);
  }

  /**
   * Counts up by a whole number, or down by one below zero.
   * @throws HearsayError `ERR_OPTION` for no whole number; `ERR_TIMEOUT` without enough copies in time; `ERR_STATE`, also
   *   where this node's own sum would be too large
   */
  async add(amount = 1, options: WriteOptions = {}): Promise<void> {
    checkInteger("amount", amount, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    await this.write({ type: "add", amount }, options);
  }

  protected told({ values }: MapRowChange, isLocal: boolean): CounterChange {
    return { type: "count", counter: this.name, value: numberOf(values), isLocal };
  }
}

function numberOf([total]: readonly Uint8Array[]): number {
  return total === undefined ? 0 : Number(decodeUtf8(total));
}
