import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PooledNonces } from "../node/aead.ts";
import { NONCE_BYTES } from "./aead.ts";
import { CompressingEnvelope } from "./compressing-envelope.ts";
import { crc32 } from "./crc32.ts";
import { PlainEnvelope } from "./envelope.ts";
import { DEFAULT_LAYER_LIMITS, readLayers } from "./layers.ts";
import { openPayload, sealPayload } from "./sealed-payload.ts";
import type { PayloadVersion } from "./sealed-payload.ts";
import { refusal } from "./test/limits.ts";
import {
  givenNonces,
  labelRule,
  packetEnvelope,
  sealing,
  sealPacket,
  testKey,
} from "./test/sealing.ts";
import { fromHex, loadVectors, toHex } from "./test/vectors.ts";
import type { Vector } from "./test/vectors.ts";

interface SealedVector extends Vector {
  readonly plainHex: string;
  readonly aadHex: string;
  readonly encryptKeyBase64: string;
  readonly encryptionVersion: PayloadVersion;
}

describe("Go's payloads open, and are sealed to the same bytes", () => {
  const vectors = loadVectors("oracle-encrypt.json") as readonly SealedVector[];
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const { hex, plainHex, aadHex, encryptKeyBase64, encryptionVersion } = vector;
    const { keyring } = sealing([testKey(99), encryptKeyBase64]);
    const bytes = fromHex(hex);
    const aad = fromHex(aadHex);
    expect(toHex(openPayload(bytes, 0, bytes.length, keyring.keys, aad))).toBe(plainHex);

    keyring.use(encryptKeyBase64);
    const plain = fromHex(plainHex);
    const buffer = new Uint8Array(64 + plain.length);
    buffer.set(plain, 20);
    const nonces = givenNonces(hex.slice(2, 2 + 2 * NONCE_BYTES));
    const end = sealPayload(
      buffer,
      20,
      20 + plain.length,
      encryptionVersion,
      keyring.primary,
      nonces,
      aad,
    );
    expect(toHex(buffer.subarray(7, end))).toBe(hex);
  });
});

const PACKET = fromHex("0282a75061796c6f6164c0a55365714e6f7f");

