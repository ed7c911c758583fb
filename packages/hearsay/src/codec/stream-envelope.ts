/**
 * What goes around the bytes of a stream: a label before what the dialer writes, encryption around all that
 * each side says.
 * @see stream-opener.ts, stream-sealer.ts, docs/encryption.md
 * @module
 */
import type { DecodeError } from "../kernel/index.ts";
import type { Field } from "./field.ts";
import { NO_BYTES, text } from "./field.ts";
import { NO_LABEL } from "./label.ts";
import type { LabelRule } from "./label.ts";
import type { Sealing } from "./sealed-envelope.ts";
import { StreamOpener } from "./stream-opener.ts";
import type { UnopenedBytes } from "./stream-opener.ts";
import { StreamSealer } from "./stream-sealer.ts";
import type { StreamRole } from "./stream-speech.ts";
import { named, struct } from "./struct.ts";
import { TYPE_BYTE } from "./type-byte.ts";
import { Writer } from "./writer.ts";

const ERROR: Field<{ readonly error: string }> = struct<{ readonly error: string }>({
  error: named("Error", text(1024)),
});

/** A label if there is one, encryption if there are keys: the same for all streams of a node. */
export class StreamEnvelope {
  readonly #rule: LabelRule;
  readonly #sealing: Sealing | undefined;
  readonly #unopened: UnopenedBytes = { count: 0 };

  constructor(rule: LabelRule = NO_LABEL, sealing?: Sealing) {
    this.#rule = rule;
    this.#sealing = sealing;
  }

  /** Whether streams go as they are. */
  get isPlain(): boolean {
    return this.#sealing === undefined && this.#rule.label.length === 0;
  }

  /** Begins a stream. */
  begin(role: StreamRole): WrappedStream {
    return new WrappedStream(role, this.#rule, this.#sealing, this.#unopened);
  }
}

/** The envelope of one stream, both directions. */
export class WrappedStream {
  readonly #opener: StreamOpener;
  readonly #sealer: StreamSealer;

  /** Made by `StreamEnvelope`. */
  constructor(
    role: StreamRole,
    rule: LabelRule,
    sealing: Sealing | undefined,
    unopened: UnopenedBytes,
  ) {
    const said = () => (role === "dialer" ? this.#sealer.said : undefined);
    const heard = () => (role === "acceptor" ? this.#opener.heard : undefined);
    this.#opener = new StreamOpener(role, rule, sealing, said, unopened);
    this.#sealer = new StreamSealer(role, rule.label, sealing, heard);
  }

  /**
   * Plaintext made readable by `chunk`: a view of it or bytes of its own, empty while a frame is not whole.
   * @throws DecodeError
   */
  open(chunk: Uint8Array): Uint8Array {
    return this.#opener.open(chunk);
  }

  /**
   * The other side has ended.
   * @throws DecodeError `truncated` if it had more to say
   */
  ended(): void {
    this.#opener.ended();
  }

  /**
   * What to send for `bytes` now, which stay unchanged from here on: perhaps themselves, empty while they are
   * collected into a frame. `undefined` when they are more than a frame may hold: the stream is of no use.
   */
  seal(bytes: Uint8Array): Uint8Array | undefined {
    return this.#sealer.seal(bytes);
  }

  /** What to send before our end; often nothing. */
  finish(): Uint8Array {
    return this.#sealer.finish();
  }

  /** What to tell the other side, if anything, before the stream is closed for `error`. */
  refuse(error: DecodeError): Uint8Array {
    if (!this.#opener.isAnswerable || this.#sealer.said !== undefined) return NO_BYTES;
    const value = { error: error.message };
    const writer = new Writer(new Uint8Array(1 + ERROR.sizeOf(value)));
    writer.uint8(TYPE_BYTE.err);
    ERROR.write(writer, value);
    return this.#sealer.seal(writer.bytes) ?? NO_BYTES;
  }

  /** The stream is gone. */
  close(): void {
    this.#opener.close();
  }
}
