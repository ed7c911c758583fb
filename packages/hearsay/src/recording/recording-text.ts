/**
 * Reads a recording: every line checked before anything is made of it.
 * @module
 */
import { checksumOf, RECORDING_VERSION, RecordingError } from "./format.ts";
import type { HeadRecord, InputRecord, RecordingRecord, StateRecord } from "./format.ts";
import { readPlain } from "./plain-text.ts";

export interface Recording {
  readonly head: HeadRecord;
  /** All after the head, in their order. */
  readonly records: readonly (StateRecord | InputRecord)[];
  /**
   * The line in whose middle the file ends: what is left when the process was killed while it wrote. It is no
   * record, and all before it is whole. `undefined` for a file that ends where a line does.
   */
  readonly tornLine: number | undefined;
}

/** Text of a line in messages. */
const SHOWN_CHARS = 40;

/** @throws RecordingError at the first line that is not what it should be */
export function readRecording(text: string): Recording {
  const lines = text.split("\n");
  // What follows the last ending is nothing, or torn.
  const rest = lines.pop() as string;
  const [head, ...records] = lines.map((line, i) => parseLine(line, i + 1));
  if (head === undefined) throw new RecordingError(1, "a recording's head", shown(rest));
  checkHead(head);
  for (const [i, record] of records.entries()) checkRecord(record, i + 2);
  return {
    head,
    records: records as (StateRecord | InputRecord)[],
    tornLine: rest === "" ? undefined : lines.length + 1,
  };
}

function parseLine(line: string, number: number): RecordingRecord {
  if (!/^[\da-f]{8} \{/.test(line)) {
    throw new RecordingError(number, "eight digits of a checksum and a record", shown(line));
  }
  const json = line.slice(9);
  const [written, real] = [line.slice(0, 8), checksumOf(json)];
  if (written !== real) {
    throw new RecordingError(number, `a line with the checksum ${written}`, `one with ${real}`);
  }
  try {
    return readPlain(json) as RecordingRecord;
  } catch (error) {
    throw new RecordingError(number, "a record in JSON", shown(json), error);
  }
}

function checkHead(head: RecordingRecord): asserts head is HeadRecord {
  if (head.record !== "head") throw new RecordingError(1, "a recording's head", head.record);
  if (head.version !== RECORDING_VERSION) {
    const expected = `a recording of version ${RECORDING_VERSION}, which this program makes and reads`;
    throw new RecordingError(1, expected, `version ${head.version}`);
  }
  if (head.kind !== "node" && head.kind !== "world") {
    throw new RecordingError(1, 'a recording of a "node" or a "world"', String(head.kind));
  }
}

/** What it holds besides is for the machine, which refuses what it cannot go on from. */
function checkRecord(record: RecordingRecord, line: number): void {
  if (record.record === "state") {
    if (typeof record.at === "number" && typeof record.shape === "string") return;
    throw new RecordingError(line, "a state with its time and its shape", "another record");
  }
  if (record.record === "input") {
    const { at, input, out, answers = [] } = record;
    if (typeof at === "number" && isTyped(input) && areOutputs(out) && Array.isArray(answers))
      return;
    throw new RecordingError(line, "an input with its time and its outputs", "another record");
  }
  throw new RecordingError(line, 'a record "state" or "input"', `"${String(record.record)}"`);
}

function areOutputs(outputs: unknown): boolean {
  if (!Array.isArray(outputs)) return false;
  return outputs.every((one) => isTyped(one) && (!("content" in one) || isObject(one.content)));
}

function isTyped(value: unknown): value is { readonly type: string } {
  return isObject(value) && "type" in value && typeof value.type === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function shown(text: string): string {
  if (text === "") return "nothing";
  const isLong = text.length > SHOWN_CHARS;
  return JSON.stringify(isLong ? `${text.slice(0, SHOWN_CHARS)}…` : text);
}
