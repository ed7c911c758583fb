/**
 * Seeds to addresses, by the system's resolver.
 *
 *     10.0.0.1  10.0.0.1:7946  [fd00::1]:7946  fd00::1      as they are
 *     node1.example  node1.example:7946                      every address of the name
 * @module
 */
import { lookup } from "node:dns/promises";
import { formatAddress, HearsayError, parseIp, splitHostPort } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { Resolver } from "../runtime/index.ts";
import { systemCode } from "./socket-error.ts";

/** All addresses of a name, as text; rejects with the system's error. */
export type Lookup = (name: string) => Promise<readonly { readonly address: string }[]>;

const systemLookup: Lookup = (name) => lookup(name, { all: true, verbatim: true });

export class DnsResolver implements Resolver {
  readonly #lookup: Lookup;

  /** @param ask who resolves names; the system unless given */
  constructor(ask: Lookup = systemLookup) {
    this.#lookup = ask;
  }

  async resolve(seed: string, defaultPort: number): Promise<readonly Address[]> {
    const split = splitHostPort(seed);
    const port = split?.port ?? defaultPort;
    if (split === undefined || port === 0) {
      const expected = "host, host:port, an IPv4 or IPv6 address, or [ipv6]:port, the port not 0";
      throw new HearsayError("ERR_ADDRESS", `seed ${JSON.stringify(seed)}: expected ${expected}`, {
        option: "seeds",
        expected,
        received: seed,
      });
    }
    const ip = parseIp(split.host);
    if (ip !== undefined) return [formatAddress(ip, port) as Address];
    const found = await this.#ask(seed, split.host);
    const addresses = new Set<Address>();
    for (const { address } of found) {
      // Link-local answers with a zone are of no use to the others and fail to parse.
      const bytes = parseIp(address);
      if (bytes !== undefined) addresses.add(formatAddress(bytes, port) as Address);
    }
    if (addresses.size === 0) throw resolveError(seed, split.host, undefined);
    return [...addresses];
  }

  async #ask(seed: string, name: string): ReturnType<Lookup> {
    try {
      return await this.#lookup(name);
    } catch (error) {
      throw resolveError(seed, name, error);
    }
  }
}

function resolveError(seed: string, name: string, cause: unknown): HearsayError {
  const code = cause === undefined ? "no address" : systemCode(cause);
  const [why, cure] = EXPLANATIONS[code] ?? [
    cause instanceof Error ? cause.message : "it has no usable address",
    "check the name, or give an IP address",
  ];
  return new HearsayError(
    "ERR_RESOLVE",
    `seed ${JSON.stringify(seed)}: the name ${JSON.stringify(name)} did not resolve: ${why} (${code}); ${cure}`,
    { option: "seeds", received: seed, cause },
  );
}

const EXPLANATIONS: Readonly<Record<string, readonly [why: string, cure: string]>> = {
  ENOTFOUND: ["there is no such name", "check the spelling, or give an IP address"],
  EAI_AGAIN: [
    "no name server answered",
    "check this machine's network and DNS settings, or give an IP address",
  ],
};
