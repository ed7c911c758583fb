/**
 * Packets that only the holders of a key can read or make.
 *
 *     [payload [ CRC ] packet ]           the whole datagram, or what a label is around
 *
 * Opening tries every key; sealing uses the primary, in place. What it does not protect from is a packet
 * that was recorded and comes again: see docs/encryption.md.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import {
  PAYLOAD_HEAD_BYTES,
  openPayload,
  payloadOverhead,
  payloadSize,
  sealPayload,
} from "./sealed-payload.ts";
import type { PayloadVersion } from "./sealed-payload.ts";
import type { NonceSource } from "./aead.ts";
import type { Envelope } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/** How a node encrypts, packets and streams alike. */
export interface Sealing {
  readonly keyring: Keyring;
  readonly nonces: NonceSource;
  /** What we send; both are read. 0 is for clusters of memberlist's protocol 1. */
  readonly version: PayloadVersion;
  /** Whether what is not encrypted is refused; memberlist calls it GossipVerifyIncoming. */
  readonly verifyIncoming: boolean;
  /** Whether we encrypt what we send; memberlist calls it GossipVerifyOutgoing. */
  readonly verifyOutgoing: boolean;
}

export class SealedEnvelope implements Envelope {
  readonly headroomBytes: number;
  readonly overheadBytes: number;
  readonly #sealing: Sealing;
  readonly #label: Uint8Array;
  readonly #inner: Envelope;

  /** `label` is authenticated with every packet; what goes before the packet is `LabelledEnvelope`'s. */
  constructor(sealing: Sealing, label: Uint8Array, inner: Envelope) {
    const { verifyOutgoing, version } = sealing;
    this.#sealing = sealing;
    this.#label = label;
    this.#inner = inner;
    this.headroomBytes = inner.headroomBytes + (verifyOutgoing ? PAYLOAD_HEAD_BYTES : 0);
    this.overheadBytes = inner.overheadBytes + (verifyOutgoing ? payloadOverhead(version) : 0);
  }

  sizeOf(packetBytes: number, checksum: boolean): number {
    const { verifyOutgoing, version } = this.#sealing;
    const inner = this.#inner.sizeOf(packetBytes, checksum);
    return verifyOutgoing ? payloadSize(version, inner) : inner;
  }

  open(datagram: Uint8Array): Uint8Array {
    const { keyring, verifyIncoming } = this.#sealing;
    let plain: Uint8Array;
    try {
      plain = openPayload(datagram, 0, datagram.length, keyring.keys, this.#label);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (!verifyIncoming) return this.#inner.open(datagram);
      throw refusalOf(datagram, error);
    }
    return this.#inner.open(plain);
  }

  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    const { verifyOutgoing, version, keyring, nonces } = this.#sealing;
    const inner = this.#inner.seal(buffer, start, end, checksum);
    if (!verifyOutgoing) return inner;
    const from = inner.byteOffset - buffer.byteOffset;
    const to = from + inner.length;
    const sealedEnd = sealPayload(buffer, from, to, version, keyring.primary, nonces, this.#label);
    return buffer.subarray(from - PAYLOAD_HEAD_BYTES, sealedEnd);
  }
}

/** The most helpful of the reasons that a packet could not be opened. */
function refusalOf(datagram: Uint8Array, error: DecodeError): DecodeError {
  const [first = 0, second = 0, third = 0] = datagram;
  if (first === TYPE_BYTE.label) return new DecodeError("unexpectedLabel", "a labelled packet");
  // Types 0 and 1 look like versions; then come a small map and a short name, by chance once in 128 times.
  const isNamedMap = (second & 0xf0) === 0x80 && (third & 0xe0) === 0xa0;
  const isPlain = first > 1 ? first <= TYPE_BYTE.err : isNamedMap;
  return isPlain ? new DecodeError("notEncrypted", "a packet that is not encrypted") : error;
}
