/**
 * What the application asks of averaging.
 * @module
 */
import type { Command } from "../kernel/index.ts";

/** What one node brings to an aggregate. */
export interface Contribution extends Command {
  readonly type: "contribute";
  readonly aggregate: string;
  /**
   * Goes into the next epoch; the first into this one. Without one the node takes part and learns the result, which is that
   * of the others.
   */
  readonly value?: number | undefined;
  /** Values of peers that are believed. @default all that are finite and not above 10^100 */
  readonly bounds?: readonly [least: number, most: number];
  /** Whether to lead an instance of COUNT in every epoch, or never. @default by chance, as `leaders` says */
  readonly leads?: boolean;
  /** Whether to take part only while somebody wants the result. @default false: this node always does */
  readonly onDemand?: boolean;
}

export interface Withdrawal extends Command {
  readonly type: "withdraw";
  readonly aggregate: string;
}

/** Wants the results of the next epochs, of an aggregate that is on demand. */
export interface Wish extends Command {
  readonly type: "want";
  readonly aggregate: string;
}

export type AveragingCommand = Contribution | Withdrawal | Wish;
