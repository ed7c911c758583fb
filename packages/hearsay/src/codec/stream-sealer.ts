/**
 * What we say on a stream, with what belongs around it.
 *
 *     dialer      [label] ┬─ 0A length payload        memberlist's message, whole
 *                         ├─ E2 id frame frame …      an exchange or a link of ours
 *     acceptor            └─ as it is                 without encryption
 *
 * An acceptor answers in the way in which it was asked.
 * @module
 */
import { NO_BYTES } from "./field.ts";
import { labelHeader } from "./label.ts";
import type { Sealing } from "./sealed-envelope.ts";
import { PAYLOAD_HEAD_BYTES, payloadOverhead, payloadSize, sealPayload } from "./sealed-payload.ts";
import { FRAME_HEADER_BYTES, SequenceWriter, writeLength } from "./sealed-sequence.ts";
import { StreamMessageEnd } from "./stream-message-end.ts";
import { joined, MAX_SEALED_STREAM_BYTES, withLabel } from "./stream-opener.ts";
import type { Said, Speech, StreamRole } from "./stream-speech.ts";
import { STREAM_OPENER, TYPE_BYTE } from "./type-byte.ts";

export class StreamSealer {
  readonly #role: StreamRole;
  readonly #label: Uint8Array;
  readonly #sealing: Sealing | undefined;
  /** Whether memberlist's messages are sealed, and what we dial for. */
  readonly #seals: boolean;
  readonly #heard: () => Said | undefined;
  /** What must go out before anything else. */
  #prefix: Uint8Array;
  #speech: Speech | undefined;
  #sequence: SequenceWriter | undefined;
  #end = new StreamMessageEnd();
  #collected: Uint8Array[] = [];
  #collectedBytes = 0;

  /** `heard` tells an acceptor what it was asked. */
  constructor(
    role: StreamRole,
    label: Uint8Array,
    sealing: Sealing | undefined,
    heard: () => Said | undefined,
  ) {
    this.#role = role;
    this.#label = label;
    this.#sealing = sealing;
    this.#seals = sealing?.verifyOutgoing === true;
    this.#heard = heard;
    this.#prefix = role === "dialer" ? labelHeader(label) : NO_BYTES;
  }

  /** What we have begun to say. */
  get said(): Said | undefined {
    if (this.#speech === undefined) return undefined;
    return { speech: this.#speech, id: this.#sequence?.id ?? NO_BYTES };
  }

  /** What to send now; `undefined` when the message is larger than memberlist reads. */
  seal(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.length === 0) return NO_BYTES;
    this.#speech ??= this.#decide(bytes[0] as number);
    if (this.#sequence !== undefined) return this.#prefixed(this.#sequence.frames(bytes));
    if (!this.#seals || this.#speech !== "raw") return this.#prefixed(bytes);
    this.#collectedBytes += bytes.length;
    const { version } = this.#sealing as Sealing;
    if (this.#collectedBytes + payloadOverhead(version) > MAX_SEALED_STREAM_BYTES) {
      this.#collected = [];
      return undefined;
    }
    this.#collected.push(bytes);
    return this.#end.push(bytes) ? this.#flush() : NO_BYTES;
  }

  /** What to send when no more is to be said. */
  finish(): Uint8Array {
    // An acceptor that has nothing to say to a sequence says that.
    if (this.#role === "acceptor" && this.#speech === undefined && this.#heard() !== undefined) {
      this.#speech = this.#decide(0);
    }
    if (this.#sequence !== undefined) return this.#prefixed(this.#sequence.end());
    return this.#collectedBytes > 0 ? this.#flush() : NO_BYTES;
  }

  #decide(first: number): Speech {
    const heard = this.#heard();
    const isOwn = first === STREAM_OPENER.exchange || first === STREAM_OPENER.link;
    if (this.#role === "acceptor" && heard !== undefined && heard.speech !== "raw") {
      if (heard.speech === "ownSealed") this.#startSequence(heard.id);
      return heard.speech;
    }
    if (this.#role === "acceptor" || !isOwn) return "raw";
    if (!this.#seals) return "own";
    this.#startSequence(undefined);
    return "ownSealed";
  }

  #startSequence(dialerId: Uint8Array | undefined): void {
    const { keyring, nonces } = this.#sealing as Sealing;
    this.#sequence = new SequenceWriter(keyring, nonces, this.#label, dialerId);
  }

  #flush(): Uint8Array {
    const { version, keyring, nonces } = this.#sealing as Sealing;
    const plain = joined(this.#collected);
    this.#collected = [];
    this.#collectedBytes = 0;
    this.#end = new StreamMessageEnd();
    const length = payloadSize(version, plain.length);
    const start = FRAME_HEADER_BYTES + PAYLOAD_HEAD_BYTES;
    const out = new Uint8Array(FRAME_HEADER_BYTES + length);
    out[0] = TYPE_BYTE.encrypt;
    writeLength(out, length);
    out.set(plain, start);
    const aad = withLabel(out.slice(0, FRAME_HEADER_BYTES), this.#label);
    sealPayload(out, start, start + plain.length, version, keyring.primary, nonces, aad);
    return this.#prefixed(out);
  }

  #prefixed(bytes: Uint8Array): Uint8Array {
    if (this.#prefix.length === 0) return bytes;
    const whole = joined([this.#prefix, bytes]);
    this.#prefix = NO_BYTES;
    return whole;
  }
}
