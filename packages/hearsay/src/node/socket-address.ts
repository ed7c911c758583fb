/**
 * Between addresses as text and addresses as sockets take them.
 *
 * Zone ids ("fe80::1%eth0") have no place on the wire and mean nothing on another machine: they are
 * stripped from what the system reports and refused in what is bound. So link-local IPv6 addresses
 * can be heard from but not answered; a cluster needs unique-local or global ones.
 * @module
 */
import { networkInterfaces } from "node:os";
import type { NetworkInterfaceInfo } from "node:os";
import { addressBytes, addressHost, addressPort, formatAddress, parseIp } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";

export type Family = 4 | 6;

export function familyOf(address: Address): Family {
  return address.charCodeAt(0) === 0x5b ? 6 : 4;
}

/** Canonical address of what the system calls `host` and `port`; `undefined` if it is no IP. */
export function toAddress(host: string, port: number): Address | undefined {
  // The system writes IPv4 the one way there is; for IPv6 its choice is not always RFC 5952's.
  if (!host.includes(":")) return `${host}:${port}` as Address;
  const canonical = canonicalHosts.get(host) ?? learnHost(host);
  return canonical === undefined ? undefined : (`${canonical}:${port}` as Address);
}

/** Peers whose IPv6 text is remembered; parsing it for each datagram costs half as much as its receipt. */
const HOSTS_REMEMBERED = 4_096;
/** From the system's text to ours, brackets included. */
const canonicalHosts = new Map<string, string>();

function learnHost(host: string): string | undefined {
  const zone = host.indexOf("%");
  const ip = parseIp(zone < 0 ? host : host.slice(0, zone));
  const address = ip === undefined ? undefined : formatAddress(ip, 0);
  if (address === undefined) return undefined;
  const canonical = `[${addressHost(address)}]`;
  if (canonicalHosts.size >= HOSTS_REMEMBERED) canonicalHosts.clear();
  canonicalHosts.set(host, canonical);
  return canonical;
}

/**
 * The host of `to` as a socket of this family takes it, or `undefined` if it cannot. An IPv4 address in
 * its 16-byte form goes out over IPv4.
 */
export function socketHost(to: Address, family: Family): string | undefined {
  const own = familyOf(to);
  if (own === family) return addressHost(to);
  return family === 4 ? mappedIpv4(addressBytes(to)) : undefined;
}

/** Dotted text of `::ffff:a.b.c.d`. */
function mappedIpv4(ip: Uint8Array): string | undefined {
  const mapped = ip.length === 16 && ip[10] === 0xff && ip[11] === 0xff && ip.every(isZeroBefore10);
  return mapped ? ip.subarray(12).join(".") : undefined;
}

function isZeroBefore10(byte: number, index: number): boolean {
  return index >= 10 || byte === 0;
}

/**
 * The address to give to others for a socket bound to `bound`.
 *
 * Bound to one address: that address. Bound to a wildcard (`0.0.0.0`, `::`): the first private address of
 * the machine's interfaces, in the system's order, of the same family, as memberlist has it; else the
 * first public one; else loopback, where nobody but this machine finds us. Link-local addresses do
 * not count.
 *
 * Gotchas: with several networks (a VPN, a container bridge) the first need not be the one that the
 * cluster is on, and behind address translation none of them is: give the address yourself there.
 */
export function advertisableAddress(
  bound: Address,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): Address {
  if (addressBytes(bound).some((byte) => byte !== 0)) return bound;
  const family = familyOf(bound);
  const port = addressPort(bound);
  let fallback = toAddress(family === 4 ? "127.0.0.1" : "::1", port) as Address;
  let foundPublic = false;
  for (const { address, internal } of Object.values(interfaces).flatMap((infos) => infos ?? [])) {
    const candidate = internal ? undefined : toAddress(address, port);
    if (candidate === undefined || familyOf(candidate) !== family) continue;
    const scope = scopeOf(addressBytes(candidate));
    if (scope === "private") return candidate;
    if (scope === "public" && !foundPublic) [fallback, foundPublic] = [candidate, true];
  }
  return fallback;
}

/** RFC 1918, 6598 (shared), 4193 (unique local) are private; 3927 and fe80::/10 are link-local. */
function scopeOf(ip: Uint8Array): "private" | "public" | "link" {
  const [a = 0, b = 0] = ip;
  if (ip.length === 16) {
    if (a === 0xfe && (b & 0xc0) === 0x80) return "link";
    return (a & 0xfe) === 0xfc ? "private" : "public";
  }
  if (a === 169 && b === 254) return "link";
  const is172 = a === 172 && b >= 16 && b < 32;
  const shared = a === 100 && b >= 64 && b < 128;
  return a === 10 || is172 || shared || (a === 192 && b === 168) ? "private" : "public";
}
