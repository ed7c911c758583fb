/**
 * Messages as tables: from field descriptions to the kernel's `MessageType`.
 *
 *     memberlistMessage   type byte · struct                 00 82 a4 "Node" … a5 "SeqNo" …
 *     channelMessage      08 · channel letter · kind · record    08 6d 01 92 … …
 *
 * @module
 */
import { invariant } from "../kernel/index.ts";
import type { Channel, Message, MessageType } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";
import type { Field } from "./field.ts";
import { Reader } from "./reader.ts";
import { namedSlots, RecordField, slots, StructField } from "./struct.ts";
import type { RecordTable, StructTable } from "./struct.ts";
import { TYPE_BYTE } from "./type-byte.ts";
import { Writer } from "./writer.ts";

/** A message type that can also be read where the end of its bytes is not known: from a stream. */
export interface WireMessage<M extends Message = Message> extends MessageType<M> {
  /**
   * Reads the body that starts at the cursor, and leaves it behind the body.
   * @throws DecodeError `truncated` when it goes on behind the end
   */
  read(reader: Reader): M;
}

/**
 * A message of memberlist's own: `fields` in the order in which Go declares them. `sizeOf`, for those that are sent
 * all the time, counts the same bytes as the table would, and sooner.
 *
 * @example
 *     const NACK: WireMessage<Nack> = memberlistMessage<Nack>(TYPE_BYTE.nack, "nack", {
 *       seq: named("SeqNo", uint32()),
 *     });
 */
export function memberlistMessage<M extends Message>(
  typeByte: number,
  type: M["type"],
  fields: StructTable<M>,
  sizeOf?: (message: M) => number,
): WireMessage<M> {
  const body = new StructField<M>(type, namedSlots(fields));
  return new TableMessage<M>(type, [typeByte], body, sizeOf);
}

/**
 * A message of a tenant's, inside memberlist's user message. Add fields at the end of `fields` alone: who
 * does not know them skips them, who misses them reads zero values.
 */
export function channelMessage<M extends Message>(
  channel: Channel,
  kind: number,
  type: M["type"],
  fields: RecordTable<M>,
): WireMessage<M> {
  invariant(kind >= 0 && kind <= 0xff, `kind of ${type} must be one byte, got ${kind}`);
  const prefix = [TYPE_BYTE.user, channel.charCodeAt(0), kind];
  return new TableMessage<M>(type, prefix, new RecordField<M>(type, slots(fields)));
}

// One of each serves all messages: while one is read or written, no other is.
const WRITER = /* @__PURE__ */ new Writer(NO_BYTES);
const READER = /* @__PURE__ */ new Reader(NO_BYTES);

class TableMessage<M extends Message> implements WireMessage<M> {
  readonly type: M["type"];
  readonly prefix: readonly number[];
  readonly sizeOf: (message: M) => number;
  readonly #body: Field<M>;

  constructor(
    type: M["type"],
    prefix: readonly number[],
    body: Field<M>,
    sizeOf = (message: M): number => prefix.length + body.sizeOf(message),
  ) {
    this.type = type;
    this.prefix = prefix;
    this.sizeOf = sizeOf;
    this.#body = body;
  }

  encodeInto(message: M, target: Uint8Array, offset: number): number {
    WRITER.moveTo(target, offset);
    for (const byte of this.prefix) WRITER.uint8(byte);
    this.#body.write(WRITER, message);
    if (WRITER.at > target.length) invariant(false, `no room for ${this.type}: ask sizeOf first`);
    return WRITER.at;
  }

  /** Bytes behind the body are ignored, as memberlist does. */
  decode(bytes: Uint8Array, start: number, end: number): M {
    READER.moveTo(bytes, start, end);
    return this.#body.read(READER);
  }

  read(reader: Reader): M {
    return this.#body.read(reader);
  }
}
