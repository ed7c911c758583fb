/**
 * What two replicas of a map say to each other: see `MapComparison`.
 *
 *     words   [holder, wall, sum high, sum low, context or nil, delta or nil, more, asks]
 *
 * @module
 */
import {
  bool,
  bytes,
  int,
  optional,
  Reader,
  record,
  text,
  uint32,
  Writer,
} from "../../codec/index.ts";
import type { Field } from "../../codec/index.ts";
import { contextField, deltaField } from "../../crdt/index.ts";
import type { CrdtLimits, Delta, DotRuns, ValueField } from "../../crdt/index.ts";
import { MAX_NAME_BYTES } from "../../membership/index.ts";

export interface MapWords<V = unknown> {
  /** The node that speaks. */
  readonly holder: string;
  /** Its wall clock, in ms since 1970. */
  readonly wallMs: number;
  /** Of its context, where that is left out. */
  readonly high: number;
  readonly low: number;
  /** What it has seen. */
  readonly context: DotRuns | undefined;
  /** What we lack, as it thinks. */
  readonly delta: Delta<V> | undefined;
  /** Whether there is more than this delta. */
  readonly more: boolean;
  /** Whether it waits to hear what we have seen: somebody waits for copies of a write. */
  readonly asks: boolean;
}

/** Far beyond this year, and within what a stamp can hold. */
export const LAST_WALL_MS = 4_000_000_000_000;

/** Values are the application's bytes; there is no value without any. */
export const mapValue = (maxBytes: number): Field<Uint8Array> => {
  return bytes(maxBytes) as Field<Uint8Array>;
};

/** Bytes of words beside context and delta, at most. */
export const WORDS_OVERHEAD_BYTES: number = MAX_NAME_BYTES + 40;
/** Bytes of a row beside key and value, at most: names of replicas are short. */
export const ROW_OVERHEAD_BYTES = 48;

/** Words and deltas as bytes, both ways. */
export class MapCodec<V> {
  readonly #delta: Field<Delta<V>>;
  readonly #context: Field<DotRuns>;
  readonly #words: Field<MapWords<V>>;

  constructor(value: ValueField<V>, limits: CrdtLimits) {
    this.#delta = deltaField(value, limits);
    this.#context = contextField(limits);
    this.#words = record<MapWords<V>>({
      holder: text(MAX_NAME_BYTES),
      wallMs: int(0, LAST_WALL_MS),
      high: uint32(),
      low: uint32(),
      context: optional(this.#context),
      delta: optional(this.#delta),
      more: bool(),
      asks: bool(),
    });
  }

  writeWords(words: MapWords<V>): Uint8Array {
    return written(this.#words, words);
  }

  /** @throws DecodeError */
  readWords(bytesRead: Uint8Array): MapWords<V> {
    return this.#words.read(new Reader(bytesRead));
  }

  writeDelta(delta: Delta<V>): Uint8Array {
    return written(this.#delta, delta);
  }

  /** @throws DecodeError */
  readDelta(bytesRead: Uint8Array): Delta<V> {
    return this.#delta.read(new Reader(bytesRead));
  }

  writeContext(context: DotRuns): Uint8Array {
    return written(this.#context, context);
  }
}

function written<T>(field: Field<T>, value: T): Uint8Array {
  const writer = new Writer(new Uint8Array(field.sizeOf(value)));
  field.write(writer, value);
  return writer.bytes;
}
