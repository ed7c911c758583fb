/**
 * A replicated value on a disk: what a process finds of it after a crash.
 *
 *     ┌──────────┬────────┬─────────────────┬─────────────────┬───┬─────────────────┐
 *     │ "hsmap\n"│ format │ record: head    │ record: rows    │ … │ record: end     │
 *     └──────────┴────────┴─────────────────┴─────────────────┴───┴─────────────────┘
 *       6 bytes    1        │
 *                           └─ length (4 bytes)  CRC-32 (4)  kind (1)  what it says
 *
 * Each record of rows is a delta of its own, its context the dots of its rows: what can be read of a damaged file
 * is a state as good as any, only an older or a smaller one. What all have seen comes last, so that nobody believes
 * to have seen what was cut off.
 *
 * Format 1 has no head. A format that is newer than this program is refused, and nothing of it believed.
 * @module
 */
import {
  crc32 as tableCrc32,
  encodeUtf8,
  int,
  Reader,
  record,
  text,
  Writer,
} from "../codec/index.ts";
import type { Crc32, Field } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import { NO_DELTA } from "./delta-crdt.ts";
import type { Delta, Row } from "./delta-crdt.ts";
import { DotSet } from "./dots.ts";
import type { CrdtLimits } from "./limits.ts";
import type { ValueField } from "./values.ts";
import { deltaField } from "./wire.ts";

export const SNAPSHOT_FORMAT = 2;

/** What is said of the whole. */
export interface SnapshotHead {
  /** What it is a snapshot of: a file under another's name is not taken for it. */
  readonly of: string;
  /** Ms since 1970, by the clock of who wrote it. */
  readonly writtenAtMs: number;
}

export interface Snapshot<V> {
  readonly format: number;
  /** Nothing in format 1. */
  readonly head: SnapshotHead | undefined;
  /** What could be read. */
  readonly saved: Delta<V>;
  /** What is wrong, in words; nothing if it is whole. */
  readonly damage: string | undefined;
}

export interface SnapshotForm<V> {
  readonly value: ValueField<V>;
  readonly limits: CrdtLimits;
  /** @default a table in JavaScript */
  readonly crc32?: Crc32 | undefined;
}

const MAGIC = encodeUtf8("hsmap\n");
const RECORD_HEAD_BYTES = 9;
/** Rows of one record: few enough that to make one is no pause. */
const RECORD_ROWS = 256;
/** A length beyond this is damage. */
const MAX_RECORD_BYTES = 268_435_456;
const MAX_HEAD_TEXT = 4096;

type RecordKind = "head" | "rows" | "end";
const KINDS: readonly RecordKind[] = ["head", "rows", "end"];

const HEAD = record<SnapshotHead>({
  of: text(MAX_HEAD_TEXT),
  writtenAtMs: int(0, Number.MAX_SAFE_INTEGER),
});

/** The bytes of a snapshot, piece by piece: whoever writes them can let others work in between. */
export function* snapshotPieces<V>(
  saved: Delta<V>,
  head: SnapshotHead,
  form: SnapshotForm<V>,
): Generator<Uint8Array> {
  const delta = deltaField(form.value, form.limits);
  const { crc32 = tableCrc32 } = form;
  yield new Uint8Array([...MAGIC, SNAPSHOT_FORMAT]);
  yield recordOf("head", HEAD, head, crc32);
  for (let i = 0; i < saved.rows.length; i += RECORD_ROWS) {
    const rows = saved.rows.slice(i, i + RECORD_ROWS);
    yield recordOf("rows", delta, { context: DotSet.of(rows).toRuns(), rows, floor: 0 }, crc32);
  }
  const { context, floor } = saved;
  yield recordOf("end", delta, { context, rows: [], floor }, crc32);
}

/**
 * Reads as much of a snapshot as is whole. Bytes that nobody has written as a snapshot are a damage like any other.
 * @throws DecodeError `unsupported` for a format that is newer than this program
 */
export function readSnapshot<V>(bytes: Uint8Array, form: SnapshotForm<V>): Snapshot<V> {
  const isOurs = MAGIC.every((byte, i) => bytes[i] === byte);
  const format = bytes[MAGIC.length];
  if (!isOurs || format === undefined || format === 0) {
    return { format: 0, head: undefined, saved: NO_DELTA, damage: "this is no snapshot" };
  }
  if (format > SNAPSHOT_FORMAT) {
    const message = `format ${format} is newer than this program, which reads up to ${SNAPSHOT_FORMAT}`;
    throw new DecodeError("unsupported", message);
  }
  const reading = new Reading(new Reader(bytes, MAGIC.length + 1), form);
  try {
    reading.run();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { format, ...reading.sofar(), damage: error.message };
  }
  return { format, ...reading.sofar(), damage: undefined };
}

class Reading<V> {
  readonly #reader: Reader;
  readonly #crc32: Crc32;
  readonly #delta: Field<Delta<V>>;
  readonly #rows: Row<V>[] = [];
  readonly #context = new DotSet();
  #floor = 0;
  #head: SnapshotHead | undefined;

  constructor(reader: Reader, { value, limits, crc32 = tableCrc32 }: SnapshotForm<V>) {
    this.#reader = reader;
    this.#crc32 = crc32;
    this.#delta = deltaField(value, limits);
  }

  /** @throws DecodeError at the first record that is not whole */
  run(): void {
    for (let isOver = false; !isOver;) {
      const { kind, body } = this.#record();
      if (kind === "head") this.#head = HEAD.read(body);
      else {
        const { rows, context, floor } = this.#delta.read(body);
        for (const row of rows) this.#rows.push(row);
        this.#context.addAll(DotSet.from(context));
        this.#floor = Math.max(this.#floor, floor);
      }
      isOver = kind === "end";
    }
    if (this.#reader.left > 0) throw new DecodeError("malformed", "there is more behind its end");
  }

  sofar(): Pick<Snapshot<V>, "head" | "saved"> {
    const saved = { context: this.#context.toRuns(), rows: this.#rows, floor: this.#floor };
    return { head: this.#head, saved };
  }

  #record(): { kind: RecordKind; body: Reader } {
    const reader = this.#reader;
    const at = reader.at;
    const length = reader.left < RECORD_HEAD_BYTES ? Infinity : reader.uint32();
    if (length > Math.min(reader.left - 5, MAX_RECORD_BYTES)) {
      throw new DecodeError("truncated", `it is cut off in the record at byte ${at}`);
    }
    const checksum = reader.uint32();
    const body = reader.view(length + 1);
    const kind = KINDS[body[0] as number];
    if (this.#crc32(body) === checksum && kind !== undefined)
      return { kind, body: new Reader(body, 1) };
    throw new DecodeError("badChecksum", `the record at byte ${at} is not as it was written`);
  }
}

function recordOf<T>(kind: RecordKind, field: Field<T>, value: T, crc32: Crc32): Uint8Array {
  const length = field.sizeOf(value);
  const bytes = new Uint8Array(RECORD_HEAD_BYTES + length);
  const writer = new Writer(bytes, RECORD_HEAD_BYTES);
  field.write(writer, value);
  bytes[RECORD_HEAD_BYTES - 1] = KINDS.indexOf(kind);
  const head = new Writer(bytes);
  head.uint32(length);
  head.uint32(crc32(bytes.subarray(RECORD_HEAD_BYTES - 1)));
  return bytes;
}
