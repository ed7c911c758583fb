/**
 * Messages as values, and the contract of what puts them on the wire.
 * @module
 */

/** A message in memory: a read-only record told apart by `type`. */
export interface Message {
  readonly type: string;
}

/**
 * One kind of message on the wire: `prefix`, then a body. Made from a table of field descriptions
 * (`codec/`), so that reading, writing and counting cannot disagree.
 */
export interface MessageType<M extends Message = Message> {
  readonly type: M["type"];
  /**
   * The first bytes. memberlist's own types have one (`[0]` is ping); a tenant's messages travel as
   * memberlist user messages: `[8, channel letter, kind]`.
   */
  readonly prefix: readonly number[];
  /** Exact bytes of prefix and body together. */
  sizeOf(message: M): number;
  /** Writes prefix and body at `offset`; returns where they end. Needs `sizeOf(message)` bytes. */
  encodeInto(message: M, target: Uint8Array, offset: number): number;
  /**
   * Reads a body in `bytes[start, end)`, the prefix already passed.
   * @throws DecodeError when the bytes are not such a message
   */
  decode(bytes: Uint8Array, start: number, end: number): M;
}

/** The bytes of one message. */
export function encode<M extends Message>(type: MessageType<M>, message: M): Uint8Array {
  const bytes = new Uint8Array(type.sizeOf(message));
  type.encodeInto(message, bytes, 0);
  return bytes;
}
