/**
 * Addresses as canonical text.
 *
 *     4 bytes   "127.0.0.1:7946"
 *     16 bytes  "[fd00::1:2]:7946"      RFC 5952
 *
 * The text is a one-to-one image of the bytes on the wire: an IPv4 address sent in its 16-byte form
 * stays "[::ffff:7f00:1]:7946", because memberlist takes the two forms for two addresses. Strings can
 * be compared, be keys of a `Map`, and be printed; the bytes are made only when a message is encoded.
 * @module
 */
import type { Brand } from "./brand.ts";
import { HearsayError } from "./errors.ts";

/** `ip:port` in canonical form; made by `parseAddress` and `formatAddress` alone. */
export type Address = Brand<string, "Address">;

const MAX_PORT = 65535;

/** Text for 4 or 16 raw bytes and a port, or `undefined` for any other length. */
export function formatAddress(ip: Uint8Array, port: number): Address | undefined {
  if (ip.length === 4) return `${ip[0]}.${ip[1]}.${ip[2]}.${ip[3]}:${port}` as Address;
  if (ip.length === 16) return `[${formatIpv6(ip)}]:${port}` as Address;
  return undefined;
}

/**
 * Reads `1.2.3.4:80` or `[::1]:80`; host names are the resolver's matter.
 * @throws HearsayError `ERR_ADDRESS`
 */
export function parseAddress(text: string): Address {
  const split = splitHostPort(text);
  const ip = split === undefined ? undefined : parseIp(split.host);
  const address = ip === undefined ? undefined : formatAddress(ip, split?.port ?? 0);
  if (address === undefined) {
    const expected = "an IP address with a port, such as 127.0.0.1:7946 or [::1]:7946";
    throw new HearsayError("ERR_ADDRESS", `expected ${expected}, got ${JSON.stringify(text)}`, {
      expected,
      received: text,
    });
  }
  return address;
}

/** The raw bytes of the IP: 4 or 16. */
export function addressBytes(address: Address): Uint8Array {
  return parseIp(addressHost(address)) ?? new Uint8Array(0);
}

/** An address as messages name it. Made once and shared: not to be changed. */
export interface AddressParts {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

export function addressParts(address: Address): AddressParts {
  return { ip: addressBytes(address), port: addressPort(address) };
}

/** Whether a message names the address with these parts. */
export function isNamed(parts: AddressParts, ip: Uint8Array, port: number): boolean {
  if (parts.port !== port || parts.ip.length !== ip.length) return false;
  if (parts.ip === ip) return true;
  for (let i = 0; i < ip.length; i++) if (parts.ip[i] !== ip[i]) return false;
  return true;
}

/** The IP as sockets take it: no brackets. */
export function addressHost(address: Address): string {
  const colon = address.lastIndexOf(":");
  return address.charCodeAt(0) === 0x5b ? address.slice(1, colon - 1) : address.slice(0, colon);
}

export function addressPort(address: Address): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

export interface HostPort {
  readonly host: string;
  /** `undefined` when the text names none. */
  readonly port: number | undefined;
}

/** Splits `host`, `host:port`, `[v6]`, `[v6]:port` or a bare v6; `undefined` if it is none of them. */
export function splitHostPort(text: string): HostPort | undefined {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const match = bracketed ?? plain;
  if (match === null)
    return parseIpv6(text) === undefined ? undefined : { host: text, port: undefined };
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > MAX_PORT) return undefined;
  return { host: match[1] as string, port };
}

/** The bytes of an IPv4 or IPv6 text, or `undefined` if it is neither. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return bytes;
}

/** The 16-bit groups of one side of `::`; the last may be a dotted IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const ipv4 = i === parts.length - 1 && part.includes(".") ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) {
      groups.push(((ipv4[0] as number) << 8) | (ipv4[1] as number));
      groups.push(((ipv4[2] as number) << 8) | (ipv4[3] as number));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else return undefined;
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => {
    return ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number);
  });
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > bestLength) [bestStart, bestLength] = [start, end - start];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}
