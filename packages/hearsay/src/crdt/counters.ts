/**
 * Counters: each replica adds to a sum of its own, the value is the sum of the sums.
 *
 *     ann 3   bob 5   cee 1     = 9
 *
 * A sum is a row under its replica's name, and the greater number is the newer sum. As only the replica itself writes it,
 * sums may fall as well as rise: where Shapiro, Preguiça, Baquero and Zawirski (2011) need two grow-only
 * counters for a PN-counter, a numbered sum does.
 * @module
 */
import { checkInteger, HearsayError } from "../kernel/index.ts";
import type { Delta, RefusalReason, Row } from "./delta-crdt.ts";
import { OrderedStore } from "./ordered-store.ts";

const MAX_SUM = Number.MAX_SAFE_INTEGER;

abstract class Counter extends OrderedStore<number> {
  /** The sum of what all replicas have added, as far as we have heard. */
  value(): number {
    let sum = 0;
    for (const { value } of this.rows()) sum += value ?? 0;
    return sum;
  }

  /** What one replica has added. */
  of(replica: string): number {
    return this.row(replica)?.value ?? 0;
  }

  /** Each replica writes its own sum alone. */
  protected override refusal(row: Row<number>): RefusalReason | undefined {
    const { key, replica, number, order, value } = row;
    const isOwn = key === replica && order === number && Number.isSafeInteger(value);
    return isOwn ? undefined : "illFormed";
  }

  /** @throws HearsayError `ERR_STATE` when the sum of this replica would be no safe integer. */
  protected add(amount: number): Delta<number> {
    const { replica } = this;
    const sum = this.of(replica) + amount;
    if (Math.abs(sum) > MAX_SUM) {
      throw new HearsayError("ERR_STATE", `amount: ${amount} more is more than a counter can hold`);
    }
    // A sum that was lost with a state must not be less than one that others have.
    return this.write(replica, this.seen.highest(replica) + 1, sum);
  }
}

/** Counts up: requests served, bytes sent. */
export class GCounter extends Counter {
  /** @throws HearsayError `ERR_OPTION`, `ERR_STATE` */
  increment(amount = 1): Delta<number> {
    checkInteger("amount", amount, 1, MAX_SUM);
    return this.add(amount);
  }
}

/** Counts up and down: sessions open, seats taken. It may fall below zero when replicas count down at once. */
export class PNCounter extends Counter {
  /** @throws HearsayError `ERR_OPTION`, `ERR_STATE` */
  increment(amount = 1): Delta<number> {
    checkInteger("amount", amount, 1, MAX_SUM);
    return this.add(amount);
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_STATE` */
  decrement(amount = 1): Delta<number> {
    checkInteger("amount", amount, 1, MAX_SUM);
    return this.add(-amount);
  }
}
