/**
 * The aggregates of a node: those that its application has defined, and where their values come from.
 * @module
 */
import { isValue, MAX_AGGREGATE_NAME, MAX_AGGREGATES } from "../aggregation/index.ts";
import type {
  Aggregated,
  AggregateResult,
  AveragingCommand,
  AveragingConfig,
  ValueWanted,
} from "../aggregation/index.ts";
import { utf8Size } from "../codec/index.ts";
import { HearsayError, optionError } from "../kernel/index.ts";
import type { NodeEvent } from "../kernel/index.ts";
import { Aggregate } from "./aggregate.ts";
import type { EventBuffer } from "./emitter.ts";
import type { Facet } from "./facet.ts";

/** Options of averaging, the same on every node. */
export type AggregatesOptions = Partial<AveragingConfig>;

/**
 * What differs from averaging's own defaults: quantiles as well, and a result every four seconds, by when nodes' means differ
 * by a hundred-thousandth of what their values did.
 */
export const AGGREGATES_DEFAULTS: AggregatesOptions = { quantiles: true, cycles: 20 };

export interface AggregateOptions {
  /**
   * What others' values can be: what is told of values beyond is refused, so that a peer's mistake moves the
   * result no further. @default any number up to 10^100
   */
  readonly bounds?: readonly [least: number, most: number];
  /**
   * Whether to take part only while some node wants the result: one that reads it by `next`, `subscribe` or `for await`, or
   * that has defined it without this option. Until then it costs nothing; the first result then takes two epochs.
   * @default false
   */
  readonly onDemand?: boolean;
}

/** What a node brings; nothing for a node that only wants to know, at this time or ever. */
export type AggregateValue = () => number | undefined;

export interface AggregatesPorts {
  /** Nothing comes of it while the node does not run. */
  command(command: AveragingCommand): void;
  result(aggregate: string, underWay: boolean): AggregateResult | undefined;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

interface Defined {
  readonly aggregate: Aggregate;
  readonly value: AggregateValue;
  readonly options: AggregateOptions;
}

export class Aggregates implements Facet {
  readonly #ports: AggregatesPorts;
  readonly #defined = new Map<string, Defined>();

  constructor(ports: AggregatesPorts) {
    this.#ports = ports;
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL` */
  define(name: string, value: AggregateValue, options: AggregateOptions): Aggregate {
    checkName(name);
    if (typeof value !== "function") throw optionError("value", "a function", value);
    checkBounds(options.bounds);
    if (this.#defined.has(name)) {
      throw optionError("aggregate", "a name that this node has not defined yet", name);
    }
    if (this.#defined.size >= MAX_AGGREGATES) {
      throw new HearsayError("ERR_QUEUE_FULL", `${MAX_AGGREGATES} aggregates are defined already`);
    }
    const aggregate = new Aggregate(name, {
      result: (underWay) => this.#ports.result(name, underWay),
      withdraw: () => this.#withdraw(name),
      want: () => this.#ports.command({ type: "want", aggregate: name }),
      onError: (error) => this.#ports.onError(error),
      buffer: this.#ports.buffer,
    });
    this.#defined.set(name, { aggregate, value, options });
    this.#contribute(name);
    return aggregate;
  }

  get(name: string): Aggregate | undefined {
    return this.#defined.get(name)?.aggregate;
  }

  all(): Aggregate[] {
    return [...this.#defined.values()].map(({ aggregate }) => aggregate);
  }

  start(): void {
    for (const [name, { aggregate }] of this.#defined) {
      this.#contribute(name);
      aggregate.renew();
    }
  }

  deliver(event: NodeEvent): boolean {
    switch (event.type) {
      case "valueWanted":
        this.#contribute((event as ValueWanted).aggregate);
        return true;
      case "aggregated":
        return this.#onAggregated(event as Aggregated);
      default:
        return false;
    }
  }

  /** The node leaves: what it brings counts no more, and it hears of no further result. */
  leave(): void {
    for (const name of this.#defined.keys()) {
      this.#ports.command({ type: "withdraw", aggregate: name });
    }
  }

  close(error: Error): void {
    for (const aggregate of this.all()) aggregate.end(error);
  }

  /** Asks the application for its value, and hands it to the machine for the next epoch. */
  #contribute(name: string): void {
    const defined = this.#defined.get(name);
    if (defined === undefined) return;
    const value = this.#valueOf(name, defined.value);
    const { bounds, onDemand = false } = defined.options;
    const command = { type: "contribute", aggregate: name, value, onDemand } as const;
    this.#ports.command(bounds === undefined ? command : { ...command, bounds });
  }

  /** Who fails to say what it has has nothing: better than what it had long ago. */
  #valueOf(name: string, valueOf: AggregateValue): number | undefined {
    try {
      const value = valueOf();
      if (value === undefined || isValue(value)) return value;
      const expected = "a number from -10^100 to 10^100, or undefined";
      throw optionError(`value of aggregate ${name}`, expected, value);
    } catch (error) {
      this.#ports.onError(error);
      return undefined;
    }
  }

  /** Whether it is of an aggregate that is defined here. */
  #onAggregated(event: Aggregated): boolean {
    const defined = this.#defined.get(event.result.aggregate);
    defined?.aggregate.deliver(event);
    return defined !== undefined;
  }

  #withdraw(name: string): void {
    const defined = this.#defined.get(name);
    if (defined === undefined) return;
    this.#defined.delete(name);
    this.#ports.command({ type: "withdraw", aggregate: name });
    defined.aggregate.end(new HearsayError("ERR_STATE", `the aggregate ${name} was closed`));
  }
}

/** @throws HearsayError `ERR_OPTION` */
function checkName(name: unknown): void {
  const expected = `text of 1 to ${MAX_AGGREGATE_NAME} bytes`;
  if (typeof name !== "string" || name === "") throw optionError("aggregate", expected, name);
  if (utf8Size(name) > MAX_AGGREGATE_NAME) throw optionError("aggregate", expected, name);
}

/** @throws HearsayError `ERR_OPTION` */
function checkBounds(bounds: AggregateOptions["bounds"]): void {
  if (bounds === undefined) return;
  const [least, most] = Array.isArray(bounds) ? bounds : [];
  if (!isValue(least) || !isValue(most) || least > most) {
    throw optionError("bounds", "two numbers, the lesser first", bounds);
  }
}
