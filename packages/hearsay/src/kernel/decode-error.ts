/**
 * The network's doing: bytes that are not what they claim to be.
 * @module
 */
import { HearsayError } from "./errors.ts";

/** Why bytes were refused; each is a drop counter of the node. */
export type DecodeReason =
  | "empty"
  | "truncated"
  | "unknownType"
  | "unclaimed"
  | "misplacedType"
  | "malformed"
  | "outOfRange"
  | "tooLarge"
  | "tooMany"
  | "tooDeep"
  | "notUtf8"
  | "badChecksum"
  | "badCompression"
  /** A label that is not ours; none, where ours is configured; one, where none belongs. */
  | "wrongLabel"
  | "missingLabel"
  | "unexpectedLabel"
  /** Encrypted, and we have no keys. */
  | "encrypted"
  /** Not encrypted, and we insist. */
  | "notEncrypted"
  /** Encrypted with a key that we do not have, for another label, or forged. */
  | "undecryptable"
  | "badPadding"
  | "unsupported";

/** V8's, where one may set it: how many calls an error remembers. Elsewhere errors remember them when they are thrown. */
const traces = Error as { stackTraceLimit?: number };
const canBeSpared = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === true;

/**
 * Ends the reading of one message. Thrown by decoders alone and caught in the one place that counts
 * it; no state has changed by then.
 *
 * It has no stack: to remember the calls that led to it costs more than all else that is done about a hostile packet,
 * and whoever sends those chooses how many.
 */
export class DecodeError extends HearsayError {
  override readonly name = "DecodeError";
  readonly reason: DecodeReason;

  constructor(reason: DecodeReason, message: string) {
    const limit = traces.stackTraceLimit;
    if (canBeSpared) traces.stackTraceLimit = 0;
    super("ERR_DECODE", message);
    if (canBeSpared && limit !== undefined) traces.stackTraceLimit = limit;
    this.reason = reason;
  }
}
