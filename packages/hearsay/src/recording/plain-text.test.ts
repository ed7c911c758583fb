import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlain, writePlain } from "./plain-text.ts";

const leaf = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, undefined, true, false, -0, Infinity, -Infinity, NaN),
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
);
const key = fc
  .oneof(fc.string({ maxLength: 4 }), fc.constantFrom("$", "$map", "$x", "a"))
  .filter((name) => name !== "__proto__");
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((rows) => new Map(rows)),
    fc.array(leaf, { maxLength: 3 }).map((rows) => new Set(rows)),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));

test("plain data read back are what was written, on one line", () => {
  fc.assert(
    fc.property(value, (data) => {
      const text = writePlain(data);
      expect(text).not.toMatch(/[\n\r]/);
      // What is undefined in a literal object is left out.
      expect(readPlain(text)).toEqual(data);
      expect(writePlain(readPlain(text))).toBe(text);
    }),
  );
});

test.each([
  ['{"$bytes":7}'],
  ['{"$bytes":"not base64"}'],
  ['{"$map":[1]}'],
  ['{"$set":{}}'],
  ['{"$what":1}'],
  ['{"a":'],
  [""],
])("what is none is refused: %s", (text) => {
  expect(() => readPlain(text)).toThrow(SyntaxError);
});
