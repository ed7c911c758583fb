/**
 * What is in a packet or a stream, layer by layer, as plain JSON: for people who debug a cluster.
 *
 *     F4 label ▸ 00|01 encrypted ▸ 0C checksum ▸ compress ▸ compound ▸ messages      a packet
 *     F4 label ▸ 0A encrypted ▸ compress ▸ one message                               a stream
 *
 * Shows everything under its name on the wire, and reads what users and their protocols send as bytes. A node
 * drops a message that it cannot read and goes on; this is all or nothing, so that nothing is overlooked.
 * Bounded like a node's reading: `DEFAULT_LAYER_LIMITS` for packets, memberlist's own limits for streams.
 * @see docs/wire/memberlist.md
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { NONCE_BYTES } from "./aead.ts";
import type { AeadKey } from "./aead.ts";
import { crc32 } from "./crc32.ts";
import { describeMessage, describeStreamMessage } from "./describe-message.ts";
import type { TagsOf } from "./describe-message.ts";
import { describeText, hexOf } from "./describe-value.ts";
import type { Description } from "./describe-value.ts";
import { NO_BYTES } from "./field.ts";
import { labelBytes } from "./label.ts";
import { openPayload } from "./sealed-payload.ts";
import { readLength } from "./sealed-sequence.ts";
import { MAX_SEALED_STREAM_BYTES } from "./stream-opener.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/** A key to try, and the base64 that it is shown as when it fits. */
export interface DescribeKey {
  readonly base64: string;
  readonly key: AeadKey;
}

export interface DescribeOptions {
  /** @default none, then what is encrypted is an error */
  readonly keys?: readonly DescribeKey[];
  /**
   * The label of the cluster: another one is an error. Where the bytes have none, as the answer on a stream,
   * it is what encryption authenticates. @default whatever label the bytes have
   */
  readonly label?: string;
  /** The tags in the metadata of a member, to be shown beside it; may throw a `DecodeError`. @default not shown */
  readonly tagsOf?: TagsOf;
}

/**
 * @param datagram all of it
 * @throws DecodeError for the first thing in it that cannot be read
 */
export function describePacket(datagram: Uint8Array, options: DescribeOptions = {}): Description {
  return describeLabelled(datagram, options, describeSealedPacket);
}

/**
 * @param bytes what one side of a connection sent, from its first byte on; what follows the message is ignored
 * @throws DecodeError for the first thing in it that cannot be read
 */
export function describeStream(bytes: Uint8Array, options: DescribeOptions = {}): Description {
  return describeLabelled(bytes, options, describeSealedStream);
}

/** Type byte and checksum. */
const CRC_BYTES = 5;

/** Type byte and length. */
const FRAME_HEADER_BYTES = 5;

/** Shortest encrypted payload: version, nonce, tag. */
const MIN_SEALED_BYTES = 29;

type DescribeInner = (
  bytes: Uint8Array,
  label: Uint8Array,
  options: DescribeOptions,
) => Description;

function describeLabelled(
  bytes: Uint8Array,
  options: DescribeOptions,
  describeInner: DescribeInner,
): Description {
  if (bytes.length === 0) throw new DecodeError("empty", "no bytes");
  const ours = options.label === undefined ? NO_BYTES : labelBytes(options.label);
  if (bytes[0] !== TYPE_BYTE.label) return describeInner(bytes, ours, options);
  const length = bytes[1];
  if (length === 0) throw new DecodeError("malformed", "a label of no bytes");
  if (length === undefined || bytes.length < 2 + length) {
    throw new DecodeError("truncated", "a label cut short");
  }
  const label = bytes.subarray(2, 2 + length);
  const isOurs = label.length === ours.length && label.every((byte, i) => byte === ours[i]);
  if (options.label !== undefined && !isOurs) {
    throw new DecodeError("wrongLabel", `the label of another cluster, ${hexOf(label)} in hex`);
  }
  const inner = describeInner(bytes.subarray(2 + length), label, options);
  return { type: "label", typeByte: TYPE_BYTE.label, label: describeText(label), inner };
}

