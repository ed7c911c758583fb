/**
 * The one message of a membership stream, written by a cursor and read as it comes.
 *
 *     06 · header · row · row · … · row · user state        push/pull
 *     00 · ping          02 · ack          0d · error
 *
 * A state of a large cluster is megabytes. It is written some rows at a time, the next when the stream has
 * room, each row as it is at that moment; and read row by row, nothing being made for what a header merely
 * promises.
 * @see docs/wire/memberlist.md, push/pull
 * @module
 */
import { StreamReader, TYPE_BYTE, Writer } from "../codec/index.ts";
import type { Reader } from "../codec/index.ts";
import { addressBytes, addressPort, DecodeError } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Member } from "./member.ts";
import {
  ERROR_REPLY,
  MAX_STREAM_STRUCT_BYTES,
  NODE_STATE,
  PING,
  PUSH_NODE_STATE,
  PUSH_PULL_HEADER,
} from "./wire.ts";
import type { ErrorReply, Ping, PushNodeState, PushPullHeader } from "./wire.ts";

/** What a state tells of one member. */
export type StateRow = Pick<
  Member,
  "name" | "address" | "incarnation" | "meta" | "versions" | "state"
>;

/** Our state on its way out. */
export class StateWriter {
  readonly #members: readonly StateRow[];
  readonly #rowsPerWrite: number;
  readonly #join: boolean;
  #next = -1;

  /** `join` is told to the other side. */
  constructor(members: readonly StateRow[], rowsPerWrite: number, join: boolean) {
    this.#members = members;
    this.#rowsPerWrite = rowsPerWrite;
    this.#join = join;
  }

  get isDone(): boolean {
    return this.#next >= this.#members.length;
  }

  /** The next piece, never empty; not to be asked for when all is written. */
  next(): Uint8Array {
    const start = Math.max(this.#next, 0);
    const rows = this.#members.slice(start, start + this.#rowsPerWrite).map(rowOf);
    const isFirst = this.#next < 0;
    const header = { nodes: this.#members.length, userStateBytes: 0, join: this.#join };
    let size = isFirst ? 1 + PUSH_PULL_HEADER.sizeOf(header) : 0;
    for (const row of rows) size += PUSH_NODE_STATE.sizeOf(row);
    const writer = new Writer(new Uint8Array(size));
    if (isFirst) {
      writer.uint8(TYPE_BYTE.pushPull);
      PUSH_PULL_HEADER.write(writer, header);
    }
    for (const row of rows) PUSH_NODE_STATE.write(writer, row);
    this.#next = start + rows.length;
    return writer.bytes;
  }
}

function rowOf(member: StateRow): PushNodeState {
  return {
    name: member.name,
    addr: addressBytes(member.address),
    port: addressPort(member.address),
    meta: member.meta,
    incarnation: member.incarnation,
    state: NODE_STATE[member.state],
    versions: member.versions,
  };
}

/** A state as it was received: whole, but not yet checked. */
export interface RemoteState {
  readonly type: "state";
  readonly join: boolean;
  readonly rows: readonly PushNodeState[];
}

export type StreamMessage = RemoteState | Ping | ErrorReply;

export type StateLimits = Pick<
  MembershipConfig,
  "maxStateRows" | "maxUserStateBytes" | "maxStateBytes"
>;

/** A message of the other side on its way in. */
export class StreamMessageReader {
  readonly #limits: StateLimits;
  readonly #stream: StreamReader;
  #received = 0;
  #type: number | undefined;
  #header: PushPullHeader | undefined;
  readonly #rows: PushNodeState[] = [];
  #userStateLeft = 0;

  constructor(limits: StateLimits) {
    this.#limits = limits;
    this.#stream = new StreamReader(limits.maxStateBytes);
  }

  /**
   * Takes the next bytes; returns the message once it is whole. What follows it is not read.
   * @throws DecodeError when they are no message that membership reads, or break a limit
   */
  push(chunk: Uint8Array): StreamMessage | undefined {
    this.#received += chunk.length;
    const { maxStateBytes } = this.#limits;
    if (this.#received > maxStateBytes) {
      throw new DecodeError("tooLarge", `a state of more than ${maxStateBytes} bytes`);
    }
    this.#stream.push(chunk);
    this.#type ??= this.#stream.takeUpTo(1)[0];
    switch (this.#type) {
      case undefined:
        return undefined;
      case TYPE_BYTE.pushPull:
        return this.#readState();
      case TYPE_BYTE.ping:
        return this.#stream.tryRead(readPing, MAX_STREAM_STRUCT_BYTES);
      case TYPE_BYTE.err:
        return this.#stream.tryRead(readError, MAX_STREAM_STRUCT_BYTES);
      default:
        throw new DecodeError("misplacedType", `a stream message of type ${this.#type}`);
    }
  }

  #readState(): RemoteState | undefined {
    this.#header ??= this.#readHeader();
    if (this.#header === undefined) return undefined;
    while (this.#rows.length < this.#header.nodes) {
      const row = this.#stream.tryRead(readRow, MAX_STREAM_STRUCT_BYTES);
      if (row === undefined) return undefined;
      this.#rows.push(row);
    }
    this.#userStateLeft -= this.#stream.takeUpTo(this.#userStateLeft).length;
    if (this.#userStateLeft > 0) return undefined;
    return { type: "state", join: this.#header.join, rows: this.#rows };
  }

  #readHeader(): PushPullHeader | undefined {
    const header = this.#stream.tryRead(readHeader, MAX_STREAM_STRUCT_BYTES);
    if (header === undefined) return undefined;
    const { maxStateRows, maxUserStateBytes } = this.#limits;
    if (header.nodes > maxStateRows) {
      throw new DecodeError(
        "tooMany",
        `a state of ${header.nodes} members, at most ${maxStateRows}`,
      );
    }
    if (header.userStateBytes > maxUserStateBytes) {
      throw new DecodeError("tooLarge", `${header.userStateBytes} bytes of user state`);
    }
    this.#userStateLeft = header.userStateBytes;
    return header;
  }
}

// One function each for all streams: the stream reader knows a question that it was asked before.
const readHeader = (reader: Reader): PushPullHeader => PUSH_PULL_HEADER.read(reader);
const readRow = (reader: Reader): PushNodeState => PUSH_NODE_STATE.read(reader);
const readPing = (reader: Reader): Ping => PING.read(reader);
const readError = (reader: Reader): ErrorReply => ERROR_REPLY.read(reader);
