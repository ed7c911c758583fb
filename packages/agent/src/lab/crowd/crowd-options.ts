/**
 * What every experiment on a crowd may vary: its network, and who dies.
 *
 *     options: { n: whole(1000, "nodes"), ...NETWORK_OPTIONS, ...FAILURE_OPTIONS, … }
 *     run:     new Crowd({ seed, size: n, ...networkOf(parameters), tenants })
 *              killSome(crowd, Math.round(killShare * n), rng)
 *
 * @module
 */
import { shuffle } from "hearsay/kernel";
import type { PeerId, Rng } from "hearsay/kernel";
import type { Crowd, CrowdNetworkOptions } from "hearsay/sim";
import { number, share, span, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

export const NETWORK_OPTIONS = {
  latencyMs: span([1, 1], "ms that a message takes, drawn uniformly"),
  loss: share(0, "probability that a message outside of links is lost"),
  brokenLinks: word(
    "atOnce",
    ["atOnce", "whenUsed"],
    "when links to a dead node break: all by themselves, or each when it is sent on",
  ),
  brokenAfterMs: number(0, "ms from there until the other side is told, beside latency"),
} satisfies Record<string, OptionSpec>;

export type NetworkParameters = ParametersOf<typeof NETWORK_OPTIONS>;

export const FAILURE_OPTIONS = {
  killShare: share(0, "part of all nodes that die at once"),
  killAt: whole(0, "broadcast before which they die"),
  killEach: whole(0, "nodes that die before every broadcast, as long as killFor"),
  killFor: whole(1_000_000, "broadcasts before which killEach die"),
} satisfies Record<string, OptionSpec>;

export function networkOf(parameters: NetworkParameters): CrowdNetworkOptions {
  const { latencyMs, loss, brokenLinks, brokenAfterMs } = parameters;
  return { latencyMs, loss, brokenLinks, brokenAfterMs };
}

/** Kills so many of the living, any of them; at least one is left. */
export function killSome(crowd: Crowd, count: number, rng: Rng): void {
  const live = [...crowd.live];
  shuffle(live, rng);
  for (const node of live.slice(0, Math.min(count, live.length - 1))) crowd.kill(node);
}

/** One of the living. */
export function anyOf(crowd: Crowd, rng: Rng): PeerId {
  return crowd.live[rng.below(crowd.live.length)] as PeerId;
}
