/**
 * memberlist's structs in JSON, under the names and in the order that they have on the wire.
 *
 *     82 a4 "Node" a2 "n1" a5 "SeqNo" 01   ──▶   keyOrder ["Node", "SeqNo"], fields { Node: "n1", SeqNo: 1 }
 *
 * Unlike the tables that nodes read messages with, this shows what is there and nothing else: no zero
 * values, no limits but that of the input, fields that nobody knows, too.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import {
  describeAddress,
  describeBytes,
  describeName,
  describeText,
  describeUnknown,
} from "./describe-value.ts";
import type { DescribedValue, Description } from "./describe-value.ts";
import { bytes } from "./field.ts";
import * as read from "./msgpack-read.ts";
import type { Reader } from "./reader.ts";

/** How a field is read; nil is `null` in each. */
export type DescribedKind =
  | "text"
  | "bytes"
  | "address"
  | "versions"
  | "bool"
  | "uint16"
  | "uint32"
  | "count";

/** Names of fields in the order of Go's declarations, which counts where a struct is written as an array. */
export type DescribedTable = Readonly<Record<string, DescribedKind>>;

export interface DescribedStruct {
  readonly keyOrder: readonly string[];
  readonly fields: Description;
  /** Bytes of the fields that are some, as they were. */
  readonly raw: ReadonlyMap<string, Uint8Array>;
}

/** Messages that are one struct, and the structs that others are made of. */
export type DescribedName =
  | "ping"
  | "indirectPing"
  | "ack"
  | "nack"
  | "err"
  | "suspect"
  | "dead"
  | "alive"
  | "compress"
  | "pushPullHeader"
  | "nodeState"
  | "userHeader";

const SOURCE: DescribedTable = { SourceAddr: "address", SourcePort: "uint16", SourceNode: "text" };

const CLAIM: DescribedTable = { Incarnation: "uint32", Node: "text", From: "text" };

export const DESCRIBED: Readonly<Record<DescribedName, DescribedTable>> = {
  ping: { SeqNo: "uint32", Node: "text", ...SOURCE },
  indirectPing: {
    SeqNo: "uint32",
    Target: "address",
    Port: "uint16",
    Node: "text",
    Nack: "bool",
    ...SOURCE,
  },
  ack: { SeqNo: "uint32", Payload: "bytes" },
  nack: { SeqNo: "uint32" },
  err: { Error: "text" },
  suspect: CLAIM,
  dead: CLAIM,
  alive: {
    Incarnation: "uint32",
    Node: "text",
    Addr: "address",
    Port: "uint16",
    Meta: "bytes",
    Vsn: "versions",
  },
  compress: { Algo: "count", Buf: "bytes" },
  pushPullHeader: { Nodes: "count", UserStateLen: "count", Join: "bool" },
  nodeState: {
    Name: "text",
    Addr: "address",
    Port: "uint16",
    Meta: "bytes",
    Incarnation: "uint32",
    State: "count",
    Vsn: "versions",
  },
  userHeader: { UserMsgLen: "count" },
};

/**
 * The struct that starts here.
 * @throws DecodeError
 */
export function describeStruct(reader: Reader, table: DescribedTable): DescribedStruct {
  const entries: [string, DescribedValue][] = [];
  const raw = new Map<string, Uint8Array>();
  const take = (name: string): void => {
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    entries.push([name, describeField(reader, kind, (value) => raw.set(name, value))]);
  };
  if (!read.readNil(reader)) {
    reader.need(1);
    if (read.isArray(reader.bytes[reader.at] as number)) {
      const names = Object.keys(table);
      const count = read.readArrayHeader(reader, MAX_ENTRIES);
      for (const name of names.slice(0, count)) take(name);
      for (let more = count - names.length; more > 0; more--) read.skipValue(reader);
    } else {
      for (let left = read.readMapHeader(reader, MAX_ENTRIES); left > 0; left--) {
        take(describeName(reader.view(Math.max(0, read.readRawHeader(reader, Infinity)))));
      }
    }
  }
  return { keyOrder: entries.map(([name]) => name), fields: Object.fromEntries(entries), raw };
}

/** More fields than any struct of any version will have. */
const MAX_ENTRIES = 1024;

const BYTES = /* @__PURE__ */ bytes(Infinity);

/** Length of a version vector; old peers crash on a shorter one that is not empty. */
const VERSION_BYTES = 6;

function describeField(
  reader: Reader,
  kind: DescribedKind | undefined,
  keep: (value: Uint8Array) => void,
): DescribedValue {
  if (kind === undefined) return describeUnknown(reader);
  if (read.readNil(reader)) return null;
  switch (kind) {
    case "bool":
      return read.readBool(reader);
    case "uint16":
      return read.readInt(reader, 0, 0xffff);
    case "uint32":
      return read.readInt(reader, 0, 0xffffffff);
    case "count":
      return read.readInt(reader, 0, Number.MAX_SAFE_INTEGER);
    case "text":
      return describeText(reader.view(read.readRawHeader(reader, Infinity)));
    default: {
      const value = BYTES.read(reader) as Uint8Array;
      keep(value);
      if (kind === "bytes") return describeBytes(value);
      if (kind === "address") return describeAddress(value);
      if (value.length > 0 && value.length < VERSION_BYTES) {
        throw new DecodeError("malformed", `Vsn of ${value.length} bytes, which crashes old peers`);
      }
      return [...value];
    }
  }
}
