/**
 * A packet on its way out: messages, their exact sizes, and their bytes only when somebody asks.
 *
 *     one message     [message]
 *     more            [07 count][length u16 be × count][message]…[message]      memberlist's compound
 * @module
 */
import { compoundHeaderSize, writeCompoundHeader } from "../codec/index.ts";
import type { Message, MessageType } from "../kernel/index.ts";

/** One message to send. It may ride in several packets; it is encoded at most once. */
export class Outgoing {
  readonly wire: MessageType;
  readonly message: Message;
  /** Exact bytes on the wire. */
  readonly size: number;
  #bytes: Uint8Array | undefined;

  constructor(wire: MessageType, message: Message) {
    this.wire = wire;
    this.message = message;
    this.size = wire.sizeOf(message);
  }

  /** The encoded message; shared, not to be written to. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = new Uint8Array(this.size);
      this.wire.encodeInto(this.message, this.#bytes, 0);
    }
    return this.#bytes;
  }
}

export class Packet {
  readonly parts: readonly Outgoing[];
  /** Exact bytes on the wire, without the envelope. */
  readonly size: number;

  constructor(parts: readonly Outgoing[]) {
    this.parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.size, packetOverhead(parts.length));
  }

  /** Writes the packet at `offset`; returns where it ends. */
  encodeInto(target: Uint8Array, offset: number): number {
    let at = offset;
    if (this.parts.length > 1) {
      const sizes = this.parts.map((part) => part.size);
      at = writeCompoundHeader(sizes, target, at);
    }
    for (const part of this.parts) {
      target.set(part.bytes, at);
      at += part.size;
    }
    return at;
  }
}

/** Bytes that a packet of `parts` messages costs beside them. */
export function packetOverhead(parts: number): number {
  return parts > 1 ? compoundHeaderSize(parts) : 0;
}
