/**
 * What aggregates promise: an epoch after the faults are over, every node that lives knows the mean, the count and the extrema of
 * all that live.
 *
 *     calm ── an epoch that loss and deaths were in ── an epoch without ──▶ result: within the error
 *
 * @module
 */
import type { Aggregated, AggregateResult } from "../../aggregation/index.ts";
import type { NodeEvent } from "../../kernel/index.ts";

/** How far a mean may be from the truth, relative to the range of values. */
export const MEAN_ERROR = 0.01;
/** How far a count may be from the truth, relative to it. */
export const COUNT_ERROR = 0.05;

export interface TotalsSubject {
  valueOf(node: string): number;
  resultOf(node: string): AggregateResult | undefined;
}

export class Totals {
  readonly name = "totals";
  /** Results that were looked at. */
  looks = 0;
  readonly #subject: TotalsSubject;

  constructor(subject: TotalsSubject) {
    this.#subject = subject;
  }

  /** What is wrong with what a node tells, at any time: whatever is lost, an aggregate is of values that there are. */
  event(event: NodeEvent): string | undefined {
    if (event.type !== "aggregated") return undefined;
    this.looks++;
    const { min, max, mean, variance, count = 1 } = (event as Aggregated).result;
    const isSound = min <= max && Number.isFinite(mean) && variance >= 0 && count > 0;
    return isSound ? undefined : `tells mean ${mean}, min ${min}, max ${max}, count ${count}`;
  }

  /** What those that live do not know right. */
  wrong(live: readonly string[]): string[] {
    const values = live.map((node) => this.#subject.valueOf(node));
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return live.flatMap((node) => {
      this.looks++;
      const result = this.#subject.resultOf(node);
      if (result === undefined) return [`${node} knows no result`];
      const { count = 0 } = result;
      const off = [
        Math.abs(result.mean - mean) > MEAN_ERROR * (max - min) &&
          `mean ${result.mean}, not ${mean}`,
        Math.abs(count - live.length) > COUNT_ERROR * live.length &&
          `count ${count}, not ${live.length}`,
        result.min !== min && `min ${result.min}, not ${min}`,
        result.max !== max && `max ${result.max}, not ${max}`,
      ].filter((words) => words !== false);
      return off.length === 0 ? [] : [`${node} in epoch ${result.epoch}: ${off.join(", ")}`];
    });
  }
}
