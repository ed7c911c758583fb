import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compress } from "./compress.ts";
import { text } from "./field.ts";
import type { Reader } from "./reader.ts";
import { StreamInflater } from "./stream-inflater.ts";
import { StreamReader } from "./stream-reader.ts";
import { allocated, chunked, MIB, refusal } from "./test/limits.ts";
import { fromHex, loadVectors, toHex } from "./test/vectors.ts";
import { encodeUtf8 } from "./utf8.ts";

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
const name = text(100);
const readName = (reader: Reader): string => name.read(reader);

describe("a stream reader", () => {
  test("finds the items however the stream is cut", () => {
    const items = fc.array(fc.string({ maxLength: 31 }), { maxLength: 60 });
    fc.assert(
      fc.property(items, chunkSizes, fc.boolean(), (expected, sizes, sameQuestion) => {
        const wire = expected.flatMap((item) => [0xa0 | item.length, ...encodeUtf8(item)]);
        const reader = new StreamReader(200);
        const found: string[] = [];
        for (const chunk of chunked(Uint8Array.from(wire), sizes)) {
          reader.push(chunk);
          for (;;) {
            const item = reader.tryRead(sameQuestion ? readName : (r) => name.read(r), 100);
            if (item === undefined) break;
            found.push(item);
          }
        }
        expect(found).toEqual(expected);
        expect(reader.available).toBe(0);
      }),
    );
  });

  test("keeps a copy of what it was given", () => {
    const reader = new StreamReader(100);
    const chunk = fromHex("a3616263");
    reader.push(chunk);
    chunk.fill(0);
    expect(reader.tryRead(readName, 10)).toBe("abc");
  });

  test("takes nothing for an item that is not whole, so that another question can be asked", () => {
    const reader = new StreamReader(100);
    reader.push(fromHex("a36162"));
    expect(reader.tryRead(readName, 10)).toBe(undefined);
    expect(reader.available).toBe(3);
    expect(reader.first).toBe(0xa3);
    expect(reader.tryRead((r) => r.uint16(), 2)).toBe(0xa361);
    expect(reader.take(2)).toBe(undefined);
    expect(reader.take(1)).toEqual(fromHex("62"));
    expect(reader.first).toBe(undefined);
  });

  test("reads an item again only when what it lacked may have come", () => {
    let reads = 0;
    const counting = (reader: Reader): Uint8Array => {
      reads++;
      return reader.view(1000);
    };
    const reader = new StreamReader(1000);
    for (let i = 0; i < 999; i++) {
      reader.push(Uint8Array.of(i));
      expect(reader.tryRead(counting, 1000)).toBe(undefined);
    }
    expect(reads).toBe(1);
    reader.push(Uint8Array.of(0));
    expect(reader.tryRead(counting, 1000)).toHaveLength(1000);
    expect(reads).toBe(2);
  });

  test("refuses an item beyond its limit as soon as that is plain", () => {
    const reader = new StreamReader(1000);
    reader.push(fromHex("dbffffffff"));
    expect(refusal(() => reader.tryRead((r) => text(2 ** 32).read(r), 64))).toBe("tooLarge");
    expect(refusal(() => reader.tryRead(readName, 3))).toBe("tooLarge");
    expect(refusal(() => reader.tryRead(readName, 64))).toBe("tooLarge");
  });

  test("passes on what is wrong with an item", () => {
    const reader = new StreamReader(1000);
    reader.push(fromHex("a1ff"));
    expect(refusal(() => reader.tryRead(readName, 64))).toBe("notUtf8");
  });

  test("refuses to keep more than its limit", () => {
    const reader = new StreamReader(10);
    reader.push(new Uint8Array(6));
    expect(refusal(() => reader.push(new Uint8Array(5)))).toBe("tooLarge");
    reader.take(3);
    reader.push(new Uint8Array(5));
    expect(reader.available).toBe(8);
  });

  test("hands out in parts what is too large to wait for", () => {
    const reader = new StreamReader(10);
    reader.push(fromHex("01020304"));
    expect(toHex(reader.takeUpTo(3))).toBe("010203");
    expect(toHex(reader.takeUpTo(3))).toBe("04");
    expect(toHex(reader.takeUpTo(3))).toBe("");
  });

  test("moves each byte a few times at most while 16 MiB pass through a full buffer", () => {
    const reader = new StreamReader(256 * 1024);
    const chunk = new Uint8Array(4096).fill(1);
    reader.push(new Uint8Array(128 * 1024));
    const grown = allocated(() => {
      for (let i = 0; i < 4096; i++) {
        reader.push(chunk);
        reader.tryRead((r) => r.skip(4096), 4096);
      }
    });
    expect(reader.available).toBe(128 * 1024);
    expect(grown).toBeLessThan(4 * MIB);
  });
});

/** Everything that comes out of `wire`, cut into chunks of `sizes`. */
function inflate(
  wire: Uint8Array,
  sizes: readonly number[],
  inflater: StreamInflater = new StreamInflater(),
): Uint8Array {
  const slices: Uint8Array[] = [];
  for (const chunk of chunked(wire, sizes)) inflater.push(chunk, (plain) => slices.push(plain));
  return new Uint8Array(Buffer.concat(slices));
}

