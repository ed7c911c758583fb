/**
 * Ranges of IP addresses, as `10.0.0.0/8` or `fd00::/8` (RFC 4632, RFC 4291 §2.3).
 * @module
 */
import { addressBytes, parseIp } from "./address.ts";
import type { Address } from "./address.ts";

export interface AddressRange {
  readonly ip: Uint8Array;
  readonly prefixBits: number;
}

/** Before an IPv4 address in its 16-byte form. */
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Bits behind the prefix are ignored, as Go does. `undefined` if the text is no range. */
export function parseCidr(text: string): AddressRange | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const ip = match === null ? undefined : parseIp(match[1] as string);
  const prefixBits = Number(match?.[2]);
  if (ip === undefined || prefixBits > 8 * ip.length) return undefined;
  return { ip, prefixBits };
}

/** Whether the IP of `address` lies in one of the ranges. An IPv4 address is one in either form. */
export function isWithin(address: Address, ranges: readonly AddressRange[]): boolean {
  const ip = shortest(addressBytes(address));
  return ranges.some((range) => contains(range, ip));
}

function contains({ ip: base, prefixBits }: AddressRange, ip: Uint8Array): boolean {
  if (base.length !== ip.length) return false;
  const whole = prefixBits >> 3;
  for (let i = 0; i < whole; i++) if (base[i] !== ip[i]) return false;
  const mask = 0xff00 >> (prefixBits & 7);
  return (((base[whole] ?? 0) ^ (ip[whole] ?? 0)) & mask & 0xff) === 0;
}

function shortest(ip: Uint8Array): Uint8Array {
  const isMapped = ip.length === 16 && MAPPED_PREFIX.every((byte, i) => byte === ip[i]);
  return isMapped ? ip.subarray(MAPPED_PREFIX.length) : ip;
}
