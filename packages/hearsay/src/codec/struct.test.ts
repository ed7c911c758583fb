import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodeReason } from "../kernel/index.ts";
import * as field from "./field.ts";
import type { Field } from "./field.ts";
import { Reader } from "./reader.ts";
import { named, omittable, record, struct } from "./struct.ts";
import { allocated, MIB, refusal } from "./test/limits.ts";
import { fromHex, toHex } from "./test/vectors.ts";
import { Writer } from "./writer.ts";

interface Inner {
  readonly id: number;
  readonly name: string;
}

interface Everything {
  readonly byte: number;
  readonly port: number;
  readonly seq: number;
  readonly any: number;
  readonly yes: boolean;
  readonly real: number;
  readonly name: string;
  readonly blob: Uint8Array | undefined;
  readonly address: Uint8Array;
  readonly versions: Uint8Array;
  readonly tags: ReadonlyMap<string, string>;
  readonly rows: readonly Inner[];
  readonly maybe: number | undefined;
}

const INNER: Field<Inner> = record<Inner>({ id: field.uint32(), name: field.text(64) });

const FIELDS = {
  byte: field.uint8(),
  port: field.uint16(),
  seq: field.uint32(),
  any: field.int(),
  yes: field.bool(),
  real: field.float64(),
  name: field.text(1024),
  blob: field.bytes(100_000),
  address: field.fixedBytes(4, 16),
  versions: field.optionalFixedBytes(6),
  tags: field.textMap(16, 64),
  rows: field.list(INNER, 32),
  maybe: field.optional(field.int()),
};

const RECORD: Field<Everything> = record<Everything>(FIELDS);

const STRUCT: Field<Everything> = struct<Everything>({
  byte: named("Byte", FIELDS.byte),
  port: omittable("Port", FIELDS.port),
  seq: named("SeqNo", FIELDS.seq),
  any: omittable("Any", FIELDS.any),
  yes: named("Yes", FIELDS.yes),
  real: named("Real", FIELDS.real),
  name: omittable("Name", FIELDS.name),
  blob: named("Blob", FIELDS.blob),
  address: named("Addr", FIELDS.address),
  versions: omittable("Vsn", FIELDS.versions),
  tags: named("Tags", FIELDS.tags),
  rows: named("Rows", FIELDS.rows),
  maybe: named("Maybe", FIELDS.maybe),
});

const shortText = fc.string({ unit: "grapheme", maxLength: 8 });
const bytesOf = (...lengths: number[]) =>
  fc.oneof(...lengths.map((n) => fc.uint8Array({ minLength: n, maxLength: n })));

const everything: fc.Arbitrary<Everything> = fc.record({
  byte: fc.nat(0xff),
  port: fc.nat(0xffff),
  seq: fc.nat(0xffffffff),
  any: fc.maxSafeInteger(),
  yes: fc.boolean(),
  real: fc.double({ noNaN: true }),
  name: fc.oneof(shortText, fc.string({ minLength: 28, maxLength: 300 })),
  blob: fc.option(fc.oneof(fc.uint8Array(), bytesOf(31, 32, 255, 256)), { nil: undefined }),
  address: bytesOf(4, 16),
  versions: bytesOf(0, 6),
  tags: fc
    .array(fc.tuple(shortText, shortText), { maxLength: 16 })
    .map((entries) => new Map(entries)),
  rows: fc.array(fc.record({ id: fc.nat(0xffffffff), name: shortText }), { maxLength: 32 }),
  maybe: fc.option(fc.integer(), { nil: undefined }),
});

function write<T>(one: Field<T>, value: T): Uint8Array {
  const bytes = new Uint8Array(one.sizeOf(value));
  const writer = new Writer(bytes);
  one.write(writer, value);
  expect(writer.at).toBe(bytes.length);
  return bytes;
}

const read = <T>(one: Field<T>, hex: string): T => one.read(new Reader(fromHex(hex)));

test.each([
  ["struct", STRUCT],
  ["record", RECORD],
])("a %s survives the wire and takes as many bytes as it says", (_, layout) => {
  fc.assert(
    fc.property(everything, (value) => {
      const bytes = write(layout, value);
      const reader = new Reader(bytes);
      expect(layout.read(reader)).toEqual(value);
      expect(reader.left).toBe(0);
    }),
  );
});

