/**
 * Deltas and contexts on the wire, as fields that a message of any protocol may have.
 *
 *     context   [[replica, [gap, length − 1, gap, length − 1, …]], …]        runs, each from the end of the one before
 *     delta     [context, floor, [[key, index of replica, number, order, value or nil], …]]
 *
 * A row names its replica by its place in the context, where it must be. Runs in the wrong order cannot be
 * written down; numbers that run over, rows outside the context and more of anything than the limits allow
 * are malformed.
 * @module
 */
import { int, list, optional, record, text } from "../codec/index.ts";
import type { Field, Reader, Writer } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Delta, Row } from "./delta-crdt.ts";
import { DotSet } from "./dots.ts";
import type { DotRuns } from "./dots.ts";
import type { CrdtLimits } from "./limits.ts";
import type { ValueField } from "./values.ts";

interface WireRuns {
  readonly replica: string;
  readonly numbers: readonly number[];
}

interface WireRow<V> {
  readonly key: string;
  readonly index: number;
  readonly number: number;
  readonly order: number;
  readonly value: V | undefined;
}

interface WireDelta<V> {
  readonly context: DotRuns;
  readonly floor: number;
  readonly rows: readonly WireRow<V>[];
}

/** What somebody has seen. */
export function contextField(limits: CrdtLimits): Field<DotRuns> {
  const { maxEntries, maxKeyBytes, maxReplicas, maxRuns } = limits;
  const runs = record<WireRuns>({
    replica: text(maxKeyBytes),
    numbers: list(count(), 2 * (maxRuns + maxEntries)),
  });
  return converted(list(runs, maxReplicas), {
    write: (context: DotRuns) =>
      context.map(([replica, numbers]) => ({ replica, numbers: toGaps(numbers) })),
    read: (rows: readonly WireRuns[]) =>
      rows.map(({ replica, numbers }) => [replica, fromGaps(numbers)] as const),
  });
}

/** A delta of a type with such values: `bool` for sets, `() => int()` for counters. */
export function deltaField<V>(value: ValueField<V>, limits: CrdtLimits): Field<Delta<V>> {
  const row = record<WireRow<V>>({
    key: text(limits.maxKeyBytes),
    index: int(0, limits.maxReplicas - 1),
    number: int(1, Number.MAX_SAFE_INTEGER),
    order: count(),
    value: optional(value(limits.maxValueBytes)),
  });
  const delta = record<WireDelta<V>>({
    context: contextField(limits),
    floor: count(),
    rows: list(row, limits.maxDeltaRows),
  });
  return converted(delta, { write: toWire, read: fromWire });
}

function toWire<V>({ context, floor, rows }: Delta<V>): WireDelta<V> {
  const places = new Map(context.map(([replica], place) => [replica, place]));
  const wireRows = rows.map(({ key, replica, number, order, value }) => {
    return { key, index: places.get(replica) ?? 0, number, order, value };
  });
  return { context, floor, rows: wireRows };
}

function fromWire<V>({ context, floor, rows }: WireDelta<V>): Delta<V> {
  const dots = DotSet.from(context);
  const dotted = rows.map(({ key, index, number, order, value }): Row<V> => {
    const replica = context[index]?.[0] ?? "";
    if (!dots.has(replica, number)) {
      throw new DecodeError("malformed", `row ${number} of ${replica} is not in its context`);
    }
    return { key, replica, number, order, value };
  });
  return { context, floor, rows: dotted };
}

function toGaps(runs: readonly number[]): number[] {
  const gaps: number[] = [];
  for (let i = 0, end = 0; i < runs.length; i += 2) {
    const first = runs[i] as number;
    const last = runs[i + 1] as number;
    gaps.push(first - end - 1, last - first);
    end = last + 1;
  }
  return gaps;
}

function fromGaps(gaps: readonly number[]): number[] {
  if (gaps.length % 2 !== 0) throw new DecodeError("malformed", "a run without an end");
  const runs: number[] = [];
  for (let i = 0, end = 0; i < gaps.length; i += 2) {
    const first = end + (gaps[i] as number) + 1;
    const last = first + (gaps[i + 1] as number);
    if (last >= Number.MAX_SAFE_INTEGER) throw new DecodeError("outOfRange", "a run without end");
    runs.push(first, last);
    end = last + 1;
  }
  return runs;
}

/** An integer that is never negative. */
function count(): Field<number> {
  return int(0, Number.MAX_SAFE_INTEGER);
}

interface Conversion<A, B> {
  write(value: A): B;
  /** @throws DecodeError */
  read(value: B): A;
}

/** A field for another form of what `field` carries. */
function converted<A, B>(field: Field<B>, { read, write }: Conversion<A, B>): Field<A> {
  return {
    zero: read(field.zero),
    mandatory: field.mandatory,
    read: (reader: Reader) => read(field.read(reader)),
    write: (writer: Writer, value: A) => field.write(writer, write(value)),
    sizeOf: (value: A) => field.sizeOf(write(value)),
    isEmpty: (value: A) => field.isEmpty(write(value)),
  };
}