function describeSealedPacket(
  bytes: Uint8Array,
  label: Uint8Array,
  options: DescribeOptions,
): Description {
  // Versions look like pings and indirect pings: what a key opens was encrypted, what it does not may be plain.
  const maySeal = bytes.length >= MIN_SEALED_BYTES && (bytes[0] as number) <= 1;
  const { keys = [], tagsOf } = options;
  let refusal: DecodeError | undefined;
  if (maySeal) {
    try {
      const { plain, ...about } = open(bytes, keys, label);
      const inner = describeChecked(plain, tagsOf);
      return { type: "encryptedPacket", ...about, inner };
    } catch (error) {
      if (!(error instanceof DecodeError) || !UNOPENED.has(error.reason)) throw error;
      refusal = error;
    }
  }
  try {
    return describeChecked(bytes, tagsOf);
  } catch (error) {
    throw refusal !== undefined && error instanceof DecodeError ? refusal : error;
  }
}

function describeSealedStream(
  bytes: Uint8Array,
  label: Uint8Array,
  { keys = [], tagsOf }: DescribeOptions,
): Description {
  if (bytes[0] !== TYPE_BYTE.encrypt) return describeStreamMessage(bytes, tagsOf);
  const header = bytes.subarray(0, FRAME_HEADER_BYTES);
  if (header.length < FRAME_HEADER_BYTES) throw new DecodeError("truncated", "a frame cut short");
  const length = readLength(header);
  if (length > MAX_SEALED_STREAM_BYTES) {
    throw new DecodeError(
      "tooLarge",
      `a frame of ${length} bytes, the limit is ${MAX_SEALED_STREAM_BYTES}`,
    );
  }
  const payload = bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length);
  if (payload.length < length) {
    throw new DecodeError("truncated", `a frame of ${length} bytes, ${payload.length} are there`);
  }
  const aad = Uint8Array.of(...header, ...label);
  const { plain, aad: aadHex, ...about } = open(payload, keys, aad);
  const frame = { type: "encryptedStream", typeByte: TYPE_BYTE.encrypt, length, aad: aadHex };
  return { ...frame, ...about, inner: describeStreamMessage(plain, tagsOf) };
}

/** Reasons after which bytes may be plain after all. */
const UNOPENED: ReadonlySet<string> = new Set(["undecryptable", "encrypted", "truncated"]);

interface Opened {
  readonly encryptionVersion: number;
  readonly nonce: string;
  readonly keyUsed: string;
  readonly aad: string;
  readonly plaintextHex: string;
  readonly plain: Uint8Array;
}

/** @throws DecodeError */
function open(payload: Uint8Array, keys: readonly DescribeKey[], aad: Uint8Array): Opened {
  let refusal = new DecodeError("encrypted", "encrypted, and no key was given");
  for (const { base64, key } of keys) {
    try {
      const plain = openPayload(payload, 0, payload.length, [key], aad);
      if (plain.length === 0) throw new DecodeError("empty", "encryption of nothing");
      return {
        encryptionVersion: payload[0] as number,
        nonce: hexOf(payload.subarray(1, 1 + NONCE_BYTES)),
        keyUsed: base64,
        aad: hexOf(aad),
        plaintextHex: hexOf(plain),
        plain,
      };
    } catch (error) {
      if (!(error instanceof DecodeError) || error.reason !== "undecryptable") throw error;
      refusal = new DecodeError("undecryptable", "no key that was given opens it with this label");
    }
  }
  throw refusal;
}

/** A packet that may have a checksum. */
function describeChecked(bytes: Uint8Array, tagsOf: TagsOf | undefined): Description {
  if (bytes[0] !== TYPE_BYTE.crc) return describeMessage(bytes, tagsOf);
  if (bytes.length < CRC_BYTES) throw new DecodeError("truncated", "a checksum cut short");
  if (bytes.length === CRC_BYTES) throw new DecodeError("empty", "a checksum of nothing");
  const packet = bytes.subarray(CRC_BYTES);
  const claimed = hexOf(bytes.subarray(1, CRC_BYTES));
  const actual = crc32(packet).toString(16).padStart(8, "0");
  if (claimed !== actual) {
    throw new DecodeError("badChecksum", `the checksum is ${claimed}, that of the bytes ${actual}`);
  }
  const inner = describeMessage(packet, tagsOf);
  return { type: "hasCrc", typeByte: TYPE_BYTE.crc, crc32: claimed, inner };
}
