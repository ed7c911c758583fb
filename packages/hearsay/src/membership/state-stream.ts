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
import { DecodeError, NO_PEER } from "../kernel/index.ts";
import type { Incarnation, PeerId, StreamPart } from "../kernel/index.ts";
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
import type { Alive, ErrorReply, Ping, PushNodeState, PushPullHeader } from "./wire.ts";

/** What a state tells of one member. */
export type TellableMember = Pick<Member, "said" | "incarnation" | "state"> &
  Partial<Pick<Member, "rowBytes" | "peer">>;

/** A member as we tell of it: it may change when that is on its way, the row does not. */
export class ToldRow implements PushNodeState {
  readonly said: Alive;
  readonly incarnation: Incarnation;
  readonly state: number;
  /** The teller's number of the member: the reader's, too, where tables are shared. */
  readonly peer: PeerId;

  constructor({ said, incarnation, state, peer = NO_PEER }: TellableMember) {
    this.said = said;
    this.incarnation = incarnation;
    this.state = NODE_STATE[state];
    this.peer = peer;
  }

  get name(): string {
    return this.said.node;
  }

  get addr(): Uint8Array {
    return this.said.addr;
  }

  get port(): number {
    return this.said.port;
  }

  get meta(): Uint8Array | undefined {
    return this.said.meta;
  }

  get versions(): Uint8Array {
    return this.said.versions;
  }
}

/** Some rows of a state, the first part with the header. */
export class StatePart implements StreamPart {
  readonly header: PushPullHeader | undefined;
  readonly rows: readonly ToldRow[];
  readonly size: number;

  constructor(header: PushPullHeader | undefined, rows: readonly ToldRow[], rowBytes: number) {
    this.header = header;
    this.rows = rows;
    this.size = rowBytes + (header === undefined ? 0 : 1 + PUSH_PULL_HEADER.sizeOf(header));
  }

  get opener(): number {
    return TYPE_BYTE.pushPull;
  }

  encode(): Uint8Array {
    const writer = new Writer(new Uint8Array(this.size));
    if (this.header !== undefined) {
      writer.uint8(TYPE_BYTE.pushPull);
      PUSH_PULL_HEADER.write(writer, this.header);
    }
    for (const row of this.rows) PUSH_NODE_STATE.write(writer, row);
    return writer.bytes;
  }
}

export interface SavedStateWriter {
  readonly rows: readonly (string | TellableMember)[];
  readonly join: boolean;
  readonly hasBegun: boolean;
}

/** Our state on its way out. */
export class StateWriter {
  readonly #members: readonly TellableMember[];
  readonly #rowsPerWrite: number;
  readonly #join: boolean;
  #next = -1;

  /** `join` is told to the other side. */
  constructor(members: readonly TellableMember[], rowsPerWrite: number, join: boolean) {
    this.#members = members;
    this.#rowsPerWrite = rowsPerWrite;
    this.#join = join;
  }

  get isDone(): boolean {
    return this.#next >= this.#members.length;
  }

  /** What is still to be told: of members that `isLive`, by name, because their rows may change yet. */
  save(isLive: (member: TellableMember) => boolean): SavedStateWriter {
    const rows = this.#members.slice(Math.max(this.#next, 0)).map((member) => {
      const { said, incarnation, state } = member;
      return isLive(member) ? said.node : { said, incarnation, state };
    });
    return { rows, join: this.#join, hasBegun: this.#next >= 0 };
  }

  /** Of a writer of the rows that were saved. */
  restore({ hasBegun }: SavedStateWriter): void {
    if (hasBegun) this.#next = 0;
  }

  /** The next part; not to be asked for when all is written. */
  next(): StatePart {
    const isFirst = this.#next < 0;
    const start = Math.max(this.#next, 0);
    const end = Math.min(start + this.#rowsPerWrite, this.#members.length);
    const rows: ToldRow[] = [];
    let bytes = 0;
    for (let i = start; i < end; i++) {
      const member = this.#members[i] as TellableMember;
      const row = new ToldRow(member);
      rows.push(row);
      bytes += member.rowBytes || countRow(member, row);
    }
    this.#next = end;
    const header = { nodes: this.#members.length, userStateBytes: 0, join: this.#join };
    return new StatePart(isFirst ? header : undefined, rows, bytes);
  }
}

/** To be counted again when the member says something else, or something else is said of it. */
function countRow(member: { rowBytes?: number }, row: ToldRow): number {
  const bytes = PUSH_NODE_STATE.sizeOf(row);
  member.rowBytes = bytes;
  return bytes;
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

export interface SavedStreamMessage {
  readonly stream: Uint8Array;
  readonly received: number;
  readonly type: number | undefined;
  readonly header: PushPullHeader | undefined;
  readonly rows: readonly PushNodeState[];
  readonly userStateLeft: number;
}

/** A row that may be a `ToldRow`, as literal data. */
export function plainRow(row: PushNodeState): PushNodeState {
  const { name, addr, port, meta, incarnation, state, versions } = row;
  return { name, addr, port, meta, incarnation, state, versions };
}

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
    this.#count(chunk.length);
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

  /**
   * Takes a part as it is, if it comes where one may begin; otherwise its bytes.
   * @throws DecodeError
   */
  pushPart(part: StreamPart): StreamMessage | undefined {
    const hasHeader = this.#header !== undefined;
    const isWhole = this.#stream.available === 0 && (this.#type === undefined || hasHeader);
    if (!(part instanceof StatePart && isWhole) || (part.header === undefined) !== hasHeader) {
      return this.push(part.encode());
    }
    this.#count(part.size);
    this.#type = part.opener;
    if (part.header !== undefined) this.#acceptHeader(part.header);
    for (const row of part.rows) this.#rows.push(row);
    return this.#readState();
  }

  save(): SavedStreamMessage {
    return {
      stream: this.#stream.save(),
      received: this.#received,
      type: this.#type,
      header: this.#header,
      rows: this.#rows.map(plainRow),
      userStateLeft: this.#userStateLeft,
    };
  }

  restore(saved: SavedStreamMessage): void {
    this.#stream.push(saved.stream);
    this.#received = saved.received;
    this.#type = saved.type;
    this.#header = saved.header;
    for (const row of saved.rows) this.#rows.push(row);
    this.#userStateLeft = saved.userStateLeft;
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
    if (header !== undefined) this.#acceptHeader(header);
    return header;
  }

  #acceptHeader(header: PushPullHeader): void {
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
    this.#header = header;
  }

  #count(bytes: number): void {
    this.#received += bytes;
    const { maxStateBytes } = this.#limits;
    if (this.#received <= maxStateBytes) return;
    throw new DecodeError("tooLarge", `a state of more than ${maxStateBytes} bytes`);
  }
}

// One function each for all streams: the stream reader knows a question that it was asked before.
const readHeader = (reader: Reader): PushPullHeader => PUSH_PULL_HEADER.read(reader);
const readRow = (reader: Reader): PushNodeState => PUSH_NODE_STATE.read(reader);
const readPing = (reader: Reader): Ping => PING.read(reader);
const readError = (reader: Reader): ErrorReply => ERROR_REPLY.read(reader);
