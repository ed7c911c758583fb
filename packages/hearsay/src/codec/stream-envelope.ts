/**
 * What goes around the bytes of a stream. memberlist puts a label before what the dialer writes, and one
 * encrypted frame around all that each side says.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/** Which side of a stream we are: only the dialer writes a label. */
export type StreamRole = "dialer" | "acceptor";

export interface StreamEnvelope {
  /** Begins a stream. */
  begin(role: StreamRole): StreamWrapping;
}

/** The envelope of one stream, both directions. */
export interface StreamWrapping {
  /**
   * Plaintext made readable by `chunk`: a view of it or bytes of its own, empty while a frame is not whole.
   * @throws DecodeError
   */
  open(chunk: Uint8Array): Uint8Array;
  /** What to send for `bytes` now: perhaps a view of them, empty while they are collected into a frame. */
  seal(bytes: Uint8Array): Uint8Array;
  /** What to send when our message is complete; often nothing. */
  finish(): Uint8Array;
}

/** Streams as they are. A label or an encrypted frame is refused with its name. */
export class PlainStreamEnvelope implements StreamEnvelope {
  begin(_role: StreamRole): StreamWrapping {
    return new PlainStream();
  }
}

class PlainStream implements StreamWrapping {
  #opened = false;

  open(chunk: Uint8Array): Uint8Array {
    if (this.#opened || chunk.length === 0) return chunk;
    this.#opened = true;
    if (chunk[0] === TYPE_BYTE.label) throw new DecodeError("unsupported", "a labelled stream");
    if (chunk[0] === TYPE_BYTE.encrypt) throw new DecodeError("unsupported", "an encrypted stream");
    return chunk;
  }

  seal(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  finish(): Uint8Array {
    return NO_BYTES;
  }
}