describe("a sealed packet", () => {
  test("opens to itself at every size, label, version and key size, and is as long as was said", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1500 }),
        fc.constantFrom<PayloadVersion>(0, 1),
        fc.constantFrom("", "dc1", "x".repeat(255)),
        fc.constantFrom(16, 24, 32),
        fc.boolean(),
        (body, version, label, keyBytes, checksum) => {
          const packet = Uint8Array.from([2, ...body]);
          const how = sealing([testKey(5, keyBytes)], { version });
          const envelope = packetEnvelope(how, labelRule(label));
          const datagram = sealPacket(envelope, packet, checksum);
          expect(datagram).toHaveLength(envelope.sizeOf(packet.length, checksum));
          expect(datagram.length).toBeLessThanOrEqual(packet.length + envelope.overheadBytes);
          expect(toHex(envelope.open(datagram))).toBe(toHex(packet));
        },
      ),
    );
  });

  test("costs what memberlist reserves for it, and our checksum", () => {
    expect(packetEnvelope(sealing(), labelRule("")).overheadBytes).toBe(29 + 5);
    expect(packetEnvelope(sealing(undefined, { version: 0 }), labelRule("")).overheadBytes).toBe(
      45 + 5,
    );
    expect(packetEnvelope(sealing(), labelRule("dc1")).overheadBytes).toBe(29 + 5 + 5);
    const quiet = sealing(undefined, { verifyOutgoing: false });
    expect(packetEnvelope(quiet, labelRule("")).overheadBytes).toBe(5);
  });

  test("no flipped bit passes", () => {
    for (const version of [0, 1] as const) {
      const envelope = packetEnvelope(sealing(undefined, { version }), labelRule("dc1"));
      const datagram = sealPacket(envelope, PACKET, true);
      for (let bit = 0; bit < 8 * datagram.length; bit++) {
        const flipped = datagram.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(refusal(() => envelope.open(flipped))).toBeDefined();
      }
    }
  });

  test("no part of it passes", () => {
    const envelope = packetEnvelope(sealing(), labelRule("dc1"));
    const datagram = sealPacket(envelope, PACKET, false);
    for (let size = 0; size < datagram.length; size++) {
      expect(refusal(() => envelope.open(datagram.subarray(0, size)))).toBeDefined();
    }
  });

  test("is refused by what is wrong with it", () => {
    const key = testKey(1);
    const envelope = packetEnvelope(sealing([key]), labelRule("dc1"));
    const bare = packetEnvelope(sealing([key]), labelRule(""));
    const plain = packetEnvelope(undefined, labelRule(""));
    const refuses = (by: typeof envelope, datagram: Uint8Array) => refusal(() => by.open(datagram));
    const sealed = sealPacket(envelope, PACKET, false);
    expect(refuses(packetEnvelope(sealing([testKey(2)]), labelRule("dc1")), sealed)).toBe(
      "undecryptable",
    );
    expect(refuses(packetEnvelope(sealing([key]), labelRule("dc2")), sealed)).toBe("wrongLabel");
    expect(refuses(bare, sealed)).toBe("unexpectedLabel");
    expect(refuses(plain, sealed)).toBe("unexpectedLabel");
    // The label is authenticated: taking the header off or exchanging it does not help.
    expect(refuses(bare, sealed.subarray(5))).toBe("undecryptable");
    expect(refuses(envelope, sealPacket(bare, PACKET, false))).toBe("missingLabel");
    expect(refuses(bare, sealPacket(plain, PACKET, false))).toBe("notEncrypted");
    expect(refuses(bare, sealPacket(plain, PACKET, true))).toBe("notEncrypted");
    expect(refuses(bare, fromHex(`0082a44e6f6465a16e${"00".repeat(40)}`))).toBe("notEncrypted");
    expect(refuses(plain, sealPacket(bare, PACKET, false))).toBe("encrypted");
    expect(refuses(bare, fromHex(`0e${"00".repeat(60)}`))).toBe("unsupported");
    expect(refuses(bare, fromHex(`01${"ff".repeat(27)}`))).toBe("truncated");
    expect(refuses(bare, fromHex(`00${"ff".repeat(43)}`))).toBe("truncated");
    expect(refuses(bare, new Uint8Array(0))).toBe("empty");
    expect(refuses(envelope, fromHex("f400"))).toBe("malformed");
    expect(refuses(envelope, fromHex("f40364"))).toBe("truncated");
    expect(refuses(bare, sealPacket(bare, new Uint8Array(0), false))).toBe("empty");
    expect(refuses(bare, sealPacket(bare, new Uint8Array(0), true))).toBe("empty");
  });

  test("a padding must be one", () => {
    const { keyring } = sealing();
    for (const [size, last] of [
      [16, 0],
      [16, 17],
      [32, 40],
      [16, 255],
      [16, 2],
    ] as const) {
      const bytes = new Uint8Array(13 + size + 16);
      bytes.fill(1, 13, 13 + size);
      bytes[12 + size] = last;
      keyring.primary.seal(bytes, 13, 13 + size, new Uint8Array(0));
      expect(
        refusal(() => openPayload(bytes, 0, bytes.length, keyring.keys, new Uint8Array(0))),
      ).toBe("badPadding");
    }
  });

  test("hostile bytes are refused, whatever they are", () => {
    const envelopes = [
      packetEnvelope(sealing([testKey(1), testKey(2)]), labelRule("dc1")),
      packetEnvelope(sealing(), labelRule("")),
      packetEnvelope(sealing(undefined, { verifyIncoming: false }), labelRule("")),
      packetEnvelope(sealing(), labelRule("dc1", true)),
    ];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("", "f403646331", "00", "01", "f4"),
        fc.nat(envelopes.length - 1),
        (bytes, prefix, which) => {
          const datagram = Uint8Array.from([...fromHex(prefix), ...bytes]);
          // Throws what is not a DecodeError.
          refusal(() => (envelopes[which] as PlainEnvelope).open(datagram));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("the version and key of a sender are its own affair", () => {
    const [a, b] = [testKey(1), testKey(2, 32)];
    const reader = packetEnvelope(sealing([a, b]), labelRule("dc1"));
    for (const version of [0, 1] as const) {
      const writer = packetEnvelope(sealing([b], { version }), labelRule("dc1"));
      expect(toHex(reader.open(sealPacket(writer, PACKET, true)))).toBe(toHex(PACKET));
    }
  });
});

describe("options of memberlist", () => {
  test("without verifyOutgoing nothing is sealed; without verifyIncoming plain packets are read", () => {
    const lax = sealing(undefined, { verifyIncoming: false, verifyOutgoing: false });
    const envelope = packetEnvelope(lax, labelRule(""));
    const plain = packetEnvelope(undefined, labelRule(""));
    const datagram = sealPacket(envelope, PACKET, true);
    expect(toHex(datagram)).toBe(toHex(sealPacket(plain, PACKET, true)));
    expect(toHex(envelope.open(datagram))).toBe(toHex(PACKET));
    const strict = packetEnvelope(sealing(), labelRule(""));
    expect(toHex(envelope.open(sealPacket(strict, PACKET, true)))).toBe(toHex(PACKET));
  });

  test("a front end may take the label off: ours is authenticated all the same", () => {
    const inside = packetEnvelope(sealing(), labelRule("dc1", true));
    const outside = packetEnvelope(sealing(), labelRule("dc1"));
    const datagram = sealPacket(outside, PACKET, false);
    expect(toHex(inside.open(datagram.subarray(5)))).toBe(toHex(PACKET));
    expect(refusal(() => inside.open(datagram))).toBe("unexpectedLabel");
    expect(toHex(outside.open(sealPacket(inside, PACKET, false)))).toBe(toHex(PACKET));
  });

  test("a label alone keeps clusters apart", () => {
    const envelope = packetEnvelope(undefined, labelRule("dc1"));
    const datagram = sealPacket(envelope, PACKET, false);
    expect(toHex(datagram)).toBe(`f403646331${toHex(PACKET)}`);
    expect(toHex(envelope.open(datagram))).toBe(toHex(PACKET));
    expect(refusal(() => packetEnvelope(undefined, labelRule("dc2")).open(datagram))).toBe(
      "wrongLabel",
    );
  });
});

test("a packet is compressed when that makes it shorter, and not otherwise", () => {
  const envelope = new CompressingEnvelope(new PlainEnvelope(crc32));
  const repetitive = Uint8Array.from([8, ...new Uint8Array(500)]);
  const packed = sealPacket(envelope, repetitive, true);
  expect(packed.length).toBeLessThan(100);
  expect(packed[5]).toBe(9);
  const found: string[] = [];
  readLayers(envelope.open(packed), DEFAULT_LAYER_LIMITS, {
    message: (bytes, start, end) => void found.push(toHex(bytes.subarray(start, end))),
    drop: (reason) => expect.unreachable(reason),
  });
  expect(found).toEqual([toHex(repetitive)]);
  expect(toHex(sealPacket(envelope, PACKET, false))).toBe(toHex(PACKET));
});

test("pooled nonces do not come twice, also across the pool's end", () => {
  const nonces = new PooledNonces();
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const nonce = new Uint8Array(14);
    nonces.write(nonce, 1);
    expect([nonce[0], nonce[13]]).toEqual([0, 0]);
    seen.add(toHex(nonce));
  }
  expect(seen.size).toBe(2000);
});