describe("a stream inflater", () => {
  test.each(
    loadVectors("oracle-lzw.json")
      .slice(1)
      .map((vector) => [vector.name, vector] as const),
  )("unwraps Go's %s however it is cut", (_, vector) => {
    const inflater = new StreamInflater();
    expect(toHex(inflate(fromHex(vector.hex), [1], inflater))).toBe(vector.plainHex);
    expect(inflater.done).toBe(true);
    expect(toHex(inflate(fromHex(vector.hex), [1e9]))).toBe(vector.plainHex);
  });

  test("gives back what was compressed", () => {
    const plain = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(plain, fc.nat(30), chunkSizes, (parts, times, sizes) => {
        const bytes = Uint8Array.from(
          Array.from({ length: times + 1 }, () => parts.map((part) => [...part])).flat(2),
        );
        expect(inflate(compress(bytes), sizes)).toEqual(bytes);
      }),
    );
  });

  test("is read on in another, wherever it was cut", () => {
    const bytes = Uint8Array.from({ length: 30_000 }, (_, i) => (i * i) >> 7);
    const wire = compress(bytes);
    for (const cut of [1, 9, 15, 700, wire.length >> 1, wire.length - 1]) {
      const slices: Uint8Array[] = [];
      const [one, other] = [new StreamInflater(), new StreamInflater()];
      one.push(wire.subarray(0, cut), (plain) => slices.push(plain));
      other.restore(structuredClone(one.save()));
      other.push(wire.subarray(cut), (plain) => slices.push(plain));
      expect(new Uint8Array(Buffer.concat(slices))).toEqual(bytes);
      expect(other.done).toBe(true);
    }
  });

  test("hands out plaintext as it comes, in slices", () => {
    const bytes = new Uint8Array(MIB).fill(7);
    const wire = compress(bytes);
    const inflater = new StreamInflater();
    let total = 0;
    let largest = 0;
    const sink = (plain: Uint8Array): void => {
      total += plain.length;
      largest = Math.max(largest, plain.length);
    };
    const half = wire.length >> 1;
    inflater.push(wire.subarray(0, half), sink);
    expect(total).toBeGreaterThan(MIB / 5);
    expect(inflater.done).toBe(false);
    inflater.push(wire.subarray(half), sink);
    expect(total).toBe(MIB);
    expect(largest).toBeLessThanOrEqual(16 * 1024);
    expect(inflater.done).toBe(true);
  });

  test.each([
    ["its fields in the other order", "0982a3427566a400c30404a4416c676f00"],
    ["a field that we do not know", "0983a4416c676f00a358585892c0a161a3427566a400c30404"],
    ["its body as bin", "0982a4416c676f00a3427566c40400c30404"],
    ["an array of its fields", "099200a400c30404"],
    ["bytes behind it", "0982a4416c676f00a3427566a400c304040082"],
    ["bytes behind the end code", "0982a4416c676f00a3427566a600c304041234"],
    ["no algorithm", "0981a3427566a400c30404"],
  ])("takes a wrapper with %s", (_, hex) => {
    expect(toHex(inflate(fromHex(hex), [1]))).toBe("61");
    expect(toHex(inflate(fromHex(hex), [3, 100]))).toBe("61");
  });

  test.each([
    ["another type", "0082", "misplacedType"],
    ["no struct", "09a161", "malformed"],
    ["another algorithm", "0982a4416c676f01", "unsupported"],
    ["another algorithm, told late", "0982a3427566a400c30404a4416c676f01", "unsupported"],
    ["no body", "0981a4416c676f00", "empty"],
    ["a body of nil", "0982a4416c676f00a3427566c0", "badCompression"],
    ["a body of nothing, compressed", "0982a4416c676f00a3427566a3000302", "empty"],
    ["a body without its end", "0982a4416c676f00a3427566a161", "badCompression"],
    ["two bodies", "0982a3427566a400c30404a3427566a400c30404", "malformed"],
    ["a body that is too large", "0982a4416c676f00a3427566db01400001", "tooLarge"],
    ["too many fields", "09de0011", "tooMany"],
    ["a name that does not end", `0981db00001000${"61".repeat(300)}`, "tooLarge"],
    ["an empty struct", "0980", "empty"],
    ["nil", "09c0", "empty"],
  ])("refuses %s", (_, hex, reason) => {
    expect(refusal(() => inflate(fromHex(hex), [1]))).toBe(reason);
    expect(refusal(() => inflate(fromHex(hex), [1e9]))).toBe(reason);
  });

  test("stops a bomb at its limit", () => {
    const wire = compress(new Uint8Array(8 * MIB));
    expect(inflate(wire, [1000], new StreamInflater(8 * MIB))).toHaveLength(8 * MIB);
    let out = 0;
    const inflater = new StreamInflater(MIB);
    const run = () => refusal(() => inflater.push(wire, (plain) => (out += plain.length)));
    expect(run()).toBe("tooLarge");
    expect(out).toBeLessThanOrEqual(MIB);
  });

  test("takes arbitrary bytes for what they are, or refuses them with a reason", () => {
    const start = fc.constantFrom(
      "",
      "09",
      "0982",
      "0982a4416c676f00a3427566d9ff",
      "0982a4416c676f00a3427566da0100",
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 400 }), chunkSizes, (head, bytes, sizes) => {
        refusal(() => inflate(Uint8Array.from([...fromHex(head), ...bytes]), sizes));
      }),
      { numRuns: 2000 },
    );
  });
});
