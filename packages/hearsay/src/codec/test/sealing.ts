/**
 * Keys, nonces and envelopes for tests.
 * @module
 */
import { nodeAead } from "../../node/aead.ts";
import { NONCE_BYTES } from "../aead.ts";
import type { NonceSource } from "../aead.ts";
import { crc32 } from "../crc32.ts";
import { PlainEnvelope } from "../envelope.ts";
import type { Envelope } from "../envelope.ts";
import { NO_BYTES } from "../field.ts";
import { Keyring } from "../keyring.ts";
import type { KeyInput } from "../keyring.ts";
import { labelBytes, LabelledEnvelope } from "../label.ts";
import type { LabelRule } from "../label.ts";
import { SealedEnvelope } from "../sealed-envelope.ts";
import type { Sealing } from "../sealed-envelope.ts";
import { fromHex } from "./vectors.ts";

/** A key of `size` bytes, all `fill`. */
export function testKey(fill: number, size = 16): Uint8Array {
  return new Uint8Array(size).fill(fill);
}

/** Nonces 1, 2, 3, …: for tests alone, where every run must make the same bytes. */
export class CountingNonces implements NonceSource {
  count = 0;

  write(target: Uint8Array, at: number): void {
    target.fill(0, at, at + NONCE_BYTES);
    new DataView(target.buffer, target.byteOffset + at).setUint32(8, ++this.count);
  }
}

/** The nonces of a recording, in turn. */
export function givenNonces(...hex: readonly string[]): NonceSource {
  const left = hex.map(fromHex);
  return { write: (target, at) => target.set(left.shift() ?? NO_BYTES, at) };
}

export function sealing(
  keys: readonly KeyInput[] = [testKey(1)],
  options: Partial<Sealing> = {},
): Sealing {
  return {
    keyring: new Keyring(nodeAead, keys),
    nonces: new CountingNonces(),
    version: 1,
    verifyIncoming: true,
    verifyOutgoing: true,
    ...options,
  };
}

export function labelRule(label: string, skipInboundCheck = false): LabelRule {
  return { label: label === "" ? NO_BYTES : labelBytes(label), skipInboundCheck };
}

/** What stands around packets: a label if there is one, encryption if there is one, a checksum. */
export function packetEnvelope(how: Sealing | undefined, rule: LabelRule): Envelope {
  const plain = new PlainEnvelope(crc32);
  const inner = how === undefined ? plain : new SealedEnvelope(how, rule.label, plain);
  return rule.label.length === 0 ? inner : new LabelledEnvelope(rule, inner);
}

/** `packet` sealed in a buffer of exactly the size that the envelope asks for. */
export function sealPacket(envelope: Envelope, packet: Uint8Array, checksum: boolean): Uint8Array {
  const start = envelope.headroomBytes;
  const buffer = new Uint8Array(packet.length + envelope.overheadBytes);
  buffer.set(packet, start);
  return envelope.seal(buffer, start, start + packet.length, checksum);
}
