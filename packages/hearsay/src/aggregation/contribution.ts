/**
 * What the application asks of averaging.
 * @module
 */
import type { Command } from "../kernel/index.ts";

/** What one node brings to an aggregate. */
export interface Contribution extends Command {
  readonly type: "contribute";
  readonly aggregate: string;
  /** Goes into the next epoch; the first into this one. */
  readonly value: number;
  /** Values of peers that are believed. @default all that are finite and not above 10^100 */
  readonly bounds?: readonly [least: number, most: number];
  /** Whether to lead an instance of COUNT in every epoch, or never. @default by chance, as `leaders` says */
  readonly leads?: boolean;
}

export interface Withdrawal extends Command {
  readonly type: "withdraw";
  readonly aggregate: string;
}

export type AveragingCommand = Contribution | Withdrawal;
