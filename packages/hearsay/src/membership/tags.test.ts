import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusal } from "../codec/test/limits.ts";
import { fromHex, loadVectors, toHex, VECTOR_FILES } from "../codec/test/vectors.ts";
import type { Decoded } from "../codec/test/vectors.ts";
import { HearsayError, NO_CHANNELS, parseChannels } from "../kernel/index.ts";
import { CAPABILITY_TAG, channelsIn, decodeTags, encodeTags, MAX_META_BYTES } from "./tags.ts";

test("tags are written as Serf does, keys in order", () => {
  const tags = new Map([
    ["role", "web"],
    ["dc", "east"],
  ]);
  expect(toHex(encodeTags(tags))).toBe("ff82a26463a465617374a4726f6c65a3776562");
  expect(toHex(encodeTags(new Map()))).toBe("ff80");
});

test("tags survive the wire", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 10 });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (entries) => {
      const tags = new Map(entries);
      expect(decodeTags(encodeTags(tags))).toEqual(tags);
    }),
  );
});

test("metadata without the leading FF is a role, none at all an empty one", () => {
  expect(decodeTags(fromHex("6c6567616379"))).toEqual(new Map([["role", "legacy"]]));
  expect(decodeTags(new Uint8Array(0))).toEqual(new Map([["role", ""]]));
  expect(decodeTags(undefined)).toEqual(new Map([["role", ""]]));
});

test("the metadata of every recorded Serf node reads as Serf read it", () => {
  let nodes = 0;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { fields, tags, Meta } = value as Decoded & { Meta?: { $hex: string } };
    const meta = (fields?.["Meta"] ?? Meta) as { $hex: string } | undefined;
    if (tags !== undefined && meta !== undefined) {
      expect(Object.fromEntries(decodeTags(fromHex(meta.$hex)))).toEqual(tags);
      nodes++;
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  for (const file of VECTOR_FILES) visit(loadVectors(file));
  expect(nodes).toBeGreaterThan(100);
});

describe("the limit of 512 bytes", () => {
  // The key, two headers, and what goes before.
  const fitting = MAX_META_BYTES - 2 - 2 - 3;

  test("holds to the byte", () => {
    expect(encodeTags(new Map([["k", "x".repeat(fitting)]]))).toHaveLength(MAX_META_BYTES);
  });

  test("is checked when tags are set, with both sizes in the message", () => {
    let error: unknown;
    try {
      encodeTags(new Map([["k", "x".repeat(fitting + 1)]]));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(HearsayError);
    expect(error).toMatchObject({ code: "ERR_META_TOO_LARGE", option: "tags", received: 513 });
    expect((error as Error).message).toMatch(/512.*513/);
  });
});

describe("capabilities", () => {
  test("are one short tag among the others", () => {
    const meta = encodeTags(
      new Map([
        ["role", "web"],
        [CAPABILITY_TAG, "mt"],
      ]),
    );
    expect(channelsIn(meta)).toBe(parseChannels("mt"));
  });

  test.each([
    ["no metadata", undefined],
    ["tags without it", fromHex("ff81a26463a465617374")],
    ["a role", fromHex("6c6567616379")],
    ["another application's bytes", fromHex("c3280102")],
    ["tags cut short", fromHex("ff82a26463")],
  ])("of %s are none", (_, meta) => {
    expect(channelsIn(meta)).toBe(NO_CHANNELS);
  });
});

test("arbitrary metadata is refused with a reason, or is tags", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      refusal(() => decodeTags(bytes));
      const tagged = Uint8Array.from([0xff, ...bytes]);
      refusal(() => decodeTags(tagged));
      channelsIn(tagged);
    }),
    { numRuns: 1000 },
  );
});
