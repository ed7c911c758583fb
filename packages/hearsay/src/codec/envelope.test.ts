import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32 } from "./crc32.ts";
import { PlainEnvelope } from "./envelope.ts";
import { refusal } from "./test/limits.ts";
import { fromHex, toHex } from "./test/vectors.ts";

const envelope = new PlainEnvelope(crc32);
const open = (hex: string) => toHex(envelope.open(fromHex(hex)));
const refused = (hex: string) => refusal(() => envelope.open(fromHex(hex)));

describe("packets", () => {
  test("what is sealed can be opened, and neither copies", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.boolean(),
        fc.nat(9),
        (bytes, checksum, extra) => {
          // A first byte that means another layer is not for this test.
          const packet = Uint8Array.from([8, ...bytes]);
          const start = envelope.headroomBytes + extra;
          const buffer = new Uint8Array(start + packet.length + 20);
          buffer.set(packet, start);
          const datagram = envelope.seal(buffer, start, start + packet.length, checksum);
          expect(datagram.buffer).toBe(buffer.buffer);
          expect(datagram.length).toBe(packet.length + (checksum ? envelope.overheadBytes : 0));
          const opened = envelope.open(datagram);
          expect(opened.buffer).toBe(buffer.buffer);
          expect(opened).toEqual(packet);
        },
      ),
    );
  });

  test("a checksum is what Go computes", () => {
    expect(open("0c488c5d81080182a54c54696d6501a44e6f6465a26e33")).toBe(
      "080182a54c54696d6501a44e6f6465a26e33",
    );
  });

  test("no flipped bit passes a checksum", () => {
    const datagram = fromHex("0c488c5d81080182a54c54696d6501a44e6f6465a26e33");
    for (let bit = 8; bit < 8 * datagram.length; bit++) {
      const flipped = datagram.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(refusal(() => envelope.open(flipped))).toBe("badChecksum");
    }
  });

  test("what is not whole is refused by what is missing", () => {
    expect(refused("")).toBe("empty");
    expect(refused("0c000000")).toBe("truncated");
    expect(refused("0c00000000")).toBe("empty");
  });

  test("labels and encryption are named, not mistaken for garbage", () => {
    expect(refused("f4036463310080")).toBe("unexpectedLabel");
    expect(refused(`01${"1c0bd6b7c54b58212461f81635bb0ca3950d792ac368da38f351c215"}`)).toBe(
      "encrypted",
    );
    expect(refused(`00${"d0ffe82456da37f2c2f8fe85bd27ddac32e1f47cd77db56cc2ff61b1"}`)).toBe(
      "encrypted",
    );
  });

  test("pings in every layout are no encryption", () => {
    const rest = "a4".repeat(40);
    for (const head of ["82", "92", "de0001", "dc0001", "c0"])
      expect(open(`00${head}${rest}`)).toBe(`00${head}${rest}`);
  });
});
