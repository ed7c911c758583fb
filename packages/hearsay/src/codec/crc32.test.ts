import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";
import { encodeUtf8 } from "./utf8.ts";

test("the check value of CRC-32/IEEE", () => {
  expect(crc32(encodeUtf8("123456789"))).toBe(0xcbf43926);
});

test("any bytes have the checksum that zlib gives them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    }),
  );
});
