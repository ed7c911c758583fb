/**
 * A packet on its way out: messages, their exact sizes, and their bytes only when somebody asks.
 *
 *     one message     [message]
 *     more            [07 count][length u16 be × count][message]…[message]      memberlist's compound
 * @module
 */
import { compoundHeaderSize, writeCompoundHeader } from "../codec/index.ts";
import type { Message, MessageType } from "../kernel/index.ts";

/** One message to send. It may ride in several packets. */
export class Outgoing {
  readonly wire: MessageType;
  readonly message: Message;
  /** Exact bytes on the wire. */
  readonly size: number;

  constructor(wire: MessageType, message: Message) {
    this.wire = wire;
    this.message = message;
    this.size = wire.sizeOf(message);
  }

  /** The encoded message. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.encodeInto(bytes, 0);
    return bytes;
  }

  /**
   * Writes the message at `offset`; returns where it ends. To encode it again for each packet costs less than
   * to keep its bytes: most messages ride in one packet, and the others are short.
   */
  encodeInto(target: Uint8Array, offset: number): number {
    return this.wire.encodeInto(this.message, target, offset);
  }
}

const NO_MORE: readonly Outgoing[] = [];

/** Most packets are one message: those need no list. */
export class Packet {
  readonly first: Outgoing;
  readonly more: readonly Outgoing[];
  /** Exact bytes on the wire, without the envelope. */
  readonly size: number;

  constructor(first: Outgoing, more: readonly Outgoing[] = NO_MORE) {
    this.first = first;
    this.more = more;
    let size = packetOverhead(1 + more.length) + first.size;
    for (const part of more) size += part.size;
    this.size = size;
  }

  get parts(): readonly Outgoing[] {
    return [this.first, ...this.more];
  }

  /** Writes the packet at `offset`; returns where it ends. */
  encodeInto(target: Uint8Array, offset: number): number {
    let at = offset;
    if (this.more.length > 0) {
      const sizes = this.parts.map((part) => part.size);
      at = writeCompoundHeader(sizes, target, at);
    }
    at = this.first.encodeInto(target, at);
    for (const part of this.more) at = part.encodeInto(target, at);
    return at;
  }
}

/** Bytes that a packet of `parts` messages costs beside them. */
export function packetOverhead(parts: number): number {
  return parts > 1 ? compoundHeaderSize(parts) : 0;
}
