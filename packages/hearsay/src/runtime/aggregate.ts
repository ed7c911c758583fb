/**
 * An aggregate, as an application holds it: what one number of each node comes to over all of them.
 *
 *     value() ──▶ epoch ──▶ epoch ──▶ …      each with the values of its beginning
 *                   └──▶ result  └──▶ result      mean · sum · count · min · max · variance · quantiles
 *
 * Made by `node.aggregate`. Every node that has it comes to the same result, without anybody in the middle.
 * @module
 */
import { quantileOf } from "../aggregation/index.ts";
import type { Aggregated, AggregateResult } from "../aggregation/index.ts";
import { Emitter } from "./emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "./emitter.ts";

/** What an aggregate needs of its node. */
export interface AggregatePorts {
  /** What the machine knows; `undefined` while the node does not run. */
  result(underWay: boolean): AggregateResult | undefined;
  withdraw(): void;
  /** Asks for the results of the next epochs. */
  want(): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

interface Waiting {
  readonly resolve: (result: AggregateResult) => void;
  readonly reject: (error: Error) => void;
}

export class Aggregate {
  readonly name: string;
  readonly #ports: AggregatePorts;
  readonly #emitter: Emitter<Aggregated>;
  #waiting: Waiting[] = [];
  /** Handlers and iterators. */
  #readers = 0;

  constructor(name: string, ports: AggregatePorts) {
    this.name = name;
    this.#ports = ports;
    this.#emitter = new Emitter(ports.onError);
  }

  /** What the last epoch that ended here has come to; `undefined` before the first has. */
  result(): AggregateResult | undefined {
    const result = this.#ports.result(false);
    return result?.settled === true ? result : undefined;
  }

  /** What the epoch under way has so far: newer, and less near to the truth the younger it is. */
  estimate(): AggregateResult | undefined {
    return this.#ports.result(true);
  }

  // Of the last result, for who wants one number of it.

  get mean(): number | undefined {
    return this.result()?.mean;
  }

  get sum(): number | undefined {
    return this.result()?.sum;
  }

  /** Nodes that contribute a value. */
  get count(): number | undefined {
    return this.result()?.count;
  }

  get min(): number | undefined {
    return this.result()?.min;
  }

  get max(): number | undefined {
    return this.result()?.max;
  }

  get variance(): number | undefined {
    return this.result()?.variance;
  }

  /** The value below which a share `q` in `0..1` of all values lies, to within `quantileError` of the result. */
  quantile(q: number): number | undefined {
    const result = this.result();
    return result?.sketch && quantileOf(result.sketch, q, result);
  }

  /**
   * The result of the next epoch that ends here. It may take long where no node has a value: set a time-out.
   * @throws HearsayError `ERR_STATE` when the aggregate is closed or the node stopped first
   */
  next(): Promise<AggregateResult> {
    this.#ports.want();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Calls back with every result from now on, until the returned function is called. */
  subscribe(handler: (result: AggregateResult) => void): Unsubscribe {
    this.#begin();
    const off = this.#emitter.on("aggregated", ({ result }) => handler(result));
    let subscribed = true;
    return () => {
      if (!subscribed) return;
      subscribed = false;
      this.#readers--;
      off();
    };
  }

  /**
   * All results from now on, for `for await`, as events `aggregated`. A reader that lags by more than `buffer` holds
   * misses the oldest, and is told how many by a `missed` item.
   */
  results(buffer: Partial<EventBuffer> = {}): AsyncIterableIterator<Aggregated | MissedEvents> {
    this.#begin();
    return this.#emitter.events({ ...this.#ports.buffer, ...buffer }, () => {
      this.#readers--;
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Aggregated | MissedEvents> {
    return this.results();
  }

  /** Takes no part any more; what is under way loses this node's value with its next epoch. */
  close(): void {
    this.#ports.withdraw();
  }

  /** @internal */
  deliver(event: Aggregated): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(event.result);
    this.#emitter.emit(event);
    this.renew();
  }

  /** @internal A wish lapses after some epochs. */
  renew(): void {
    if (this.#readers > 0 || this.#waiting.length > 0) this.#ports.want();
  }

  #begin(): void {
    this.#readers++;
    this.#ports.want();
  }

  /** @internal Ends every iterator. */
  end(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#emitter.close();
  }
}
