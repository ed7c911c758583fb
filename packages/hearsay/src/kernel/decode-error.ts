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

/**
 * Ends the reading of one message. Thrown by decoders alone and caught in the one place that counts
 * it; no state has changed by then.
 */
export class DecodeError extends HearsayError {
  override readonly name = "DecodeError";
  readonly reason: DecodeReason;

  constructor(reason: DecodeReason, message: string) {
    super("ERR_DECODE", message);
    this.reason = reason;
  }
}