test.each([
  ["struct", STRUCT],
  ["record", RECORD],
])("a %s of arbitrary bytes is refused with a reason, or is one", (_, layout) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      refusal(() => layout.read(new Reader(bytes)));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["struct", STRUCT],
  ["record", RECORD],
])("a %s with a few bytes changed or cut off is refused with a reason, or is one", (_, layout) => {
  const change = fc.tuple(fc.nat(), fc.nat(0xff));
  fc.assert(
    fc.property(everything, fc.array(change, { maxLength: 4 }), fc.nat(), (value, changes, cut) => {
      const bytes = write(layout, value);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const end = cut % 3 === 0 ? cut % bytes.length : bytes.length;
      refusal(() => layout.read(new Reader(bytes, 0, end)));
    }),
    { numRuns: 2000 },
  );
});

test.each([31, 32, 65535, 65536])(
  "text and bytes of %d bytes change their header, never their value",
  (length) => {
    const one = record<{ a: Uint8Array | undefined; b: string }>({
      a: field.bytes(70_000),
      b: field.text(70_000),
    });
    const value = { a: new Uint8Array(length).fill(7), b: "x".repeat(length) };
    expect(one.read(new Reader(write(one, value)))).toEqual(value);
  },
);

interface Pair {
  readonly first: number;
  readonly second: string;
}

const PAIR: Field<Pair> = struct<Pair>({
  first: named("Z", field.uint32()),
  second: omittable("A", field.text(40)),
});

describe("a struct", () => {
  test("is written with its keys in byte order, empty ones left out where the table says so", () => {
    expect(toHex(write(PAIR, { first: 7, second: "x" }))).toBe("82a141a178a15a07");
    expect(toHex(write(PAIR, { first: 0, second: "" }))).toBe("81a15a00");
  });

  test.each([
    ["keys in any order", "82a15a07a141a178"],
    ["keys as str8", "82d90141a178d9015a07"],
    ["keys as bin8", "82c40141a178c4015a07"],
    ["a long map header", "de0002a141a178a15a07"],
    ["an unknown key", "83a141a178a15992918005a15a07"],
    ["an unknown key longer than ours", "83a141a178a25a5a05a15a07"],
    ["a key that comes twice: the last counts", "83a15a09a141a178a15a07"],
    ["an array in the order of declaration", "9207a178"],
    ["a longer array", "9407a178c091c0"],
    ["bytes behind it", "82a141a178a15a07ffff"],
  ])("is read with %s", (_, hex) => {
    expect(read(PAIR, hex)).toEqual({ first: 7, second: "x" });
  });

  test.each([
    ["nil", "c0"],
    ["an empty map", "80"],
    ["an empty array", "90"],
    ["nil for each field", "82a141c0a15ac0"],
    ["keys of another case", "82a16101a17a02"],
  ])("is zero when it comes as %s", (_, hex) => {
    expect(read(PAIR, hex)).toEqual({ first: 0, second: "" });
  });

  test.each<[string, string, DecodeReason]>([
    ["a text", "a178", "malformed"],
    ["a key that is a number", "810105", "malformed"],
    ["a key that is nil", "81c005", "malformed"],
    ["text in a field of numbers", "81a15aa137", "malformed"],
    ["a number in a field of text", "81a14107", "malformed"],
    ["too long a text", `81a141d929${"61".repeat(41)}`, "tooLarge"],
    ["text that is not UTF-8", "81a141a1ff", "notUtf8"],
    ["more entries than any struct", "dfffffffff", "tooMany"],
    ["fewer entries than promised", "83a15a07", "truncated"],
    ["nothing", "", "truncated"],
  ])("is refused when it is %s", (_, hex, reason) => {
    expect(refusal(() => read(PAIR, hex))).toBe(reason);
  });
});

interface Grown extends Pair {
  readonly third: number;
}

test("a record can grow at its end: old readers skip what is new, new ones read zero", () => {
  const old: Field<Pair> = record<Pair>({ first: field.uint8(), second: field.text(9) });
  const grown: Field<Grown> = record<Grown>({
    first: field.uint8(),
    second: field.text(9),
    third: field.uint8(),
  });
  expect(read(grown, toHex(write(old, { first: 1, second: "a" })))).toEqual({
    first: 1,
    second: "a",
    third: 0,
  });
  const bytes = write(grown, { first: 1, second: "a", third: 3 });
  const reader = new Reader(bytes);
  expect(old.read(reader)).toEqual({ first: 1, second: "a" });
  expect(reader.left).toBe(0);
});

