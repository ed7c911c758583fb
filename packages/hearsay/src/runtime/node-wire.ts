/**
 * What stands between a node's machine and its sockets, made of options and ports.
 * @module
 */
import {
  CompressingEnvelope,
  crc32,
  Keyring,
  LabelledEnvelope,
  PlainEnvelope,
  SealedEnvelope,
  StreamEnvelope,
} from "../codec/index.ts";
import type { Envelope, Sealing } from "../codec/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Ports } from "./clock.ts";
import type { ResolvedWireOptions } from "./encryption-options.ts";

export interface NodeWire {
  readonly envelope: Envelope;
  readonly streams: StreamEnvelope;
  /** The one that both encrypt with. */
  readonly keyring: Keyring | undefined;
}

/** @throws HearsayError `ERR_OPTION` where the platform has no cipher */
export function composeWire(
  options: ResolvedWireOptions,
  ports: Pick<Ports, "aead" | "nonces" | "crc32">,
): NodeWire {
  const { label } = options;
  const sealing = sealingOf(options, ports);
  let envelope: Envelope = new PlainEnvelope(ports.crc32 ?? crc32);
  if (options.compression) envelope = new CompressingEnvelope(envelope);
  if (sealing !== undefined) envelope = new SealedEnvelope(sealing, label.label, envelope);
  if (label.label.length > 0) envelope = new LabelledEnvelope(label, envelope);
  return { envelope, streams: new StreamEnvelope(label, sealing), keyring: sealing?.keyring };
}

function sealingOf(
  { encryption }: ResolvedWireOptions,
  { aead, nonces }: Pick<Ports, "aead" | "nonces">,
): Sealing | undefined {
  if (encryption === undefined) return undefined;
  if (aead === undefined || nonces === undefined) {
    const expected = "a platform with a cipher (ports aead and nonces)";
    throw new HearsayError("ERR_OPTION", `encryption: expected ${expected}, got none`, {
      option: "encryption",
      expected,
    });
  }
  const { keys, verifyIncoming, verifyOutgoing, version } = encryption;
  return { keyring: new Keyring(aead, keys), nonces, verifyIncoming, verifyOutgoing, version };
}
