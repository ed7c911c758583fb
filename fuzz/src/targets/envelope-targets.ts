/**
 * What is around packets and streams: labels, encryption, checksums, compression.
 *
 * Mutated bytes hardly ever decrypt. So each input is tried as it comes, and sealed by us: as an insider's plaintext, which
 * must come out as it went in, and damaged afterwards, which must not come out at all.
 * @module
 */
import {
  CompressingEnvelope,
  crc32,
  Keyring,
  labelBytes,
  LabelledEnvelope,
  NO_BYTES,
  PlainEnvelope,
  SealedEnvelope,
  StreamEnvelope,
} from "hearsay/codec";
import type { Envelope, LabelRule, NonceSource, Sealing } from "hearsay/codec";
import { nodeAead } from "hearsay/node";
import { PACKET_BOMBS, STREAM_BOMBS } from "../bombs.ts";
import { conversation } from "../conversation.ts";
import { promise, reasonOf } from "../target.ts";
import type { Target } from "../target.ts";
import { vectors } from "../vectors.ts";
import { pieces } from "./codec-targets.ts";

const NO_NONCES: NonceSource = { write: (target, at) => target.fill(7, at, at + 12) };
const LABEL: LabelRule = { label: labelBytes("orders"), skipInboundCheck: false };
const NO_LABEL: LabelRule = { label: NO_BYTES, skipInboundCheck: false };

function sealing(version: 0 | 1): Sealing {
  const keyring = new Keyring(nodeAead, [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)]);
  return { keyring, nonces: NO_NONCES, version, verifyIncoming: true, verifyOutgoing: true };
}

const plain = new PlainEnvelope(crc32);
const compressing = new CompressingEnvelope(plain);

const ENVELOPES: readonly Envelope[] = [
  plain,
  compressing,
  new LabelledEnvelope(LABEL, plain),
  new SealedEnvelope(sealing(1), NO_BYTES, plain),
  new SealedEnvelope(sealing(0), NO_BYTES, compressing),
  new LabelledEnvelope(LABEL, new SealedEnvelope(sealing(1), LABEL.label, plain)),
];

const envelope: Target = {
  name: "envelope",
  reads: "label, encryption and checksum of a packet",
  shape: "packet",
  seeds: () => [
    ...PACKET_BOMBS,
    ...vectors("udp"),
    ...ENVELOPES.map((each) => sealed(each, hello)),
  ],
  run(input) {
    for (const each of ENVELOPES) {
      reasonOf(() => each.open(input));
      if (input.length === 0 || input.length > 60_000) continue;
      const datagram = sealed(each, input);
      const opened = each.open(datagram);
      const isCompressed = opened[0] === 9 && opened.length < input.length;
      promise(isCompressed || Buffer.compare(opened, input) === 0, "what was sealed comes out");
      if (!(each instanceof SealedEnvelope)) continue;
      const at = (input[0] as number) % datagram.length;
      datagram[at] = (datagram[at] as number) ^ 0x80;
      promise(reasonOf(() => each.open(datagram)) !== undefined, "what was damaged stays shut");
    }
  },
};

const hello = new TextEncoder().encode("hello, hello, hello, hello");

function sealed(how: Envelope, packet: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(packet.length + how.overheadBytes);
  buffer.set(packet, how.headroomBytes);
  const end = how.headroomBytes + packet.length;
  return how.seal(buffer, how.headroomBytes, end, true).slice();
}

const STREAMS: readonly StreamEnvelope[] = [
  new StreamEnvelope(NO_LABEL, sealing(1)),
  new StreamEnvelope(LABEL, sealing(1)),
  new StreamEnvelope(LABEL),
];

const stream: Target = {
  name: "stream-envelope",
  reads: "label and encryption of a stream, in pieces",
  shape: "packet",
  maxBytes: 64 << 20,
  seeds: () => [...STREAM_BOMBS, ...vectors("tcp"), ...conversation().streams],
  run(input) {
    for (const each of STREAMS) {
      for (const role of ["acceptor", "dialer"] as const) {
        const wrapped = each.begin(role);
        reasonOf(() => {
          for (const piece of pieces(input)) wrapped.open(piece);
          wrapped.ended();
        });
        wrapped.close();
      }
      if (input.length === 0) continue;
      const dialer = each.begin("dialer");
      const acceptor = each.begin("acceptor");
      // What is no message is refused by who should say it, or by who hears it.
      reasonOf(() => {
        const said = Buffer.concat([dialer.seal(input.slice()) ?? NO_BYTES, dialer.finish()]);
        const heard = Buffer.concat(
          Array.from(pieces(said), (piece) => acceptor.open(piece).slice()),
        );
        promise(Buffer.compare(heard, input) === 0, "what was said is heard");
      });
      acceptor.close();
      dialer.close();
    }
  },
};

export const ENVELOPE_TARGETS: readonly Target[] = [envelope, stream];
