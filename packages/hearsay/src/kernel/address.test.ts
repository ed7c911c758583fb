import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressBytes,
  addressHost,
  addressPort,
  formatAddress,
  parseAddress,
  splitHostPort,
} from "./address.ts";
import { HearsayError } from "./errors.ts";

describe("addresses are a one-to-one image of their bytes", () => {
  test("an IPv4 address in its 16-byte form stays apart from the 4-byte form", () => {
    const short = formatAddress(Uint8Array.of(127, 0, 0, 1), 7946);
    const mapped = new Uint8Array(16);
    mapped.set([0xff, 0xff, 127, 0, 0, 1], 10);
    expect(short).toBe("127.0.0.1:7946");
    expect(formatAddress(mapped, 7946)).toBe("[::ffff:7f00:1]:7946");
  });

  test("any bytes read back as they were", () => {
    const ip = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      // Runs of zeros are where "::" goes.
      fc
        .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
        .map((b) => Uint8Array.from(b)),
    );
    fc.assert(
      fc.property(ip, fc.integer({ min: 0, max: 65535 }), (bytes, port) => {
        const address = formatAddress(bytes, port);
        expect(address).toBeDefined();
        if (address === undefined) return;
        expect(addressBytes(address)).toEqual(bytes);
        expect(addressPort(address)).toBe(port);
        expect(parseAddress(address)).toBe(address);
      }),
    );
  });

  test("no other length of bytes is an address", () => {
    expect(formatAddress(new Uint8Array(5), 1)).toBeUndefined();
    expect(formatAddress(new Uint8Array(0), 1)).toBeUndefined();
  });
});

describe("parsing", () => {
  test.each([
    ["[2001:DB8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80"],
    ["[::]:1", "[::]:1"],
    ["[1:0:3:0:5:0:7:0]:9", "[1:0:3:0:5:0:7:0]:9"],
    ["[::ffff:127.0.0.1]:5", "[::ffff:7f00:1]:5"],
  ])("%s is written %s", (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5:1",
    "1.2.3.256:1",
    "01.2.3.4:1",
    "[::1",
    "[1::2::3]:4",
    "host:80",
    "1.2.3.4:99999",
    "[12345::]:1",
  ])("%s is refused with a code", (text) => {
    expect(() => parseAddress(text)).toThrow(HearsayError);
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: "ERR_ADDRESS" }));
  });

  test("host and port are split, brackets or not", () => {
    expect(splitHostPort("a.example:80")).toEqual({ host: "a.example", port: 80 });
    expect(splitHostPort("a.example")).toEqual({ host: "a.example", port: undefined });
    expect(splitHostPort("[::1]:80")).toEqual({ host: "::1", port: 80 });
    expect(splitHostPort("::1")).toEqual({ host: "::1", port: undefined });
    expect(splitHostPort("a b")).toBeUndefined();
    expect(addressHost(parseAddress("[::1]:80"))).toBe("::1");
    expect(addressHost(parseAddress("1.2.3.4:80"))).toBe("1.2.3.4");
  });
});
