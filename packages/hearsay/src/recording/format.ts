/**
 * The file of a recording, or of a trace: one record a line, each with its checksum.
 *
 *     5c1d8e02 {"record":"head","version":1,"kind":"node", …}       what was recorded, and by which version
 *     9b60aa17 {"record":"state","at":812.25,"rng":[…], …}          the node as it stood
 *     c2f4001d {"record":"input","at":913.5,"input":{…},"out":[…]}  what came, and what the node did with it
 *     …
 *
 * A node's recording has one state and the inputs since. A trace of a world has the records of many nodes in the
 * order of its time, each with the node's name. Text, so that it can be looked through with what there is;
 * a checksum a line, so that a torn or altered file is found out where it is torn.
 * @see docs/recording.md
 * @module
 */
import { crc32, encodeUtf8 } from "../codec/index.ts";
import type { SavedNode, SavedPeers } from "../composition/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Address, Command, Instant, Saved, SavedRng } from "../kernel/index.ts";
import type { StreamFailure, StreamId } from "../kernel/index.ts";
import { writePlain } from "./plain-text.ts";

/**
 * Raised with every change of this format, of what a machine saves, and of what it does with an input: a
 * recording is run again by the code that made it.
 */
export const RECORDING_VERSION = 8;

export interface HeadRecord {
  readonly record: "head";
  readonly version: number;
  /** One node, to be run again; or all nodes of a simulated world, to be read. */
  readonly kind: "node" | "world";
  /** What a machine like that one is made with: the host's affair. Never a key. */
  readonly config: Saved;
  /** Facts for whoever reads it: when, where, which program. */
  readonly about: Readonly<Record<string, string>>;
}

/** A node between two inputs. */
export interface StateRecord {
  readonly record: "state";
  /** In a world. */
  readonly name?: string;
  readonly at: Instant;
  /** Which fields there are in `node`: what another build of the library saves differently has another one. */
  readonly shape: string;
  readonly rng: SavedRng;
  readonly peers: SavedPeers;
  readonly node: SavedNode;
}

/** A node's input as it is recorded: packets in bytes, whatever they were. */
export type RecordedInput =
  | { readonly type: "start" | "timeout" }
  | { readonly type: "datagram"; readonly from: Address; readonly bytes: Uint8Array }
  | { readonly type: "command"; readonly tenant: string; readonly command: Command }
  | { readonly type: "accepted"; readonly stream: StreamId; readonly from: Address }
  | { readonly type: "chunk"; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: "opened" | "writable" | "ended"; readonly stream: StreamId }
  | { readonly type: "failed"; readonly stream: StreamId; readonly reason: StreamFailure };

/** Bytes by their number and their CRC-32, and themselves if payloads were asked for. */
export interface Digest {
  readonly size: number;
  readonly hash: string;
  readonly bytes?: Uint8Array;
}

/** Something that the node has asked of its host, in the order in which it has. */
export type RecordedOutput =
  | {
      readonly type: "datagram";
      readonly to: Address;
      /** The types of the messages in it. */
      readonly messages: readonly string[];
      readonly checksum: boolean;
      readonly content: Digest;
    }
  | { readonly type: "open"; readonly stream: StreamId; readonly to: Address }
  | { readonly type: "write"; readonly stream: StreamId; readonly content: Digest }
  | { readonly type: "finish" | "abort"; readonly stream: StreamId }
  /** Something for the application; a change of a member among them, with its reason. */
  | { readonly type: "notify"; readonly event: Saved };

export interface InputRecord {
  readonly record: "input";
  /** In a world. */
  readonly name?: string;
  readonly at: Instant;
  readonly input: RecordedInput;
  /** What the application has said when it was asked, in this order. */
  readonly answers?: readonly boolean[];
  readonly out: readonly RecordedOutput[];
  /** Message of the error that ended the input early: a bug. */
  readonly threw?: string;
}

export type RecordingRecord = HeadRecord | StateRecord | InputRecord;

/** A line of the file, with its ending. */
export function lineOf(record: RecordingRecord): string {
  const json = writePlain(record);
  return `${checksumOf(json)} ${json}\n`;
}

/** Eight hexadecimal digits. */
export function checksumOf(json: string): string {
  return hashOf(encodeUtf8(json));
}

/** A hash of the names of a saved node's fields, of those of its tenants, and of those of their parts. */
export function shapeOf(node: SavedNode): string {
  const tenants = [...node.tenants].map(([name, saved]) => `${name}{${fieldsOf(saved, 2)}}`);
  return checksumOf(`${fieldsOf(node, 2)}${tenants.join()}`);
}

function fieldsOf(value: Saved, depth: number): string {
  const isLiteral = typeof value === "object" && value !== null && !Array.isArray(value);
  if (depth === 0 || !isLiteral || value instanceof Uint8Array) return "";
  if (value instanceof Map || value instanceof Set) return "";
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, inner]) => `${name}{${fieldsOf(inner, depth - 1)}}`).join();
}

export function hashOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}

/** A recording that cannot be read, and where: code `ERR_RECORDING`. */
export class RecordingError extends HearsayError {
  override readonly name = "RecordingError";
  /** The line at fault; the first is 1. */
  readonly line: number;

  constructor(line: number, expected: string, received: string, cause?: unknown) {
    const message = `recording, line ${line}: expected ${expected}, got ${received}`;
    super("ERR_RECORDING", message, { expected, received, cause });
    this.line = line;
  }
}
