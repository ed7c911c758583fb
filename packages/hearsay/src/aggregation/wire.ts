/**
 * Aggregation on the wire, in datagrams.
 *
 *     08 67 01 [name, number, epoch, cycle, wanted, weight, mean, square, least, most, peaks, level, buckets]   exchange   what I hold
 *     08 67 02 [the same]                           change      what you are to add to yours; least, most: ours
 *     08 67 03 [name, epoch, cycle]                 elsewhere   I am in this epoch, and so we cannot exchange
 *     08 67 04 [name]                               absent      I take no part in this aggregate
 *     08 77 01 [name, epoch, cycle, sum, weight]    half        push-sum: half of what I held is yours
 *
 * A peak is `[id, weight]`, a bucket `[key, weight]`. Numbers that are not finite, or too large, make a message
 * malformed (`outOfRange`): they reach no machine.
 * @module
 */
import { channelMessage, float64, int, list, record, text, uint32 } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { channel, DecodeError } from "../kernel/index.ts";
import type { Channel, Message, MessageType } from "../kernel/index.ts";
import { LARGEST_VALUE } from "./limits.ts";
import { MAX_PEAKS } from "./peaks.ts";
import type { Peak } from "./peaks.ts";
import { MAX_BUCKETS, LARGEST_KEY, COARSEST_LEVEL } from "./sketch.ts";
import type { Bucket } from "./sketch.ts";

export const AVERAGING_CHANNEL: Channel = channel("g");
export const PUSH_SUM_CHANNEL: Channel = channel("w");

/** Bytes of an aggregate's name. */
export const MAX_AGGREGATE_NAME = 64;
/** As many cycles as an epoch may have. */
const MOST_CYCLES = 1000;

/** Epochs ahead that are wanted at most: a wish is renewed, or lapses. */
export const MOST_WANTED = 2;

/** What a node holds of an aggregate in an epoch, or what is to be added to that. */
export interface Holding {
  /** Share of nodes that contribute a value; of those that take part without one it is what is missing to 1. */
  readonly weight: number;
  /** Mean of the values, those of nodes without one counted as 0; and of their squares. */
  readonly mean: number;
  readonly square: number;
  readonly least: number;
  readonly most: number;
  readonly peaks: readonly Peak[];
  readonly level: number;
  readonly buckets: readonly Bucket[];
}

export interface Exchange extends Message, Holding {
  readonly type: "exchange" | "change";
  readonly aggregate: string;
  /** Drawn at random: who has not seen the exchange cannot answer it. */
  readonly number: number;
  readonly epoch: number;
  readonly cycle: number;
  /** Epochs after this one that somebody wants. */
  readonly wanted: number;
}

export interface Elsewhere extends Message {
  readonly type: "elsewhere";
  readonly aggregate: string;
  readonly epoch: number;
  readonly cycle: number;
}

export interface Absent extends Message {
  readonly type: "absent";
  readonly aggregate: string;
}

export type AveragingMessage = Exchange | Elsewhere | Absent;

export interface Half extends Message {
  readonly type: "half";
  readonly aggregate: string;
  readonly epoch: number;
  readonly cycle: number;
  readonly sum: number;
  readonly weight: number;
}

function within(low: number, high: number): Field<number> {
  const field = float64();
  return {
    ...field,
    read: (reader) => {
      const value = field.read(reader);
      // Written so that what is not a number fails as well.
      if (value >= low && value <= high) return value;
      throw new DecodeError("outOfRange", `${value} where ${low}..${high} belongs`);
    },
  };
}

const VALUE = within(-LARGEST_VALUE, LARGEST_VALUE);
const SQUARE = within(-LARGEST_VALUE * LARGEST_VALUE, LARGEST_VALUE * LARGEST_VALUE);
// What is to be added may be less than nothing, and where exchanges have crossed, what is held as well.
const SHARE = within(-1, 1);
const NAME = text(MAX_AGGREGATE_NAME);
const CYCLE = int(0, MOST_CYCLES);

const EXCHANGE = {
  aggregate: NAME,
  number: uint32(),
  epoch: uint32(),
  cycle: CYCLE,
  wanted: int(0, MOST_WANTED),
  weight: SHARE,
  mean: VALUE,
  square: SQUARE,
  least: VALUE,
  most: VALUE,
  peaks: list(record<Peak>({ id: uint32(), weight: SHARE }), MAX_PEAKS),
  level: int(0, COARSEST_LEVEL),
  buckets: list(
    record<Bucket>({ key: int(-LARGEST_KEY, LARGEST_KEY), weight: SHARE }),
    MAX_BUCKETS,
  ),
};

export const AVERAGING_MESSAGES: readonly MessageType<AveragingMessage>[] = [
  channelMessage<Exchange>(AVERAGING_CHANNEL, 1, "exchange", EXCHANGE),
  channelMessage<Exchange>(AVERAGING_CHANNEL, 2, "change", EXCHANGE),
  channelMessage<Elsewhere>(AVERAGING_CHANNEL, 3, "elsewhere", {
    aggregate: NAME,
    epoch: uint32(),
    cycle: CYCLE,
  }),
  channelMessage<Absent>(AVERAGING_CHANNEL, 4, "absent", { aggregate: NAME }),
];

export const PUSH_SUM_MESSAGES: readonly MessageType<Half>[] = [
  channelMessage<Half>(PUSH_SUM_CHANNEL, 1, "half", {
    aggregate: NAME,
    epoch: uint32(),
    cycle: CYCLE,
    sum: VALUE,
    // Nobody owes weight: a negative one could make anybody's estimate anything.
    weight: within(0, LARGEST_VALUE),
  }),
];
