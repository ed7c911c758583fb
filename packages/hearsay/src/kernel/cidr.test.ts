import { expect, test } from "vitest";
import { parseAddress } from "./address.ts";
import { isWithin, parseCidr } from "./cidr.ts";
import type { AddressRange } from "./cidr.ts";

const within = (address: string, ...ranges: readonly string[]): boolean =>
  isWithin(
    parseAddress(address),
    ranges.map((range) => parseCidr(range) as AddressRange),
  );

test("an address lies in a range or does not, to the bit", () => {
  expect(within("10.1.2.3:7946", "10.0.0.0/8")).toBe(true);
  expect(within("11.1.2.3:7946", "10.0.0.0/8")).toBe(false);
  expect(within("192.168.3.255:1", "192.168.2.0/23")).toBe(true);
  expect(within("192.168.4.0:1", "192.168.2.0/23")).toBe(false);
  expect(within("10.0.0.7:1", "10.0.0.7/32")).toBe(true);
  expect(within("10.0.0.6:1", "10.0.0.7/32")).toBe(false);
  expect(within("8.8.8.8:1", "0.0.0.0/0")).toBe(true);
  expect(within("8.8.8.8:1", "10.0.0.0/8", "8.8.0.0/16")).toBe(true);
});

test("the families are apart, but an IPv4 address is one in either form", () => {
  expect(within("[fd00::1]:1", "fd00::/8")).toBe(true);
  expect(within("[fe80::1]:1", "fd00::/8")).toBe(false);
  expect(within("[fd00::1]:1", "0.0.0.0/0")).toBe(false);
  expect(within("10.0.0.1:1", "::/0")).toBe(false);
  expect(within("[::ffff:10.0.0.1]:1", "10.0.0.0/8")).toBe(true);
  expect(within("[2001:db8::1]:1", "2001:db8::/33")).toBe(true);
  expect(within("[2001:db8:8000::1]:1", "2001:db8::/33")).toBe(false);
});

test("what is no range is none", () => {
  for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "/8", "a/8", "::1/x"]) {
    expect(parseCidr(text)).toBeUndefined();
  }
});
