import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodeReason } from "../kernel/index.ts";
import {
  MAX_SKIPPED_DEPTH,
  readBool,
  readFloat64,
  readInt,
  readRawHeader,
  skipValue,
} from "./msgpack-read.ts";
import { intSize, writeFloat64, writeInt } from "./msgpack-write.ts";
import { Reader } from "./reader.ts";
import { allocated, MIB, refusal } from "./test/limits.ts";
import { fromHex, toHex } from "./test/vectors.ts";
import { Writer } from "./writer.ts";

const anyInt = (reader: Reader) =>
  readInt(reader, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

const from = (hex: string) => new Reader(fromHex(hex));

describe("integers", () => {
  test.each([
    ["00", 0],
    ["7f", 127],
    ["cc80", 128],
    ["cd1f0a", 7946],
    ["ceffffffff", 4294967295],
    ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["d10080", 128],
    ["d11f0a", 7946],
    ["d277359400", 2_000_000_000],
    ["d300000000bebc2000", 3_200_000_000],
    ["ff", -1],
    ["e0", -32],
    ["d0df", -33],
    ["d18000", -32768],
    ["d280000000", -2147483648],
    ["d3ffffffff7fffffff", -2147483649],
    ["c0", 0],
  ])("%s is %d", (hex, value) => {
    expect(anyInt(from(hex))).toBe(value);
  });

  test.each<[string, DecodeReason]>([
    ["cf0020000000000000", "outOfRange"],
    ["cfffffffffffffffff", "outOfRange"],
    ["d38000000000000000", "outOfRange"],
    ["cb3ff0000000000000", "malformed"],
    ["a131", "malformed"],
    ["c3", "malformed"],
    ["", "truncated"],
    ["ce0000", "truncated"],
  ])("%s is refused: %s", (hex, reason) => {
    expect(refusal(() => anyInt(from(hex)))).toBe(reason);
  });

  test("beyond the range of their field they are refused, not wrapped", () => {
    expect(refusal(() => readInt(from("cf0000000100000005"), 0, 0xffffffff))).toBe("outOfRange");
    expect(refusal(() => readInt(from("ff"), 0, 255))).toBe("outOfRange");
    expect(refusal(() => readInt(from("cd0100"), 0, 255, "tooMany"))).toBe("tooMany");
  });

  test("they are written in the smallest form, and read back", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -300, max: 300 })),
        (value) => {
          const writer = new Writer(new Uint8Array(9));
          writeInt(writer, value);
          expect(writer.at).toBe(intSize(value));
          expect(anyInt(new Reader(writer.bytes, 0, writer.at))).toBe(value);
        },
      ),
    );
  });

  test("what is no integer is our own mistake", () => {
    expect(() => writeInt(new Writer(new Uint8Array(9)), NaN)).toThrow(/^BUG: /);
  });
});

describe("booleans and floating point", () => {
  test.each([
    ["c2", false],
    ["c3", true],
    ["c0", false],
    ["00", false],
    ["01", true],
  ])("%s is %s", (hex, value) => {
    expect(readBool(from(hex))).toBe(value);
  });

  test("2 is no boolean", () => {
    expect(refusal(() => readBool(from("02")))).toBe("malformed");
  });

  test.each([
    ["cb3ff8000000000000", 1.5],
    ["ca3fc00000", 1.5],
    ["03", 3],
    ["d0f6", -10],
    ["c0", 0],
  ])("%s is %d", (hex, value) => {
    expect(readFloat64(from(hex))).toBe(value);
  });

  test("floating point takes eight bytes even when integral", () => {
    const writer = new Writer(new Uint8Array(9));
    writeFloat64(writer, 1);
    expect(toHex(writer.bytes)).toBe("cb3ff0000000000000");
  });
});

test.each(["a3", "d903", "da0003", "db00000003", "c403", "c50003", "c600000003"])(
  "text and bytes may come as %s",
  (header) => {
    expect(readRawHeader(from(`${header}616263`), 3)).toBe(3);
    expect(refusal(() => readRawHeader(from(`${header}6162`), 3))).toBe("truncated");
    expect(refusal(() => readRawHeader(from(`${header}616263`), 2))).toBe("tooLarge");
  },
);

describe("a value of no interest", () => {
  test.each([
    "05",
    "cc05",
    "cd0005",
    "ce00000005",
    "cf0000000000000005",
    "ff",
    "d0ff",
    "d1ffff",
    "d2ffffffff",
    "d3ffffffffffffffff",
    "c0",
    "c2",
    "c3",
    "ca00000000",
    "cb0000000000000000",
    "a161",
    "d90161",
    "da000161",
    "db0000000161",
    "c40161",
    "c5000161",
    "c60000000161",
    "d401aa",
    "d501aaaa",
    "d601aaaaaaaa",
    "d701aaaaaaaaaaaaaaaa",
    `d801${"aa".repeat(16)}`,
    "c70201aaaa",
    "c8000201aaaa",
    "c90000000201aaaa",
    "90",
    "9205a161",
    "dc000105",
    "dd0000000105",
    "80",
    "81a16105",
    "de0001a16105",
    "df00000001a16105",
    "92918005",
  ])("%s is passed exactly", (hex) => {
    const reader = from(`${hex}07`);
    skipValue(reader);
    expect(reader.left).toBe(1);
    for (let end = 0; end < hex.length / 2; end++) {
      expect(refusal(() => skipValue(new Reader(fromHex(hex), 0, end)))).toBe("truncated");
    }
  });

  test("is refused when nested too deep, 64 KB of arrays included, at no cost", () => {
    const nest = new Uint8Array(65536).fill(0x91);
    expect(refusal(() => skipValue(new Reader(nest)))).toBe("tooDeep");
    expect(allocated(() => refusal(() => skipValue(new Reader(nest))))).toBeLessThan(MIB);
    const deepest = `${"91".repeat(MAX_SKIPPED_DEPTH)}05`;
    expect(refusal(() => skipValue(from(deepest)))).toBe(undefined);
    expect(refusal(() => skipValue(from(`91${deepest}`)))).toBe("tooDeep");
  });

  test("may claim four billion elements without being believed", () => {
    for (const hex of ["ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff", "c9ffffffff"]) {
      expect(refusal(() => skipValue(from(hex)))).toBe("truncated");
    }
  });
});
