import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compress } from "./compress.ts";
import { decodeLzw, encodeLzw, LzwDecoder } from "./lzw.ts";
import { allocated, MIB, refusal } from "./test/limits.ts";
import { fromHex, loadVectors, toHex } from "./test/vectors.ts";

const decode = (bytes: Uint8Array, max = MIB) => decodeLzw(bytes, 0, bytes.length, max);

/** Bytes with the repetitions that make long table entries. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(200)), { maxLength: 40 })
  .map((runs) =>
    Uint8Array.from(
      runs.flatMap(([run, times]) => Array.from({ length: times }, () => [...run]).flat()),
    ),
  );

describe("Go's own output", () => {
  const vectors = loadVectors("oracle-lzw.json");

  test.each(vectors.map((vector) => [vector.name, vector] as const))(
    "%s, both ways",
    (_, vector) => {
      const plain = fromHex(vector.plainHex as string);
      expect(toHex(compress(plain))).toBe(vector.hex);
      expect(decode(encodeLzw(plain))).toEqual(plain);
    },
  );
});

test("what is compressed can be decompressed, all at once or byte by byte", () => {
  fc.assert(
    fc.property(
      compressible,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      (plain, feed, slice) => {
        const compressed = encodeLzw(plain);
        expect(decode(compressed)).toEqual(plain);

        const decoder = new LzwDecoder();
        const output: number[] = [];
        const target = new Uint8Array(slice);
        for (let at = 0; at < compressed.length; at += feed) {
          decoder.feed(compressed, at, Math.min(compressed.length, at + feed));
          for (let length = slice; length === slice;) {
            length = decoder.read(target, 0, slice);
            output.push(...target.subarray(0, length));
          }
        }
        expect(decoder.finished).toBe(true);
        expect(Uint8Array.from(output)).toEqual(plain);
      },
    ),
  );
});

/** Packs codes by hand, as an encoder unlike ours might. */
function pack(codes: readonly (readonly [code: number, width: number])[]): Uint8Array {
  let bits = "";
  for (const [code, width] of codes) bits = code.toString(2).padStart(width, "0") + bits;
  const bytes: number[] = [];
  for (; bits.length > 0; bits = bits.slice(0, -8)) bytes.push(Number.parseInt(bits.slice(-8), 2));
  return Uint8Array.from(bytes);
}

describe("the decoder", () => {
  test("does not need a clear code first", () => {
    expect(
      decode(
        pack([
          [97, 9],
          [98, 9],
          [257, 9],
        ]),
      ),
    ).toEqual(Uint8Array.of(97, 98));
  });

  test("takes clear codes anywhere", () => {
    const codes = pack([
      [256, 9],
      [97, 9],
      [256, 9],
      [256, 9],
      [98, 9],
      [98, 9],
      [258, 9],
      [257, 9],
    ]);
    expect(decode(codes)).toEqual(Uint8Array.of(97, 98, 98, 98, 98));
  });

  test("reads the entry that is being made", () => {
    expect(
      decode(
        pack([
          [97, 9],
          [258, 9],
          [257, 9],
        ]),
      ),
    ).toEqual(Uint8Array.of(97, 97, 97));
  });

  test("goes on with a full table that nobody clears", () => {
    const codes: [number, number][] = [];
    for (let next = 257; codes.length < 6000; next++) {
      codes.push([codes.length % 251, Math.min(12, Math.max(9, Math.ceil(Math.log2(next + 1))))]);
    }
    const plain = codes.map(([code]) => code);
    // The last entry that was made: codes 3837 and 3838 of the table's first life, whatever came since.
    for (let i = 0; i < 2; i++) {
      codes.push([4095, 12]);
      plain.push(3837 % 251, 3838 % 251);
    }
    codes.push([257, 12]);
    expect(decode(pack(codes))).toEqual(Uint8Array.from(plain));
  });

  test("ignores what follows the end code", () => {
    expect(
      decode(
        pack([
          [97, 9],
          [257, 9],
          [98, 9],
          [511, 9],
        ]),
      ),
    ).toEqual(Uint8Array.of(97));
  });

  test.each([
    [
      "no end code",
      pack([
        [97, 9],
        [98, 9],
      ]),
    ],
    ["nothing at all", new Uint8Array(0)],
    [
      "an entry that nothing made",
      pack([
        [97, 9],
        [300, 9],
        [257, 9],
      ]),
    ],
    [
      "an entry right after a clear code",
      pack([
        [256, 9],
        [258, 9],
        [257, 9],
      ]),
    ],
  ])("refuses %s", (_, bytes) => {
    expect(refusal(() => decode(bytes))).toBe("badCompression");
  });

  test("takes arbitrary bytes for what they are, or refuses them with a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        refusal(() => decode(bytes, 10_000));
      }),
      { numRuns: 3000 },
    );
  });

  test("stops a bomb at the limit, to the byte", () => {
    const bomb = encodeLzw(new Uint8Array(8 * MIB));
    expect(bomb.length).toBeLessThan(40_000);
    expect(decode(bomb, 8 * MIB).length).toBe(8 * MIB);
    expect(refusal(() => decode(bomb, 8 * MIB - 1))).toBe("tooLarge");
    expect(allocated(() => refusal(() => decode(bomb, 256 * 1024)))).toBeLessThan(2 * MIB);
  });
});
