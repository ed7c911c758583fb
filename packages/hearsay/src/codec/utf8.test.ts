import fc from "fast-check";
import { expect, test } from "vitest";
import { HearsayError } from "../kernel/index.ts";
import { refusal } from "./test/limits.ts";
import { decodeUtf8, encodeUtf8, utf8Size } from "./utf8.ts";

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("n", "ü", "€", "𝛑"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

test("well-formed text survives, and its size is known beforehand", () => {
  fc.assert(
    fc.property(text, (value) => {
      const bytes = encodeUtf8(value);
      expect(bytes).toEqual(new TextEncoder().encode(value));
      expect(utf8Size(value)).toBe(bytes.length);
      expect(decodeUtf8(bytes)).toBe(value);
    }),
  );
});

test("arbitrary bytes are read exactly as the platform's strict decoder reads them", () => {
  const byte = fc.oneof(
    fc.nat(0x7f),
    fc.integer({ min: 0x80, max: 0xff }),
    fc.constantFrom(0xed, 0xf4, 0xe0),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (values) => {
      const bytes = Uint8Array.from(values);
      let expected: string | undefined;
      try {
        expected = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        expect(refusal(() => decodeUtf8(bytes))).toBe("notUtf8");
        return;
      }
      expect(decodeUtf8(bytes)).toBe(expected);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ["a lone continuation byte", [0x80]],
  ["a sequence cut short", [0xe2, 0x82]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["an overlong slash of three bytes", [0xe0, 0x80, 0xaf]],
  ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
  ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
])("%s is refused, not replaced", (_, bytes) => {
  expect(refusal(() => decodeUtf8(Uint8Array.from(bytes)))).toBe("notUtf8");
});

test("a read stays within its bounds", () => {
  const bytes = Uint8Array.from([0x61, 0xc3, 0xbc, 0x62]);
  expect(decodeUtf8(bytes, 1, 3)).toBe("ü");
  expect(refusal(() => decodeUtf8(bytes, 1, 2))).toBe("notUtf8");
});

test.each(["\ud800", "a\udc00", "\ud83d!", "\udc00\ud800"])(
  "a lone surrogate is the caller's error",
  (value) => {
    for (const attempt of [utf8Size, encodeUtf8]) {
      let code: string | undefined;
      try {
        attempt(value);
      } catch (error) {
        code = (error as HearsayError).code;
      }
      expect(code).toBe("ERR_OPTION");
    }
  },
);
