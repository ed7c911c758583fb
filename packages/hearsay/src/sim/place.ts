/**
 * Where a fault of the network is.
 * @module
 */

export type Place =
  | { readonly kind: "everywhere" }
  /** All that these nodes send and all that is sent to them. */
  | { readonly kind: "nodes"; readonly names: readonly string[] }
  /** From each of some to each of others: `a b -> c`; with `both`, back as well: `a b <-> c`. */
  | {
      readonly kind: "way";
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly both: boolean;
    };

/** What a firewall tells apart. */
export type Protocol = "udp" | "tcp";

export const EVERYWHERE: Place = { kind: "everywhere" };

/** From each of some nodes to each of others. */
export function way(from: readonly string[], to: readonly string[]): Place {
  return { kind: "way", from, to, both: false };
}

/** Between each of some nodes and each of others. */
export function between(names: readonly string[], others: readonly string[]): Place {
  return { kind: "way", from: names, to: others, both: true };
}

/** All that these nodes send, and all that is sent to them. */
export function around(...names: readonly string[]): Place {
  return { kind: "nodes", names };
}