test("a record has no names to be read by", () => {
  expect(refusal(() => read(INNER, "81a2696405"))).toBe("malformed");
});

describe("bytes", () => {
  const one = field.bytes(1000);

  test("nil and none are two things", () => {
    expect(toHex(write(one, undefined))).toBe("c0");
    expect(toHex(write(one, new Uint8Array(0)))).toBe("a0");
    expect(read(one, "c0")).toBe(undefined);
    expect(read(one, "a0")).toEqual(new Uint8Array(0));
  });

  test.each(["a3010203", "d903010203", "c403010203", "93010203", "9301cc02d10003", "dc0003010203"])(
    "may come as %s",
    (hex) => expect(read(one, hex)).toEqual(Uint8Array.of(1, 2, 3)),
  );

  test("may not come as an array of anything but bytes", () => {
    expect(refusal(() => read(one, "91cd0100"))).toBe("outOfRange");
    expect(refusal(() => read(one, "91a161"))).toBe("malformed");
  });

  test("are a copy, whatever kind of array the input is", () => {
    for (const length of [3, 100]) {
      const input = Buffer.concat([Buffer.from([0xd9, length]), Buffer.alloc(length, 1)]);
      const value = one.read(new Reader(input)) as Uint8Array;
      input.fill(9);
      expect(value).toEqual(new Uint8Array(length).fill(1));
      expect(value.constructor).toBe(Uint8Array);
    }
  });

  test.each([field.fixedBytes(4, 16), field.optionalFixedBytes(6)])(
    "of fixed length come in that length",
    (fixed) => {
      expect(refusal(() => read(fixed as Field<unknown>, "a3010203"))).toBe("malformed");
    },
  );

  test("that must be there are missed, as nil, as nothing and as no field", () => {
    const lookup: Field<{ address: Uint8Array }> = struct({
      address: named("Addr", field.fixedBytes(4)),
    });
    for (const hex of ["80", "90", "c0", "81a441646472c0", "81a441646472a0"]) {
      expect(refusal(() => read(lookup, hex))).toBe("malformed");
    }
  });
});

describe("hostile lengths", () => {
  test.each<[string, Field<unknown>, string, DecodeReason]>([
    ["text", field.text(100), "dbffffffff", "tooLarge"],
    ["bytes", field.bytes(100), "c6ffffffff", "tooLarge"],
    ["bytes as an array", field.bytes(100), "ddffffffff", "tooMany"],
    ["a list", field.list(field.uint8(), 100), "ddffffffff", "tooMany"],
    ["a map", field.textMap(100, 100), "dfffffffff", "tooMany"],
    [
      "a list of a legal length that is not there",
      field.list(field.uint8(), 1e9),
      "dd3b9aca00",
      "truncated",
    ],
    ["bytes of a legal length that are not there", field.bytes(1e9), "db3b9aca00", "truncated"],
  ])("%s: nothing is made for what is only claimed", (_, one, hex, reason) => {
    expect(allocated(() => expect(refusal(() => read(one, hex))).toBe(reason))).toBeLessThan(MIB);
  });

  test("a nest of arrays in an unknown field ends at a fixed depth", () => {
    const nest = `81a178${"91".repeat(65536)}`;
    expect(refusal(() => read(PAIR, nest))).toBe("tooDeep");
  });
});

test("a map may have keys that are names of prototypes", () => {
  const tags = read(field.textMap(4, 20), "82a95f5f70726f746f5f5fa178ab636f6e7374727563746f72a179");
  expect([...tags]).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
  expect(read(PAIR, "81a95f5f70726f746f5f5f81a15a07")).toEqual({ first: 0, second: "" });
  expect(({} as { Z?: number }).Z).toBe(undefined);
});

test("a map is written in the order of its keys' bytes", () => {
  // In UTF-16 the second key would come first.
  const keys = ["\uff5e", "\u{1f600}", "a", "ab"];
  const bytes = write(field.textMap(9, 9), new Map(keys.map((key) => [key, ""])));
  expect([...field.textMap(9, 9).read(new Reader(bytes)).keys()]).toEqual([
    "a",
    "ab",
    "\uff5e",
    "\u{1f600}",
  ]);
});
